"""The value types that every part of midframe speaks in.

They are frozen and checked when made, so that a wrong shape is found where it arises and not three modules
later. Nothing here imports torch.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Protocol, get_args, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[Any]
"""Pixels of one frame: (height, width, channels), of one of `SAMPLE_DTYPES`, in the file's own range."""

SAMPLE_DTYPES = tuple(np.dtype(name) for name in ("uint8", "uint16", "int16", "float16", "float32"))
"""Sample types that can be interpolated without loss: all of them are exact in float32."""

INTEGERS_AND_FLOATS = np.dtype("float64")
"""Sample type of frames that hold integers of 32 bits next to floats. Blended channels are computed in float32."""

Transfer = Literal["display", "linear"]
"""How sample values relate to light: "display" is gamma-encoded or unknown, "linear" is scene-linear (OpenEXR)."""


ChannelKind = Literal["colour", "alpha", "id", "depth", "vector", "data"]
"""What the samples of a channel are: light, coverage, identifiers, distances, directions, or none of these."""


@dataclass(frozen=True)
class ChannelLabel:
    """What a file says about one of its channels.

    Attributes:
        name: Name, with that of its layer before the last dot, such as ``ViewLayer.Combined.R``.
        kind: What its samples are, where the file states it; None where only the name says so.
    """

    name: str
    kind: ChannelKind | None = None


AlphaChoice = Literal["auto", "none", "straight", "premultiplied"]
"""What is said of alpha. "auto": what the file has, or is usual. "straight", "premultiplied": how the colours relate to
the last channel of 2 or 4, whatever the file has. "none": it is not coverage, and every channel is blended by itself.
"""

AlphaBlending = Literal["stated", "guessed", "straight", "premultiplied", "none"]
"""How colours are blended where there is alpha. "stated": as the file has it, "guessed": as is usual; both give way to
what the samples show (`midframe.media.pixels.FrameValues`). "straight", "premultiplied": as this says, whatever the
file has. "none": every channel by itself, and alpha is not what its name says."""


@dataclass(frozen=True)
class Alpha:
    """Which channel is alpha, and whether the colours are already multiplied by it.

    Attributes:
        channel: Index of the alpha channel.
        premultiplied: True where colour samples hold colour × alpha (also called associated alpha), as the file has it.
        blending: See `AlphaBlending`.
    """

    channel: int
    premultiplied: bool
    blending: AlphaBlending = "stated"

    @property
    def is_weight(self) -> bool:
        """Whether colours are to be multiplied by alpha before they are blended."""
        if self.blending in ("stated", "guessed"):
            return not self.premultiplied
        return self.blending == "straight"


Matrix = Literal["rgb", "bt601", "bt709", "bt2020", "smpte240m", "fcc"]
"""How Y, Cb and Cr relate to R, G and B (ITU-T H.273, matrix coefficients); "rgb" where the samples are R, G, B."""


@dataclass(frozen=True)
class SampleCoding:
    """How a video's integer code values stand for colours. Blending needs no more than `bits`; views need it all.

    Attributes:
        matrix: What the first three channels are: Y, Cb, Cr of this matrix, or R, G, B. Irrelevant for grey.
        full_range: Whether all codes are in use, or black and white leave head- and footroom (16 … 235 in 8 bit).
        bits: Bits of a code value, 8 … 16, in the low end of the sample type.
    """

    matrix: Matrix
    full_range: bool
    bits: int

    @property
    def largest(self) -> int:
        """The largest code value."""
        return (1 << self.bits) - 1


@dataclass(frozen=True)
class Resolution:
    """How many pixels lie in a unit of length.

    Attributes:
        across: Pixels in a unit, from left to right.
        down: Pixels in a unit, from top to bottom.
        unit: "inch", "cm", or "none" where only the shape of a pixel is known.
    """

    across: Fraction
    down: Fraction
    unit: Literal["inch", "cm", "none"] = "inch"

    def pixels_per_inch(self) -> tuple[float, float] | None:
        """Across and down; None where no unit is known."""
        factor = {"inch": 1.0, "cm": 2.54, "none": None}[self.unit]
        return None if factor is None else (float(self.across) * factor, float(self.down) * factor)


@dataclass(frozen=True)
class Annotations:
    """What a picture file says besides its samples, in a form that all formats share.

    Attributes:
        icc_profile: ICC profile of the colours.
        resolution: Pixels in a unit of length.
        exif: Exif data: a TIFF structure, without a name before it. Its orientation is that of `FrameFormat`.
        xmp: XMP packet.
        text: Descriptions, by the names of TIFF's tags, such as ("Artist", "…").
        own: What only the file's own format can say, in words, such as "GeoTIFF tags"; for notes.
    """

    icc_profile: bytes | None = None
    resolution: Resolution | None = None
    exif: bytes | None = None
    xmp: bytes | None = None
    text: tuple[tuple[str, str], ...] = ()
    own: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[AnnotationKind, ...]:
        """What there is."""
        return tuple(kind for kind in get_args(AnnotationKind) if getattr(self, kind))


AnnotationKind = Literal["icc_profile", "resolution", "exif", "xmp", "text"]
"""A field of `Annotations`."""


@dataclass(frozen=True)
class FrameFormat:
    """What the samples of a frame are; all frames of one job share it.

    Attributes:
        width: Pixels in a row.
        height: Rows.
        channels: Samples in a pixel: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA, or any number for data.
        dtype: One of `SAMPLE_DTYPES`; `INTEGERS_AND_FLOATS` where a label says that a channel holds IDs.
        alpha: The alpha channel, or None.
        transfer: "linear" for scene-linear samples, which the network sees through a tone curve.
        coding: For frames of a video, what their code values mean; None for pictures.
        orientation: How the picture is turned to be shown, 1 … 8 as in TIFF and Exif; 1 is upright. Samples are as
            they are stored.
        planes: How many pictures of equal height lie below each other, each to be interpolated by itself.
        labels: A label for each channel; empty where the file names none.
        no_data: The sample value that stands for no data, where the file states it; see `midframe.media.placeholders`.
    """

    width: int
    height: int
    channels: int
    dtype: np.dtype[Any]
    alpha: Alpha | None = None
    transfer: Transfer = "display"
    coding: SampleCoding | None = None
    orientation: int = 1
    planes: int = 1
    labels: tuple[ChannelLabel, ...] = ()
    no_data: float | None = None

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1 or self.channels < 1:
            raise ValueError(f"a frame needs at least one pixel and one channel, not {self}")
        exact = self.dtype == INTEGERS_AND_FLOATS and any(label.kind == "id" for label in self.labels)
        if self.dtype not in SAMPLE_DTYPES and not exact:
            raise ValueError(f"samples of type {self.dtype} are not supported")
        if self.coding is not None and not 8 <= self.coding.bits <= 8 * self.dtype.itemsize:
            raise ValueError(f"samples of type {self.dtype} cannot have {self.coding.bits} bits")
        if self.alpha is not None and not 0 <= self.alpha.channel < self.channels:
            raise ValueError(f"alpha channel {self.alpha.channel} does not exist in {self.channels} channels")
        if not 1 <= self.orientation <= 8:
            raise ValueError(f"there is no orientation {self.orientation}")
        if self.planes < 1 or self.height % self.planes:
            raise ValueError(f"{self.height} rows are not {self.planes} pictures of equal height")
        if self.labels and len(self.labels) != self.channels:
            raise ValueError(f"{len(self.labels)} labels do not fit {self.channels} channels")

    @property
    def channel_names(self) -> tuple[str, ...]:
        """The channels by name; by number from 0 where they have none."""
        if self.labels:
            return tuple(label.name for label in self.labels)
        return tuple(map(str, range(self.channels)))

    @property
    def nbytes(self) -> int:
        """Bytes of one frame's samples in memory."""
        return self.width * self.height * self.channels * self.dtype.itemsize

    def __str__(self) -> str:
        names = {1: "grey", 2: "2 channels", 3: "RGB", 4: "4 channels"}
        if self.alpha is not None:
            names |= {2: "grey+alpha", 4: "RGBA"}
        channels = names.get(self.channels, f"{self.channels} channels")
        if self.coding is not None:
            return f"{self.width}×{self.height} {_coding_words(self.coding, self.channels)}"
        turned = f", orientation {self.orientation}" if self.orientation != 1 else ""
        planes = f"{self.planes} planes of " if self.planes > 1 else ""
        return f"{planes}{self.width}×{self.height // self.planes} {channels} {self.dtype}{turned}"


def _coding_words(coding: SampleCoding, channels: int) -> str:
    alpha = " with alpha" if channels in (2, 4) else ""
    colours = "grey" if channels < 3 else ("RGB" if coding.matrix == "rgb" else f"YCbCr {coding.matrix.upper()}")
    return f"{colours}{alpha}, {coding.bits} bit, {'full' if coding.full_range else 'limited'} range"


@runtime_checkable
class TimedMetadata(Protocol):
    """Metadata of which something lies between two frames, such as a window that moves."""

    def between(self, right: object, time: float) -> object:
        """The metadata of a frame at `time` in (0, 1) between the frame of this one and that of `right`."""
        ...


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame with everything that is needed to write it again.

    Attributes:
        samples: (height, width, channels) of `format.dtype`. Treated as read-only by everyone.
        format: What the samples are.
        index: Position in the source sequence, from 0. An interpolated frame has that of its left neighbour.
        path: The file that holds exactly this frame and nothing else, so that an output of the same format
            can be a copy of it byte for byte. None for interpolated frames and for pages of a stack.
        metadata: What the codec that read it needs to write a frame like it, such as its compression. Opaque to
            everyone but that codec; None where there is nothing to keep.
        annotations: What the file says besides, for codecs of all formats.
    """

    samples: Samples
    format: FrameFormat
    index: int = 0
    path: Path | None = None
    metadata: object = field(default=None, repr=False)
    annotations: Annotations = field(default=Annotations(), repr=False)

    def __post_init__(self) -> None:
        wanted = (self.format.height, self.format.width, self.format.channels)
        if self.samples.shape != wanted or self.samples.dtype != self.format.dtype:
            raise ValueError(
                f"samples of shape {self.samples.shape} and type {self.samples.dtype} do not match {self.format}"
            )

    def between(self, right: Frame, time: float) -> Frame:
        """This frame with the metadata that an interpolated one has at `time` in (0, 1) before `right`."""
        if not isinstance(self.metadata, TimedMetadata):
            return self
        return replace(self, metadata=self.metadata.between(right.metadata, time))

    def with_samples(self, samples: Samples) -> Frame:
        """An interpolated frame like this one: same format and metadata, other samples, no file of its own."""
        return replace(self, samples=samples, path=None)
