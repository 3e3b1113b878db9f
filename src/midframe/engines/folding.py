"""A block's weights in the form that fast engines run: plain convolutions, each with an activation.

Three rewritings, none of which changes the result beyond rounding:

- ``convolution(x) × beta + x`` is one convolution: beta scales the weights, and x is a one at the centre tap.
- A 4 × 4 stride-2 transposed convolution is a 2 × 2 convolution over the corners between pixels: corner (y, x) sees
  the four pixels around it and yields the output pixels around it, which a pixel shuffle only reorders.
- Output planes that are not read are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from midframe.models.rife.network import NEGATIVE_SLOPE, Block, IFNet, ResidualConvolution

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

    weight: Tensor
    bias: Tensor
    stride: int = 1
    groups: int = 1
    slopes: Tensor | None = None


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


def fold_block(network: IFNet, index: int) -> FoldedBlock:
    """Rewrite block number `index`; gradients reach the network's parameters."""
    spec = network.spec
    block = network.blocks[index]
    is_last = index == len(spec.widths) - 1
    trunk = cast("list[nn.Module]", list(block.convblock))
    return FoldedBlock(
        first=tuple(_strided(layer) for layer in block.conv0),  # type: ignore[arg-type]
        trunk=tuple(_trunk_layer(layer) for layer in trunk),
        skip=spec.trunk == "prelu",
        last=_corner_convolution(block, 0 if is_last else spec.feature_planes),
        span=4 if spec.shuffle else 2,
        feature_planes=0 if is_last else spec.feature_planes,
    )


def _slopes(activation: nn.Module, channels: int) -> Tensor:
    if isinstance(activation, nn.PReLU):
        return activation.weight
    return torch.full((channels,), NEGATIVE_SLOPE)


def _strided(layer: nn.Module) -> Convolution:
    convolution, activation = cast("tuple[nn.Conv2d, nn.Module]", tuple(cast(nn.Sequential, layer)))
    assert convolution.bias is not None
    slopes = _slopes(activation, convolution.out_channels)
    return Convolution(convolution.weight, convolution.bias, stride=2, slopes=slopes)


def _trunk_layer(layer: nn.Module) -> Convolution:
    if not isinstance(layer, ResidualConvolution):
        convolution, activation = cast("tuple[nn.Conv2d, nn.Module]", tuple(cast(nn.Sequential, layer)))
        assert convolution.bias is not None
        return Convolution(convolution.weight, convolution.bias, slopes=_slopes(activation, convolution.out_channels))
    weight, bias, groups = layer.conv.weight, layer.conv.bias, layer.conv.groups
    assert bias is not None
    beta = layer.beta.flatten()
    width, inputs = weight.shape[:2]
    identity = torch.zeros_like(weight)
    channels = torch.arange(width, device=weight.device)
    identity[channels, channels % inputs, 1, 1] = 1.0
    slopes = torch.full((width,), NEGATIVE_SLOPE)
    return Convolution(weight * beta[:, None, None, None] + identity, bias * beta, groups=groups, slopes=slopes)


def corner_weight(transposed: nn.ConvTranspose2d) -> tuple[Tensor, Tensor]:
    """A 4 × 4 stride-2 transposed convolution with padding 1 as a 2 × 2 convolution over corners.

    Returns:
        Weights (2, 2, outputs, inputs, 2, 2) and biases (outputs,). The first two indices are the row and column
        of the output pixel beside the corner: corner (y, x) lies between rows 2y − 1 and 2y of the output.
    """
    weight = transposed.weight.transpose(0, 1)
    # The output row above a corner takes kernel row 2 of the input row above and row 0 of the one below; the
    # output row below it takes rows 3 and 1.
    taps = torch.tensor([[2, 0], [3, 1]], device=weight.device)
    rows = weight[:, :, taps, :]
    both = rows[:, :, :, :, taps]
    # (outputs, inputs, row, kernel row, column, kernel column)
    assert transposed.bias is not None
    return both.permute(2, 4, 0, 1, 3, 5), transposed.bias


def _corner_convolution(block: Block, feature_planes: int) -> Convolution:
    spec = block.spec
    transposed = cast(nn.ConvTranspose2d, block.lastconv[0] if spec.shuffle else block.lastconv)  # type: ignore[index]
    weight, bias = corner_weight(transposed)
    inputs = weight.shape[3]
    if spec.shuffle:
        # Channel 4p + 2a + b of the transposed convolution is pixel (a, b) of plane p.
        shuffled = weight.reshape(2, 2, spec.planes, 2, 2, inputs, 2, 2)
        weight = shuffled.permute(0, 3, 1, 4, 2, 5, 6, 7).reshape(4, 4, spec.planes, inputs, 2, 2)
        bias = bias.reshape(spec.planes, 2, 2).permute(1, 2, 0).repeat(2, 2, 1)
    else:
        bias = bias.expand(2, 2, spec.planes)
    kept = (slice(0, MOTION_PLANES), slice(MOTION_PLANES, MOTION_PLANES + feature_planes))
    return Convolution(
        torch.cat([weight[:, :, planes].reshape(-1, inputs, 2, 2) for planes in kept]),
        torch.cat([bias[:, :, planes].reshape(-1) for planes in kept]),
    )


def spread_corners(raw: Tensor, span: int, planes: int) -> Tensor:
    """Put what the corner convolution yields where it belongs.

    Args:
        raw: (N, span · span · planes, h + 1, w + 1), ordered [row][column][plane].
        span: Output pixels per corner and axis.
        planes: Planes in `raw`.

    Returns:
        (N, planes, span · h, span · w).
    """
    batch, _, rows, columns = raw.shape
    spread = raw.reshape(batch, span, span, planes, rows, columns).permute(0, 3, 4, 1, 5, 2)
    whole = spread.reshape(batch, planes, rows * span, columns * span)
    margin = span // 2
    return whole[..., margin:-margin, margin:-margin]
