"""Weights packed the way the CPU kernels read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from midframe.engines.cpu.kernels.library import ConvolutionStruct, Kernels, address
from midframe.engines.folding import Convolution, FoldedBlock, fold_block, fold_encoder
from midframe.models.rife.spec import Spec

Kind = Literal["strided", "winograd strided", "trunk", "corners", "winograd corners"]

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

WINOGRAD_STRIDED_WEIGHTS = (
    *((first, 0.0, last) for first, last in WINOGRAD_CORNER_WEIGHTS),
    (0.0, 1.0, 0.0),
)
"""That of 3 × 3 with stride 2: of the outer weights, and the one in the middle."""

_TRANSFORMS = {
    "trunk": WINOGRAD_WEIGHTS,
    "winograd corners": WINOGRAD_CORNER_WEIGHTS,
    "winograd strided": WINOGRAD_STRIDED_WEIGHTS,
}


class PackedConvolution:
    """One convolution's arrays in the kernels' layout, and the structure that points to them.

    Attributes:
        struct: The structure that kernels read.
        inputs: Channels per input pixel, padding included.
        outputs: Channels per output pixel, padding included.
    """

    def __init__(self, convolution: Convolution, kind: Kind, kernels: Kernels, inputs: int) -> None:
        weight = convolution.weight
        outputs, groups = weight.shape[0], convolution.groups
        self.inputs = inputs
        self.outputs = padded_channels(outputs, kernels.lanes)
        slopes = np.ones(outputs, np.float32) if convolution.slopes is None else convolution.slopes
        weight = _widened(weight, axis=1, length=inputs // groups)
        if kind in _TRANSFORMS:
            self._weights = _pack_winograd(weight, groups, kernels.panel, np.array(_TRANSFORMS[kind]))
        else:
            self._weights = _pack_direct(weight, groups, kernels.panel)
        whole = -(-outputs // kernels.panel) * kernels.panel
        self._bias = _widened(convolution.bias, axis=0, length=whole)
        self._slopes = _widened(slopes, axis=0, length=whole)
        self.struct = ConvolutionStruct(
            address(self._weights), address(self._bias), address(self._slopes), inputs, self.outputs, groups
        )


def padded_channels(channels: int, lanes: int) -> int:
    """Channels per stored pixel."""
    return -(-channels // lanes) * lanes


def _widened(values: NDArray[np.float32], *, axis: int, length: int) -> NDArray[np.float32]:
    """A contiguous copy with zeros after, up to `length` along an axis."""
    missing = [(0, length - size if number == axis else 0) for number, size in enumerate(values.shape)]
    return np.ascontiguousarray(np.pad(values, missing))


def _pack_direct(weight: NDArray[np.float32], groups: int, panel: int) -> NDArray[np.float32]:
    """(outputs, inputs, k, k) to [panel][kernel row][kernel column · input][output in panel]."""
    assert groups == 1
    weight = _widened(weight, axis=0, length=-(-weight.shape[0] // panel) * panel)
    outputs, inputs, rows, columns = weight.shape
    packed = weight.transpose(2, 3, 1, 0).reshape(rows, columns * inputs, outputs // panel, panel)
    return np.ascontiguousarray(packed.transpose(2, 0, 1, 3))


def _pack_winograd(
    weight: NDArray[np.float32], groups: int, panel: int, transform: NDArray[np.float64]
) -> NDArray[np.float32]:
    """(outputs, inputs of a group, k, k) to [group · panel][position][input of the group][output in panel]."""
    outputs, inputs, kernel, _ = weight.shape
    # Kernel rows and columns first: everything else is then one long vector.
    rows = weight.reshape(-1, kernel, kernel).transpose(1, 2, 0).astype(np.float64)
    transformed = _transformed(_transformed(rows, transform).swapaxes(0, 1), transform).swapaxes(0, 1)
    in_group, positions = outputs // groups, len(transform) ** 2
    by_group = transformed.astype(np.float32).reshape(positions, groups, in_group, inputs)
    by_group = _widened(by_group, axis=2, length=-(-in_group // panel) * panel)
    packed = by_group.reshape(positions, groups, -1, panel, inputs)
    return np.ascontiguousarray(packed.transpose(1, 2, 0, 4, 3))


def _transformed(rows: NDArray[np.float64], transform: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums of rows (the first axis), weighted by each row of a matrix.

    Not as a matrix product: how that rounds depends on the library behind numpy, and so would every frame.
    """
    return np.stack(
        [reduce(np.add, (weight * row for weight, row in zip(line, rows, strict=True))) for line in transform]
    )


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
    """A `midframe.engines.folding.FoldedBlock`, packed; its first convolution takes channels as `InputLayout` has them.

    Its weights are not kept a second time.
    """

    skip: bool
    span: int
    feature_planes: int
    first: tuple[PackedConvolution, PackedConvolution]
    trunk: tuple[PackedConvolution, ...]
    last: PackedConvolution


@dataclass(frozen=True, eq=False)
class PackedEncoder:
    """The image encoder: a strided convolution, plain ones, and one over corners with span 2."""

    first: PackedConvolution
    middle: tuple[PackedConvolution, ...]
    last: PackedConvolution


def pack_block(spec: Spec, tensors: Mapping[str, NDArray[np.float32]], index: int, kernels: Kernels) -> PackedBlock:
    """Fold and pack block number `index` of weights by the keys of `spec.state_shapes()`."""
    layout = InputLayout.of(spec)
    folded = arranged(fold_block(spec, tensors, index), layout, index)
    first = PackedConvolution(folded.first[0], "strided", kernels, layout.channels)
    second = PackedConvolution(folded.first[1], "winograd strided", kernels, first.outputs)
    trunk = tuple(PackedConvolution(layer, "trunk", kernels, second.outputs) for layer in folded.trunk)
    last = PackedConvolution(folded.last, "winograd corners", kernels, second.outputs)
    return PackedBlock(folded.skip, folded.span, folded.feature_planes, (first, second), trunk, last)


def arranged(block: FoldedBlock, layout: InputLayout, index: int) -> FoldedBlock:
    """Block number `index`, of numpy arrays, that takes its input's channels as `InputLayout` has them."""
    published, second = block.first
    weight = np.zeros((published.weight.shape[0], layout.channels, 3, 3), np.float32)
    weight[:, layout.places(index)] = published.weight
    return replace(block, first=(replace(published, weight=weight), second))


@dataclass(frozen=True, eq=False)
class PackedBlocks:
    """All blocks of a network, and the weights that they were packed from."""

    blocks: tuple[PackedBlock, ...]
    tensors: Mapping[str, NDArray[np.float32]]


_packed: WeakValueDictionary[tuple[int, str], PackedBlocks] = WeakValueDictionary()
"""What engines have, by identity of the weights and name of the kernels. The weights live as long as an entry does."""


def pack_blocks(spec: Spec, tensors: Mapping[str, NDArray[np.float32]], kernels: Kernels) -> PackedBlocks:
    """Fold and pack all blocks, or return those that another engine has of the same weights."""
    key = (id(tensors), kernels.name)
    found = _packed.get(key)
    if found is None:
        indices = range(len(spec.widths))
        found = PackedBlocks(tuple(pack_block(spec, tensors, index, kernels) for index in indices), tensors)
        _packed[key] = found
    return found


def pack_encoder(spec: Spec, tensors: Mapping[str, NDArray[np.float32]], kernels: Kernels) -> PackedEncoder | None:
    """Pack the encoder, for versions that have one."""
    folded = fold_encoder(spec, tensors)
    if folded is None:
        return None
    first = PackedConvolution(folded.first, "strided", kernels, 3)
    middle = tuple(PackedConvolution(layer, "trunk", kernels, first.outputs) for layer in folded.middle)
    return PackedEncoder(first, middle, PackedConvolution(folded.last, "corners", kernels, first.outputs))
