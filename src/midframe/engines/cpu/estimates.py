"""What blocks estimate, laid out as their last convolutions leave it."""

from __future__ import annotations

from ctypes import byref
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from midframe.engines.cpu.kernels.library import EstimateStruct, FlowSumStruct, address
from midframe.engines.folding import MOTION_PLANES
from midframe.engines.protocols import Motion, arrays_of


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
        offset: 0, or 1/2 for a sum of coarse estimates: its first value lies half a pixel of its own above and left of
            that of an estimate of the same factor, and its last one below and right.
        has_mask: Whether its mask counts.
    """

    corners: NDArray[np.float32]
    span: int
    height: int
    width: int
    factor: float
    gain: float
    has_mask: bool = True
    offset: float = 0.0

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
            self.offset,
        )

    def without_mask(self) -> CornerEstimate:
        """The same, for versions in which a later mask replaces it."""
        return replace(self, has_mask=False)

    def planes(self, feature_planes: int) -> NDArray[np.float32]:
        """Spread out: (height, width, 5 + feature_planes), flow not multiplied by the gain."""
        if self.span == 1:
            return self.corners[..., : MOTION_PLANES + feature_planes]
        motion = self.span**2 * MOTION_PLANES
        end = motion + self.span**2 * feature_planes
        parts = [self._spread(self.corners[..., :motion]), self._spread(self.corners[..., motion:end])]
        return np.concatenate(parts, axis=-1)

    def _spread(self, corners: NDArray[np.float32]) -> NDArray[np.float32]:
        """Put (rows, columns, span · span · planes), ordered [row][column][plane], where it belongs."""
        rows, columns, channels = corners.shape
        span, planes = self.span, channels // self.span**2
        spread = corners.reshape(rows, columns, span, span, planes).swapaxes(1, 2)
        margin = span // 2
        return spread.reshape(rows * span, columns * span, planes)[margin:-margin, margin:-margin]


@dataclass(eq=False)
class Estimation:
    """What is known so far about a pair: flow and mask are the sums of the parts' enlargements.

    Attributes:
        parts: Estimates of the blocks so far; the first of them may be the sum of several.
        latest: That of the latest block, whose feature planes count.
        flow_sum: (H, W, 4), sum of the first `summed` parts' flow in pixels; unused where that is 0.
        summed: How many parts `flow_sum` adds up.
        keeps_flow: Whether blocks may make a `flow_sum`.
    """

    parts: list[CornerEstimate] = field(default_factory=list)
    latest: CornerEstimate | None = None
    flow_sum: NDArray[np.float32] | None = None
    summed: int = 0
    keeps_flow: bool = True

    def add(self, estimate: CornerEstimate) -> None:
        """What a block found."""
        self.parts.append(estimate)
        self.latest = estimate

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


@dataclass(frozen=True, eq=False)
class MotionArrays:
    """A motion as kernels read it.

    Attributes:
        flow: (H, W, 4) float32 in pixels, contiguous.
        mask: (H, W) float32 logits, contiguous.
    """

    flow: NDArray[np.float32]
    mask: NDArray[np.float32]

    @staticmethod
    def empty(height: int, width: int) -> MotionArrays:
        """Space for one."""
        return MotionArrays(np.empty((height, width, 4), np.float32), np.empty((height, width), np.float32))

    @staticmethod
    def of(motion: Motion) -> MotionArrays:
        """A motion of any library; without copies where it comes from `as_motion`."""
        flow, mask = arrays_of(motion)
        return MotionArrays(np.ascontiguousarray(flow[0].transpose(1, 2, 0)), np.ascontiguousarray(mask[0, 0]))

    def as_motion(self) -> Motion:
        """The same arrays as others see them."""
        return Motion(self.flow.transpose(2, 0, 1)[np.newaxis], self.mask[np.newaxis, np.newaxis])

    def as_estimation(self) -> Estimation:
        """The same flow as kernels see it that work it out from estimates."""
        return Estimation(flow_sum=self.flow, summed=1)


def average_into(output: CornerEstimate, other: CornerEstimate) -> None:
    """Average a block's output with that of its run with the frames exchanged, in place."""
    motion = output.span**2 * MOTION_PLANES
    mine, theirs = (
        estimate.corners[..., :motion].reshape(*estimate.corners.shape[:2], -1, MOTION_PLANES)
        for estimate in (output, other)
    )
    swapped = np.concatenate((theirs[..., 2:4], theirs[..., 0:2], -theirs[..., 4:5]), axis=-1)
    output.corners[..., :motion] = ((mine + swapped) / 2).reshape(*output.corners.shape[:2], motion)
