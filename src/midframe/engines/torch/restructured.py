"""The network restructured: the same result as `IFNet` without the work that the next block throws away.

Flow is kept as one residual per block, at the block's own resolution; masks and handed-on planes never reach full
resolution; frames are warped only at the pixels that a block's shrink reads; weights are folded. It is plain torch:
any device, differentiable in the frames. `midframe.engines.torch.resampling` holds the identities it rests on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from midframe.engines.folding import MOTION_PLANES, Convolution, FoldedBlock, fold_block
from midframe.engines.torch.resampling import (
    Grid,
    Plane,
    cell_means,
    shrunk,
    sum_at,
    warp_at,
)
from midframe.models.rife.network import IFNet, resize, swap_frames
from midframe.models.rife.spec import NEGATIVE_SLOPE, RETRY_THRESHOLD, Spec


class BlockOutput(NamedTuple):
    """What a block estimates, as enlargements: flow residual (4, in pixels), mask (1), planes for the next block."""

    residual: Plane
    mask: Plane
    planes: Plane


@dataclass
class Estimate:
    """What is known so far: flow and mask are the sums of their parts.

    Attributes:
        flow: Residuals of 4 planes, in pixels.
        mask: Logits.
        planes: Planes from the block before.
    """

    flow: list[Plane] = field(default_factory=list)
    mask: list[Plane] = field(default_factory=list)
    planes: Plane | None = None

    def exchanged(self) -> Estimate:
        """The same estimate seen with the frames exchanged."""
        return Estimate(
            [Plane(swap_frames(part.values), part.factor) for part in self.flow],
            [Plane(-part.values, part.factor) for part in self.mask],
            self.planes,
        )

    def at(self, grid: Grid) -> tuple[Tensor, Tensor]:
        """Flow (N, 4, rows, columns) in pixels and mask logit (N, 1, rows, columns) at the pixels of a grid."""
        return sum_at(self.flow, grid), sum_at(self.mask, grid)

    def add(self, output: BlockOutput, spec: Spec) -> None:
        """Add a block's estimate."""
        self.flow.append(output.residual)
        if spec.mask == "replace":
            self.mask.clear()
        self.mask.append(output.mask)
        self.planes = output.planes


class Sides(NamedTuple):
    """Both frames with their features, (N, 3 + features, H, W), and the time between them."""

    left: Tensor
    right: Tensor
    time: float

    def exchanged(self) -> Sides:
        """The same moment seen from the other side."""
        return Sides(self.right, self.left, 1 - self.time)


class RestructuredNetwork(nn.Module):
    """Runs an `IFNet`'s weights in the restructured form, with the same inputs and outputs as the `IFNet`.

    Args:
        network: Where they come from.
        short: Type of the blocks' convolutions, such as torch.float16; None for float32. Flow, coordinates,
            warps and masks are float32 in any case: rounded, they would ruin the picture.
        trainable: Whether gradients reach the parameters of `network`. The folded weights are then good for one
            step, as they do not follow the parameters.
    """

    def __init__(self, network: IFNet, *, short: torch.dtype | None = None, trainable: bool = False) -> None:
        super().__init__()
        self.spec = network.spec
        self.encoder = network.encode
        parameters = dict(network.named_parameters())
        self.blocks = nn.ModuleList(
            _FoldedModule(fold_block(self.spec, parameters, i), trainable) for i in range(len(self.spec.widths))
        )
        if short is not None:
            self.blocks.to(short)

    def features(self, image: Tensor) -> Tensor:
        """What the blocks get of one frame besides its pixels: (N, features, H, W) of (N, 3, H, W)."""
        if self.encoder is None:
            return image[:, :0]
        features: Tensor = self.encoder(image)
        return features

    def motion(
        self,
        image0: Tensor,
        image1: Tensor,
        features0: Tensor,
        features1: Tensor,
        time: float,
        *,
        flow_scale: float = 1.0,
        ensemble: bool = False,
    ) -> tuple[Tensor, Tensor]:
        """Flow (N, 4, H, W) in pixels and mask logit (N, 1, H, W); see `IFNet.motion`."""
        height, width = image0.shape[-2:]
        sides = Sides(torch.cat((image0, features0), dim=1), torch.cat((image1, features1), dim=1), time)
        known = self.estimate(sides, flow_scale=flow_scale, ensemble=ensemble)
        return known.at(Grid.of(height, width, 1, image0.device))

    def estimate(self, sides: Sides, *, flow_scale: float = 1.0, ensemble: bool = False) -> Estimate:
        """Run all blocks; flow and mask stay at the resolutions that they were estimated at."""
        height, width = sides.left.shape[-2:]
        scales = [scale / flow_scale for scale in self.spec.scales]
        known = Estimate()
        for index in range(len(scales)):
            output = self._run_block(index, scales[index], sides, known)
            if index == 1 and self.spec.retry and is_huge(output.residual, height, width):
                scales = [2 * scale for scale in scales]
                known = Estimate()
                # As published, the repeated first block has no ensemble half.
                known.add(self._run_block(0, scales[0], sides, known), self.spec)
                output = self._run_block(1, scales[1], sides, known)
            if ensemble:
                other = self._run_block(index, scales[index], sides.exchanged(), known.exchanged())
                output = _averaged(output, other)
            known.add(output, self.spec)
        return known

    def _run_block(self, index: int, scale: float, sides: Sides, known: Estimate) -> BlockOutput:
        block = self.blocks[index]
        assert isinstance(block, _FoldedModule)
        # Below scale 1 a block enlarges its input: there is nothing to leave out, so build it at full resolution.
        inputs = block_input(sides, known, max(scale, 1.0))
        if scale < 1:
            inputs = resize(inputs, 1 / scale)
            if known.flow:
                inputs = torch.cat((inputs[:, :-4], inputs[:, -4:] / scale), dim=1)
        # Converted here, so that the tensor as it was built, the largest of all, is gone while the block runs.
        inputs = inputs.to(block.last.weight.dtype, memory_format=torch.channels_last)
        values = block(inputs)
        factor = scale if self.spec.shuffle else 2 * scale
        flow, mask = values[:, 0:4] * factor, values[:, 4:MOTION_PLANES]
        return BlockOutput(
            *(at_most_full_resolution(Plane(part, factor)) for part in (flow, mask, values[:, MOTION_PLANES:]))
        )


def block_input(sides: Sides, known: Estimate, scale: float) -> Tensor:
    """A block's input, (N, channels, H / scale, W / scale), channels in the order of the published weights.

    Args:
        sides: The frames.
        known: What the blocks before estimated; empty before the first.
        scale: At least 1.
    """
    height, width = sides.left.shape[-2:]
    grid = Grid.of(height, width, scale, sides.left.device)
    flow: list[Tensor] = []
    if known.flow:
        samples = sum_at(known.flow, grid)
        left, right = (
            warp_at(side, part, grid) for side, part in ((sides.left, samples[:, 0:2]), (sides.right, samples[:, 2:4]))
        )
        flow = [cell_means(samples, scale) / scale]
    elif scale == 1:
        left, right = sides.left, sides.right
    else:
        left, right = (side.index_select(2, grid.rows).index_select(3, grid.columns) for side in sides[0:2])
    left, right = cell_means(left, scale), cell_means(right, scale)
    shape = left.shape[-2:]
    masks = [shrunk(part, scale, height, width) for part in known.mask]
    extras = [torch.stack(masks).sum(dim=0)] if masks else []
    if known.planes is not None and known.planes.values.shape[1]:
        extras.append(shrunk(known.planes, scale, height, width))
    time = torch.full_like(left[:, :1], sides.time)
    assert all(extra.shape[-2:] == shape for extra in extras)
    return torch.cat((left[:, :3], right[:, :3], left[:, 3:], right[:, 3:], time, *extras, *flow), dim=1)


def at_most_full_resolution(plane: Plane) -> Plane:
    """Bring planes that are finer than the frame (flow scales above 1) to full resolution."""
    if plane.factor >= 1:
        return plane
    if plane.values.shape[1] == 0:
        return Plane(plane.values, 1.0)
    return Plane(resize(plane.values, plane.factor), 1.0)


def is_huge(residual: Plane, height: int, width: int) -> bool:
    """Whether both halves of a flow residual hold motion beyond `RETRY_THRESHOLD` somewhere in the frame."""

    def halves_exceed(flow: Tensor) -> bool:
        largest = [flow[:, half : half + 2].abs().amax() for half in (0, 2)]
        return bool((largest[0] > RETRY_THRESHOLD) & (largest[1] > RETRY_THRESHOLD))

    # Enlarging never exceeds what is enlarged, so most frames are decided without doing it.
    return halves_exceed(residual.values) and halves_exceed(
        resize(residual.values, residual.factor)[..., :height, :width]
    )


def _averaged(output: BlockOutput, other: BlockOutput) -> BlockOutput:
    """Mean of a block's output and that of its run with the frames exchanged."""
    residual, mask, planes = output
    return BlockOutput(
        Plane((residual.values + swap_frames(other.residual.values)) / 2, residual.factor),
        Plane((mask.values - other.mask.values) / 2, mask.factor),
        planes,
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


class _FoldedConvolution(nn.Module):
    """A `Convolution` whose tensors follow the module from device to device."""

    weight: Tensor
    bias: Tensor
    slopes: Tensor | None

    def __init__(self, folded: Convolution, trainable: bool) -> None:
        super().__init__()

        def kept(values: Tensor) -> Tensor:
            return values if trainable else values.detach()

        self.register_buffer("weight", kept(folded.weight).contiguous(memory_format=torch.channels_last))
        self.register_buffer("bias", kept(folded.bias))
        slopes = None if folded.slopes is None else kept(folded.slopes)
        self.leaky = slopes is not None and bool((slopes == NEGATIVE_SLOPE).all())
        self.register_buffer("slopes", slopes)
        self.stride = folded.stride
        self.groups = folded.groups

    def forward(self, x: Tensor) -> Tensor:
        x = F.conv2d(x, self.weight, self.bias, stride=self.stride, padding=1, groups=self.groups)
        if self.leaky:
            return F.leaky_relu(x, NEGATIVE_SLOPE, inplace=True)
        return x if self.slopes is None else F.prelu(x, self.slopes)


class _FoldedModule(nn.Module):
    """A `FoldedBlock` that runs: (N, inputs, h, w) to the kept planes, (N, planes, h, w) or half of that size.

    Inputs have the type of the weights, channels last; planes are float32.
    """

    def __init__(self, folded: FoldedBlock, trainable: bool) -> None:
        super().__init__()
        self.first = nn.Sequential(*(_FoldedConvolution(layer, trainable) for layer in folded.first))
        self.trunk = nn.Sequential(*(_FoldedConvolution(layer, trainable) for layer in folded.trunk))
        self.last = _FoldedConvolution(folded.last, trainable)
        self.skip = folded.skip
        self.span = folded.span
        self.feature_planes = folded.feature_planes

    def forward(self, inputs: Tensor) -> Tensor:
        x = self.first(inputs)
        x = self.trunk(x) + x if self.skip else self.trunk(x)
        raw = self.last(x).float()
        motion = MOTION_PLANES * self.span**2
        parts = [spread_corners(raw[:, :motion], self.span, MOTION_PLANES)]
        if self.feature_planes:
            parts.append(spread_corners(raw[:, motion:], self.span, self.feature_planes))
        return torch.cat(parts, dim=1)
