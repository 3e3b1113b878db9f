"""What blocks estimate, laid out as their last convolutions leave it."""

from __future__ import annotations

from ctypes import byref
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from midframe.engines.cpu.kernels.library import EstimateStruct, FlowSumStruct, address
from midframe.engines.folding import MOTION_PLANES, spread_corners


@dataclass(frozen=True, eq=False)
class CornerEstimate:
    """What a block estimates, still laid out as its last convolution leaves it.

    Attributes:
        corners: (rows, columns, channels), see `Estimate` in motion.h.
        span: Pixels per corner and axis, 1 for plain pixels.
        height: Pixels.
        width: Pixels.
        factor: Full resolution / this resolution.
        gain: Flow values × gain are pixels.
        has_mask: Whether its mask counts.
    """

    corners: Tensor
    span: int
    height: int
    width: int
    factor: float
    gain: float
    has_mask: bool = True

    def struct(self) -> EstimateStruct:
        """The structure that kernels read."""
        return EstimateStruct(
            address(self.corners),
            self.corners.shape[1],
            self.corners.shape[2],
            self.span,
            self.height,
            self.width,
            self.has_mask,
            self.factor,
            self.gain,
        )

    def without_mask(self) -> CornerEstimate:
        """The same, for versions in which a later mask replaces it."""
        return replace(self, has_mask=False)

    def planes(self, feature_planes: int) -> Tensor:
        """Spread out: (1, 5 + feature_planes, height, width), flow not multiplied by the gain."""
        if self.span == 1:
            return self.corners.permute(2, 0, 1).unsqueeze(0)[:, : MOTION_PLANES + feature_planes]
        raw = self.corners.permute(2, 0, 1).unsqueeze(0)
        motion = self.span**2 * MOTION_PLANES
        parts = [spread_corners(raw[:, :motion], self.span, MOTION_PLANES)]
        if feature_planes:
            end = motion + self.span**2 * feature_planes
            parts.append(spread_corners(raw[:, motion:end], self.span, feature_planes))
        return torch.cat(parts, dim=1)


@dataclass(eq=False)
class Estimation:
    """What is known so far about a pair: flow and mask are the sums of the parts' enlargements.

    Attributes:
        parts: Estimates of the blocks so far.
        flow_sum: (H, W, 4), sum of the first `summed` parts' flow in pixels; unused where that is 0.
        summed: How many parts `flow_sum` adds up.
        keeps_flow: Whether blocks may make a `flow_sum`.
    """

    parts: list[CornerEstimate] = field(default_factory=list)
    flow_sum: Tensor | None = None
    summed: int = 0
    keeps_flow: bool = True

    def structs(self) -> EstimateStruct:
        """The parts for the kernels."""
        array = EstimateStruct * len(self.parts)
        return array(*(part.struct() for part in self.parts))  # type: ignore[return-value]

    def sum_struct(self) -> FlowSumStruct:
        """The sum for the kernels."""
        return FlowSumStruct(None if self.flow_sum is None else address(self.flow_sum), self.summed)

    def arguments(self) -> tuple[object, int, object]:
        """All of it, as kernels take it one after the other."""
        return self.structs(), len(self.parts), byref(self.sum_struct())


def average_into(output: CornerEstimate, other: CornerEstimate) -> None:
    """Average a block's output with that of its run with the frames exchanged, in place."""
    motion = output.span**2 * MOTION_PLANES
    mine, theirs = (
        estimate.corners[:, :, :motion].view(*estimate.corners.shape[:2], -1, MOTION_PLANES)
        for estimate in (output, other)
    )
    swapped = torch.cat((theirs[..., 2:4], theirs[..., 0:2], -theirs[..., 4:5]), dim=-1)
    mine.add_(swapped).div_(2)
