"""Weights packed the way the CPU kernels read them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from midframe.engines.cpu.kernels.library import ConvolutionStruct, Kernels, address
from midframe.engines.folding import Convolution, FoldedBlock, corner_weight, fold_block
from midframe.models.rife.network import NEGATIVE_SLOPE, IFNet
from midframe.models.rife.spec import Spec

Kind = Literal["strided", "trunk", "corners", "winograd corners"]

WINOGRAD_WEIGHTS = (
    (1 / 4, 0.0, 0.0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0.0, 0.0, 1.0),
)
"""The weight transform of F(4 × 4, 3 × 3); winograd.cpp has the two others."""

WINOGRAD_CORNER_WEIGHTS = (
    (1 / 2, 0.0),
    (-1 / 2, -1 / 2),
    (-1 / 6, 1 / 6),
    (1 / 6, 1 / 3),
    (0.0, 1.0),
)
"""The weight transform of F(4 × 4, 2 × 2)."""


class PackedConvolution:
    """One convolution's tensors in the kernels' layout, and the structure that points to them.

    Attributes:
        struct: The structure that kernels read.
        inputs: Channels per input pixel, padding included.
        outputs: Channels per output pixel, padding included.
    """

    def __init__(self, convolution: Convolution, kind: Kind, kernels: Kernels, inputs: int) -> None:
        weight = convolution.weight.detach().float()
        outputs, groups = weight.shape[0], convolution.groups
        self.inputs = inputs
        self.outputs = padded_channels(outputs, kernels.lanes)
        slopes = torch.ones(outputs) if convolution.slopes is None else convolution.slopes.detach().float()
        missing = inputs // groups - weight.shape[1]
        weight = F.pad(weight, (0, 0, 0, 0, 0, missing))
        pack = _pack_winograd if kind in {"trunk", "winograd corners"} else _pack_direct
        self._weights = pack(weight, groups, kernels.panel)
        extra = -outputs % kernels.panel
        self._bias = F.pad(convolution.bias.detach().float(), (0, extra)).contiguous()
        self._slopes = F.pad(slopes, (0, extra)).contiguous()
        self.struct = ConvolutionStruct(
            address(self._weights), address(self._bias), address(self._slopes), inputs, self.outputs, groups
        )


def padded_channels(channels: int, lanes: int) -> int:
    """Channels per stored pixel."""
    return -(-channels // lanes) * lanes


def _pack_direct(weight: Tensor, groups: int, panel: int) -> Tensor:
    """(outputs, inputs, k, k) to [panel][kernel row][kernel column · input][output in panel]."""
    assert groups == 1
    weight = F.pad(weight, (0, 0, 0, 0, 0, 0, 0, -weight.shape[0] % panel))
    outputs, inputs, rows, columns = weight.shape
    packed = weight.permute(2, 3, 1, 0).reshape(rows, columns * inputs, outputs // panel, panel)
    return packed.permute(2, 0, 1, 3).contiguous()


def _pack_winograd(weight: Tensor, groups: int, panel: int) -> Tensor:
    """(outputs, inputs of a group, k, k) to [group · panel][position][input of the group][output in panel]."""
    rows = WINOGRAD_WEIGHTS if weight.shape[2] == 3 else WINOGRAD_CORNER_WEIGHTS
    transform, positions = torch.tensor(rows, dtype=torch.float64), len(rows) ** 2
    transformed = (transform @ weight.double() @ transform.T).float()
    outputs, inputs = weight.shape[:2]
    by_group = transformed.reshape(groups, outputs // groups, inputs, positions)
    by_group = F.pad(by_group, (0, 0, 0, 0, 0, -(outputs // groups) % panel))
    packed = by_group.reshape(groups, -1, panel, inputs, positions)
    return packed.permute(0, 1, 4, 3, 2).contiguous()


@dataclass(frozen=True)
class InputLayout:
    """Where a block finds what in an input pixel: [left][right][flow 4, mask, time][planes].

    Attributes:
        frame_channels: 3 of image, and the features.
        feature_planes: 0 or 8.
    """

    frame_channels: int
    feature_planes: int

    @staticmethod
    def of(spec: Spec) -> InputLayout:
        """The layout for all blocks of a version."""
        # The kernels move feature planes eight at a time.
        assert spec.feature_planes in {0, 8}
        return InputLayout(3 + spec.features, spec.feature_planes)

    @property
    def lanes(self) -> int:
        """Floats per pixel of a frame."""
        return padded_channels(self.frame_channels, 8)

    @property
    def flow(self) -> int:
        """Place of the first of four flow channels."""
        return 2 * self.frame_channels

    @property
    def channels(self) -> int:
        """Floats per input pixel."""
        return self.flow + 6 + self.feature_planes

    def places(self, block: int) -> list[int]:
        """For every input channel in the order of the published weights, its place in the pixel."""
        left, right = 0, self.frame_channels
        image, features = range(3), range(3, self.frame_channels)
        order = [left + i for i in image] + [right + i for i in image]
        order += [left + i for i in features] + [right + i for i in features]
        order.append(self.flow + 5)
        if block > 0:
            order.append(self.flow + 4)
            order += [self.flow + 6 + i for i in range(self.feature_planes)]
            order += [self.flow + i for i in range(4)]
        return order


@dataclass(frozen=True, eq=False)
class PackedBlock:
    """A `FoldedBlock`, packed."""

    folded: FoldedBlock
    """Its first convolution takes channels in the order of `InputLayout`."""
    first: tuple[PackedConvolution, PackedConvolution]
    trunk: tuple[PackedConvolution, ...]
    last: PackedConvolution


@dataclass(frozen=True, eq=False)
class PackedEncoder:
    """The image encoder: a strided convolution, plain ones, and one over corners with span 2."""

    first: PackedConvolution
    middle: tuple[PackedConvolution, ...]
    last: PackedConvolution


def pack_block(network: IFNet, index: int, kernels: Kernels) -> PackedBlock:
    """Fold and pack block number `index`."""
    folded = fold_block(network, index)
    layout = InputLayout.of(network.spec)
    published = folded.first[0]
    weight = torch.zeros(published.weight.shape[0], layout.channels, 3, 3)
    weight[:, layout.places(index)] = published.weight.detach()
    widened = replace(published, weight=weight)
    folded = replace(folded, first=(widened, folded.first[1]))
    first = PackedConvolution(widened, "strided", kernels, layout.channels)
    second = PackedConvolution(folded.first[1], "strided", kernels, first.outputs)
    trunk = tuple(PackedConvolution(layer, "trunk", kernels, second.outputs) for layer in folded.trunk)
    last = PackedConvolution(folded.last, "winograd corners", kernels, second.outputs)
    return PackedBlock(folded, (first, second), trunk, last)


def pack_encoder(network: IFNet, kernels: Kernels) -> PackedEncoder | None:
    """Pack the encoder, for versions that have one."""
    head, encode = network.spec.head, network.encode
    if head is None or encode is None:
        return None
    names = [key.removeprefix("encode.") for key in head.keys]
    modules = [cast(nn.Conv2d, encode.get_submodule(name)) for name in names]
    slopes = None if head.layout == "pair" else torch.full((head.hidden_channels,), NEGATIVE_SLOPE)

    def plain(module: nn.Conv2d) -> Convolution:
        assert module.bias is not None
        return Convolution(module.weight, module.bias, slopes=slopes)

    first = PackedConvolution(plain(modules[0]), "strided", kernels, 3)
    middle = tuple(PackedConvolution(plain(module), "trunk", kernels, first.outputs) for module in modules[1:-1])
    weight, bias = corner_weight(cast(nn.ConvTranspose2d, modules[-1]))
    corners = Convolution(weight.reshape(-1, *weight.shape[3:]), bias.repeat(4))
    return PackedEncoder(first, middle, PackedConvolution(corners, "corners", kernels, first.outputs))
