"""All 36 public RIFE 4 versions as 17 rows of data.

RIFE (Huang et al., "Real-Time Intermediate Flow Estimation for Video Frame Interpolation", ECCV 2022) estimates
flow and a blending mask coarse to fine, block after block. The versions published since as Practical-RIFE 4.x
differ only in the numbers below; versions in one row differ only in how they were trained.

To add a version, add a row (or a name to a row): see CONTRIBUTING.md. Nothing here needs torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Literal

from midframe.errors import UnknownModelError

TRUNK_LAYERS = 8
"""Convolutions in the trunk of every block."""

NEGATIVE_SLOPE = 0.2
"""Slope of every LeakyReLU."""

RETRY_THRESHOLD = 32.0
"""Pixels of refinement after the second block beyond which versions 4.0 and 4.1 start again at doubled scales."""

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Head:
    """The image encoder in front of the blocks.

    Attributes:
        hidden_channels: Channels between its layers.
        features: Channels it hands to every block, at full resolution.
        layout: "pair" is a strided convolution and a transposed one with nothing between them. "sequential" and
            "named" are one topology (a strided convolution, two more, each with LeakyReLU, and a transposed one)
            whose tensors have the keys ``encode.0/2/4/6`` or ``encode.cnn0..3``.
    """

    hidden_channels: int
    features: int
    layout: Literal["pair", "sequential", "named"]

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of its convolutions below ``encode.``, first to last."""
        return {
            "pair": ("0", "1"),
            "sequential": ("0", "2", "4", "6"),
            "named": ("cnn0", "cnn1", "cnn2", "cnn3"),
        }[self.layout]


@dataclass(frozen=True)
class Spec:
    """One network architecture.

    Attributes:
        versions: Public versions of this architecture; the first names the row.
        widths: Channels of each block's trunk.
        scales: Working scale of each block: it sees its input shrunk by this factor.
        head: The image encoder, or None for versions that have none.
        trunk: "prelu" is convolution + PReLU with a skip around the whole trunk; "leaky" is convolution +
            LeakyReLU; "residual" is LeakyReLU(convolution × beta + input) with a learned beta per channel.
        groups: Groups of the trunk's convolutions.
        planes: Output planes of a block: 4 of flow, 1 of mask, and the rest.
        feature_planes: How many of the rest are handed to the next block.
        shuffle: Whether a block ends in a pixel shuffle (planes at 1/scale) or not (planes at 1/(2·scale)).
        mask: Whether a block's mask is added to the one before or replaces it.
        retry: Whether very large motion makes the first two blocks run again at doubled scales.
        ensemble: Whether the version was published with an ensemble mode.
        pad: Frames are padded to a multiple of this at flow scale 1.
    """

    versions: tuple[str, ...]
    widths: tuple[int, ...]
    scales: tuple[int, ...]
    head: Head | None
    trunk: Literal["prelu", "leaky", "residual"]
    groups: int
    planes: int
    feature_planes: int
    shuffle: bool
    mask: Literal["add", "replace"]
    retry: bool
    ensemble: bool
    pad: int

    @property
    def name(self) -> str:
        """The row's name: its first version."""
        return self.versions[0]

    @property
    def description(self) -> str:
        """The row for messages, such as "RIFE 4.25 or 4.26"."""
        *others, last = self.versions
        return f"RIFE {', '.join(others)} or {last}" if others else f"RIFE {last}"

    @property
    def features(self) -> int:
        """Channels of the encoded features of one frame (0 without a head)."""
        return self.head.features if self.head else 0

    def input_channels(self, block: int) -> int:
        """Channels that block number `block` takes.

        Block 0: both images, both features, time. Later ones also get the mask, the planes handed on, and the flow.
        """
        first = 3 + 3 + 2 * self.features + 1
        return first if block == 0 else first + 1 + self.feature_planes + 4

    def pad_multiple(self, flow_scale: float = 1.0) -> int:
        """What width and height must be multiples of at this flow scale, in pixels."""
        return round(max(self.pad, self.pad / flow_scale))

    def state_shapes(self) -> dict[str, Shape]:
        """Every tensor that inference needs, by its key in a checkpoint."""
        shapes: dict[str, Shape] = {}

        def convolution(key: str, outputs: int, inputs: int, kernel: int = 3) -> None:
            shapes[f"{key}.weight"] = (outputs, inputs, kernel, kernel)
            shapes[f"{key}.bias"] = (outputs,)

        def transposed(key: str, outputs: int, inputs: int) -> None:
            shapes[f"{key}.weight"] = (inputs, outputs, 4, 4)
            shapes[f"{key}.bias"] = (outputs,)

        for index, width in enumerate(self.widths):
            block = f"block{index}"
            convolution(f"{block}.conv0.0.0", width // 2, self.input_channels(index))
            convolution(f"{block}.conv0.1.0", width, width // 2)
            if self.trunk == "prelu":
                shapes[f"{block}.conv0.0.1.weight"] = (width // 2,)
                shapes[f"{block}.conv0.1.1.weight"] = (width,)
            for layer in range(TRUNK_LAYERS):
                key = f"{block}.convblock.{layer}"
                if self.trunk == "residual":
                    shapes[f"{key}.beta"] = (1, width, 1, 1)
                    convolution(f"{key}.conv", width, width // self.groups)
                else:
                    convolution(f"{key}.0", width, width)
                    if self.trunk == "prelu":
                        shapes[f"{key}.1.weight"] = (width,)
            if self.shuffle:
                transposed(f"{block}.lastconv.0", 4 * self.planes, width)
            else:
                transposed(f"{block}.lastconv", self.planes, width)
        if self.head:
            first, *middle, last = self.head.keys
            hidden = self.head.hidden_channels
            convolution(f"encode.{first}", hidden, 3)
            for key in middle:
                convolution(f"encode.{key}", hidden, hidden)
            transposed(f"encode.{last}", self.head.features, hidden)
        return shapes

    @property
    def parameters(self) -> int:
        """How many numbers the network consists of."""
        return sum(prod(shape) for shape in self.state_shapes().values())


def _row(
    versions: str,
    widths: str,
    head: Head | None,
    *,
    scales: str = "8 4 2 1",
    trunk: Literal["prelu", "leaky", "residual"] = "residual",
    groups: int = 1,
    planes: int = 6,
    feature_planes: int = 0,
    shuffle: bool = True,
    mask: Literal["add", "replace"] = "replace",
    retry: bool = False,
    ensemble: bool = True,
    pad: int = 32,
) -> Spec:
    return Spec(
        versions=tuple(versions.split()),
        widths=tuple(int(width) for width in widths.split()),
        scales=tuple(int(scale) for scale in scales.split()),
        head=head,
        trunk=trunk,
        groups=groups,
        planes=planes,
        feature_planes=feature_planes,
        shuffle=shuffle,
        mask=mask,
        retry=retry,
        ensemble=ensemble,
        pad=pad,
    )


_SMALL_HEAD = Head(16, 4, "named")
_LARGE_HEAD = Head(32, 8, "named")
_FULL = "192 128 96 64"
_LITE = "128 96 64 48"

ROWS: tuple[Spec, ...] = (
    _row("4.0 4.1", _FULL, None, trunk="prelu", planes=5, shuffle=False, mask="add", retry=True),
    _row("4.2 4.3 4.4", _FULL, None, trunk="leaky", planes=5, shuffle=False, mask="add"),
    _row("4.5", _FULL, None, planes=5, mask="add"),
    _row("4.6", _FULL, None, mask="add"),
    _row("4.7 4.8 4.9", _FULL, Head(16, 4, "pair")),
    _row("4.10 4.11 4.12", _FULL, Head(32, 8, "sequential")),
    _row("4.12.lite 4.13.lite", _LITE, Head(32, 4, "sequential")),
    _row("4.13 4.14 4.15 4.17 4.18 4.19 4.24", _FULL, _LARGE_HEAD),
    _row("4.14.lite", _FULL, _LARGE_HEAD, groups=2),
    _row("4.15.lite 4.16.lite 4.17.lite", _LITE, _SMALL_HEAD),
    _row("4.20", "384 192 96 48", _LARGE_HEAD),
    _row("4.21 4.22 4.23", "256 192 96 48", _LARGE_HEAD, planes=13, feature_planes=8, ensemble=False),
    _row("4.22.lite", "192 128 64 32", _SMALL_HEAD, planes=13, feature_planes=8, ensemble=False),
    _row(
        "4.25 4.26",
        "192 128 96 64 32",
        _SMALL_HEAD,
        scales="16 8 4 2 1",
        planes=13,
        feature_planes=8,
        ensemble=False,
        pad=64,
    ),
    _row(
        "4.25.lite",
        "192 128 96 64 24",
        _SMALL_HEAD,
        scales="32 16 8 4 1",
        planes=13,
        feature_planes=8,
        ensemble=False,
        pad=128,
    ),
    _row(
        "4.25.heavy",
        "384 256 192 128 64",
        _SMALL_HEAD,
        scales="16 8 4 2 1",
        planes=13,
        feature_planes=8,
        ensemble=False,
        pad=64,
    ),
    _row(
        "4.26.heavy",
        "192 128 96 64 32",
        Head(16, 16, "named"),
        scales="16 8 4 2 1",
        planes=13,
        feature_planes=8,
        ensemble=False,
        pad=64,
    ),
)
"""The table. Order is that of the first version."""

VERSIONS: tuple[str, ...] = tuple(version for row in ROWS for version in row.versions)
"""All public versions, row by row."""


def spec_for_version(version: str) -> Spec:
    """The architecture of a public version such as "4.25" or "4.22.lite".

    Raises:
        UnknownModelError: There is no such version.
    """
    for row in ROWS:
        if version in row.versions:
            return row
    raise UnknownModelError(f"There is no RIFE version {version!r}; known are: {', '.join(VERSIONS)}.")
