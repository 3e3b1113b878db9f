"""A block's weights in the form that fast engines run: plain convolutions, each with an activation.

Three rewritings, none of which changes the result beyond rounding:

- ``convolution(x) × beta + x`` is one convolution: beta scales the weights, and x is a one at the centre tap.
- A 4 × 4 stride-2 transposed convolution is a 2 × 2 convolution over the corners between pixels: corner (y, x) sees
  the four pixels around it and yields the output pixels around it, which a pixel shuffle only reorders.
- Output planes that are not read are left out.

The weights may be numpy arrays or torch tensors, and so is what comes out; gradients reach tensors that want them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.models.rife.spec import NEGATIVE_SLOPE, TRUNK_LAYERS, Spec

Array = Any
"""A numpy array or a torch tensor."""

MOTION_PLANES = 5
"""Flow (4) and mask (1): the first output planes of a block."""


@dataclass(frozen=True, eq=False)
class Convolution:
    """One convolution with bias and activation.

    Attributes:
        weight: (outputs, inputs / groups, kernel, kernel).
        bias: (outputs,).
        stride: 1 or 2.
        groups: Number of groups of channels.
        slopes: (outputs,) negative slopes of the activation; None for no activation.
    """

    weight: Array
    bias: Array
    stride: int = 1
    groups: int = 1
    slopes: Array | None = None


@dataclass(frozen=True, eq=False)
class FoldedBlock:
    """One block.

    Attributes:
        first: The two strided convolutions.
        trunk: The eight convolutions in the middle.
        skip: Whether the trunk's input is added to its output (versions 4.0 and 4.1).
        last: The 2 × 2 convolution over corners. Its outputs are ordered [row][column][motion plane], then
            [row][column][feature plane], where row and column are below `span`.
        span: Output pixels per corner and axis: 4 with a pixel shuffle, 2 without.
        feature_planes: Planes besides motion that are kept.
    """

    first: tuple[Convolution, Convolution]
    trunk: tuple[Convolution, ...]
    skip: bool
    last: Convolution
    span: int
    feature_planes: int


@dataclass(frozen=True, eq=False)
class FoldedEncoder:
    """The image encoder.

    Attributes:
        first: A strided convolution.
        middle: Plain convolutions.
        last: A 2 × 2 convolution over corners. Its outputs are ordered [row][column][feature]; the span is 2.
    """

    first: Convolution
    middle: tuple[Convolution, ...]
    last: Convolution


def fold_block(spec: Spec, tensors: Mapping[str, Array], index: int) -> FoldedBlock:
    """Rewrite block number `index`.

    Args:
        spec: The row.
        tensors: Weights by the keys of `spec.state_shapes()`, float32.
        index: Number of the block, from 0.
    """
    feature_planes = 0 if index == len(spec.widths) - 1 else spec.feature_planes
    block = f"block{index}"
    first, second = (
        Convolution(
            tensors[f"{block}.conv0.{layer}.0.weight"],
            tensors[f"{block}.conv0.{layer}.0.bias"],
            stride=2,
            slopes=_slopes(spec, tensors, f"{block}.conv0.{layer}"),
        )
        for layer in range(2)
    )
    return FoldedBlock(
        first=(first, second),
        trunk=tuple(_trunk_layer(spec, tensors, f"{block}.convblock.{layer}") for layer in range(TRUNK_LAYERS)),
        skip=spec.trunk == "prelu",
        last=_corner_convolution(spec, tensors, block, feature_planes),
        span=4 if spec.shuffle else 2,
        feature_planes=feature_planes,
    )


def fold_encoder(spec: Spec, tensors: Mapping[str, Array]) -> FoldedEncoder | None:
    """Rewrite the image encoder, of versions that have one; see `fold_block`."""
    head = spec.head
    if head is None:
        return None
    first, *middle, last = (f"encode.{key}" for key in head.keys)

    def plain(key: str, stride: int = 1) -> Convolution:
        weight = tensors[f"{key}.weight"]
        slopes = None if head.layout == "pair" else _constant(np.full(weight.shape[0], NEGATIVE_SLOPE), weight)
        return Convolution(weight, tensors[f"{key}.bias"], stride, slopes=slopes)

    weight = tensors[f"{last}.weight"]
    rows, columns, features = (index.flatten() for index in np.mgrid[0:2, 0:2, 0 : head.features])
    corners = Convolution(_corner_weight(weight, features, rows, columns), tensors[f"{last}.bias"][features])
    return FoldedEncoder(plain(first, stride=2), tuple(plain(key) for key in middle), corners)


def _constant(values: NDArray[Any], like: Array) -> Array:
    """float32 values of the same library, and on the same device, as weights are."""
    values = values.astype(np.float32)
    return values if isinstance(like, np.ndarray) else like.new_tensor(values)


def _slopes(spec: Spec, tensors: Mapping[str, Array], layer: str) -> Array:
    """Of the activation after convolution `layer`.0; layers without slopes of their own share one."""
    if spec.trunk == "prelu":
        return tensors[f"{layer}.1.weight"]
    weight = tensors[f"{layer}.0.weight"]
    return _constant(np.full(weight.shape[0], NEGATIVE_SLOPE), weight)


def _trunk_layer(spec: Spec, tensors: Mapping[str, Array], layer: str) -> Convolution:
    if spec.trunk != "residual":
        weight, bias = tensors[f"{layer}.0.weight"], tensors[f"{layer}.0.bias"]
        return Convolution(weight, bias, slopes=_slopes(spec, tensors, layer))
    weight, bias = tensors[f"{layer}.conv.weight"], tensors[f"{layer}.conv.bias"]
    beta = tensors[f"{layer}.beta"]
    width, inputs = weight.shape[:2]
    identity = np.zeros(weight.shape)
    channels = np.arange(width)
    identity[channels, channels % inputs, 1, 1] = 1.0
    return Convolution(
        weight * beta.reshape(width, 1, 1, 1) + _constant(identity, weight),
        bias * beta.reshape(width),
        groups=spec.groups,
        slopes=_constant(np.full(width, NEGATIVE_SLOPE), weight),
    )


_TAPS = np.array([[2, 0], [3, 1]])
"""Kernel rows by [output row next to the corner][input row next to the corner]: the output row above a corner takes
kernel row 2 of the input row above and row 0 of the one below; the output row below it takes rows 3 and 1. Columns are
alike."""


def _corner_weight(
    transposed: Array, outputs: NDArray[np.intp], rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> Array:
    """A 4 × 4 stride-2 transposed convolution with padding 1 as a 2 × 2 convolution over corners.

    Args:
        transposed: (inputs, outputs, 4, 4).
        outputs: (count,) output channel of each output requested.
        rows: (count,) its row next to the corner: corner (y, x) lies between rows 2y − 1 (0) and 2y (1) of the output.
        columns: (count,) the same for columns.

    Returns:
        (count, inputs, 2, 2).
    """
    weight = transposed[:, outputs[:, None, None], _TAPS[rows][:, :, None], _TAPS[columns][:, None, :]]
    return weight.swapaxes(0, 1)


def _corner_convolution(spec: Spec, tensors: Mapping[str, Array], block: str, feature_planes: int) -> Convolution:
    key = f"{block}.lastconv.0" if spec.shuffle else f"{block}.lastconv"
    span = 4 if spec.shuffle else 2
    parts = []
    for planes in (range(MOTION_PLANES), range(MOTION_PLANES, MOTION_PLANES + feature_planes)):
        row, column, plane = (index.flatten() for index in np.meshgrid(range(span), range(span), planes, indexing="ij"))
        # Channel 4p + 2a + b of a transposed convolution before a shuffle is pixel (a, b) of plane p.
        output = 4 * plane + 2 * (row % 2) + column % 2 if spec.shuffle else plane
        parts.append((output, row // (span // 2), column // (span // 2)))
    outputs, rows, columns = (np.concatenate(index).astype(np.intp) for index in zip(*parts, strict=True))
    weight = _corner_weight(tensors[f"{key}.weight"], outputs, rows, columns)
    return Convolution(weight, tensors[f"{key}.bias"][outputs])
