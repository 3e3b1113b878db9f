"""Qualities beyond "fast" around any engine that hands out motion, by the CPU kernels.

It does what `midframe.engines.torch.quality.QualityEngine` does with torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.engines.agreement import CELL, SHARPNESS, SIDES
from midframe.engines.cpu.balancing import Balancer, CellFrame
from midframe.engines.cpu.estimates import MotionArrays
from midframe.engines.cpu.kernels.library import BalanceStruct, Kernels, address
from midframe.engines.failures import mapped_errors
from midframe.engines.flow_fields import MotionField
from midframe.engines.protocols import EngineFrame, Motion, MotionEngine
from midframe.engines.threads import thread_count
from midframe.engines.wrapped import WrappedEngine


@dataclass(frozen=True, eq=False)
class RefinedFrame:
    """A frame as the engine inside encoded it, and as it is compared with others.

    Attributes:
        plain: What the engine inside made of it.
        mirrored: The same of the frame mirrored left to right; None where one estimate is enough.
        seen: The frame by cells.
    """

    plain: Any
    mirrored: Any
    seen: CellFrame


class RefinedEngine(WrappedEngine[MotionEngine[Any]]):
    """Interpolates with the engine inside; masks are balanced, and with `several`, motions merged of four estimates.

    The estimates are those of the pair, with the frames exchanged, and of both frames mirrored, in both orders.
    Motions are numpy arrays, whatever those of the engine inside are.

    Args:
        engine: Its motions are as the network estimates them.
        kernels: What compares frames.
        several: Whether there are four estimates.
    """

    def __init__(self, engine: MotionEngine[Any], kernels: Kernels, *, several: bool) -> None:
        super().__init__(engine)
        self._kernels = kernels
        self._balancer = Balancer(kernels)
        self._several = several

    def encode(self, frame: EngineFrame) -> RefinedFrame:
        """See `MotionEngine`; twice, if mirrored estimates are needed."""
        mirrored = None
        if self._several:
            view = frame.view[:, ::-1].copy()
            mirrored = self._engine.encode(EngineFrame(view, view))
        with mapped_errors("cpu"):
            seen = self._balancer.frame(np.ascontiguousarray(frame.view))
        return RefinedFrame(self._engine.encode(frame), mirrored, seen)

    def between(self, left: RefinedFrame, right: RefinedFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """See `MotionEngine`."""
        return [self.warp(left, right, self.motion(left, right, time)) for time in times]

    def motion(self, left: RefinedFrame, right: RefinedFrame, time: float) -> Motion:
        """One pass of the network, or four; the mask is balanced."""
        with mapped_errors("cpu"):
            if self._several:
                motion = self._merged(left, right, time)
            else:
                motion = _own(self._engine.motion(left.plain, right.plain, time))
            self._balancer.balance(motion, left.seen, right.seen, time)
            return motion.as_motion()

    def warp(self, left: RefinedFrame, right: RefinedFrame, motion: Motion) -> NDArray[np.float32]:
        """See `MotionEngine`."""
        return self._engine.warp(left.plain, right.plain, motion)

    def field(self, motion: Motion, height: int, width: int) -> MotionField:
        """See `MotionEngine`."""
        return self._engine.field(motion, height, width)

    def _merged(self, left: RefinedFrame, right: RefinedFrame, time: float) -> MotionArrays:
        """Flows and weights of frames are averaged, not frames: the result is as sharp as one frame, in one pass."""
        merged, total = None, np.empty(0, np.float32)
        orders = [(mirrored, exchanged) for mirrored in (0, left.seen.width) for exchanged in (False, True)]
        for mirrored, exchanged in orders:
            first, second = (frame.mirrored if mirrored else frame.plain for frame in (left, right))
            if exchanged:
                estimate = self._engine.motion(second, first, 1 - time)
            else:
                estimate = self._engine.motion(first, second, time)
            motion = MotionArrays.of(estimate)
            if mirrored or exchanged:
                motion = self._turned(motion, mirrored, exchanged=exchanged)
            trust = confidence(self._balancer.disagreement(motion, left.seen, right.seen))
            if mirrored:
                trust *= away_from_sides(trust.shape[1])
            height, width = motion.mask.shape
            is_first = merged is None
            if merged is None:
                merged, total = MotionArrays.empty(height, width), np.empty((height, width), np.float32)
            self._kernels.add_motion(
                address(motion.flow),
                address(motion.mask),
                height,
                width,
                byref(BalanceStruct(address(trust), None, *trust.shape, 0.0)),
                is_first,
                address(merged.flow),
                address(merged.mask),
                address(total),
                thread_count(),
            )
        assert merged is not None
        self._kernels.mean_motion(
            address(merged.flow), address(merged.mask), address(total), total.size, thread_count()
        )
        return merged

    def _turned(self, motion: MotionArrays, mirrored: int, *, exchanged: bool) -> MotionArrays:
        """A motion estimated on frames that were exchanged, or mirrored in that many columns, as one of the pair."""
        height, width = motion.mask.shape
        turned = MotionArrays.empty(height, width)
        self._kernels.turn_motion(
            address(motion.flow),
            address(motion.mask),
            height,
            width,
            mirrored,
            exchanged,
            address(turned.flow),
            address(turned.mask),
            thread_count(),
        )
        return turned


def _own(motion: Motion) -> MotionArrays:
    """A motion in arrays that may be written to."""
    arrays = MotionArrays.of(motion)
    return MotionArrays(*(array if array.flags.writeable else array.copy() for array in (arrays.flow, arrays.mask)))


def confidence(squares: NDArray[np.float32]) -> NDArray[np.float32]:
    """The weight of an estimate among several, in (0, 1] for each cell: the better its frames agree, the more.

    Args:
        squares: (rows, columns), see `midframe.engines.cpu.balancing.Balancer.disagreement`.
    """
    padded = np.pad(squares, 1, mode="edge")
    lines = padded[:-2] + padded[1:-1] + padded[2:]
    differs = (lines[:, :-2] + lines[:, 1:-1] + lines[:, 2:]) / np.float32(9)
    return np.ascontiguousarray((1 + differs / np.float32(SHARPNESS**2)) ** -2)


def away_from_sides(columns: int) -> NDArray[np.float32]:
    """0 at the left and right border, 1 from `SIDES` pixels on, for columns of cells: (columns,)."""
    number = np.arange(columns, dtype=np.float32)
    distance = np.minimum(number, columns - 1 - number) * np.float32(CELL / SIDES)
    return np.minimum(distance, np.float32(1))
