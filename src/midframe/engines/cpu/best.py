"""The quality "best": four estimates for every frame, merged by how far each one's warped frames agree."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import byref
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midframe.engines.agreement import CELL, SHARPNESS, SIDES
from midframe.engines.cpu.engine import CpuEngine, CpuFrame
from midframe.engines.cpu.estimates import MotionArrays
from midframe.engines.cpu.kernels.library import BalanceStruct, Kernels, address
from midframe.engines.failures import mapped_errors
from midframe.engines.flow_fields import MotionField
from midframe.engines.protocols import EngineFrame, Motion
from midframe.engines.threads import thread_count
from midframe.engines.wrapped import WrappedEngine


@dataclass(frozen=True, eq=False)
class BestFrame:
    """A frame as the engine inside encoded it, and the same frame mirrored left to right.

    Attributes:
        plain: The frame.
        mirrored: Its mirror image; the samples in it are the view.
        width: Columns of the frame.
    """

    plain: CpuFrame
    mirrored: CpuFrame
    width: int


class BestEngine(WrappedEngine[CpuEngine]):
    """Interpolates with the engine inside, from motions merged of four estimates; masks are balanced.

    The estimates are those of the pair, with the frames exchanged, and of both frames mirrored, in both orders.

    Args:
        engine: Balances masks itself, so that its frames have cells.
        kernels: The kernels that the engine runs with.
    """

    def __init__(self, engine: CpuEngine, kernels: Kernels) -> None:
        super().__init__(engine)
        self._kernels = kernels

    def encode(self, frame: EngineFrame) -> BestFrame:
        """See `MotionEngine`; twice."""
        view = frame.view[:, ::-1].copy()
        return BestFrame(self._engine.encode(frame), self._engine.encode(EngineFrame(view, view)), frame.view.shape[1])

    def between(self, left: BestFrame, right: BestFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """See `MotionEngine`."""
        return [self.warp(left, right, self.motion(left, right, time)) for time in times]

    def motion(self, left: BestFrame, right: BestFrame, time: float) -> Motion:
        """Four passes of the network."""
        with mapped_errors(self._engine.device):
            merged = self._merged(left, right, time)
            self._engine.balance(merged, left.plain, right.plain, time)
            return merged.as_motion()

    def warp(self, left: BestFrame, right: BestFrame, motion: Motion) -> NDArray[np.float32]:
        """See `MotionEngine`."""
        return self._engine.warp(left.plain, right.plain, motion)

    def field(self, motion: Motion, height: int, width: int) -> MotionField:
        """See `MotionEngine`."""
        return self._engine.field(motion, height, width)

    def _merged(self, left: BestFrame, right: BestFrame, time: float) -> MotionArrays:
        """Flows and weights of frames are averaged, not frames: the result is as sharp as one frame, in one pass."""
        height, width = left.plain.pixels.shape[:2]
        merged, total = MotionArrays.empty(height, width), np.empty((height, width), np.float32)
        orders = [(mirrored, exchanged) for mirrored in (0, left.width) for exchanged in (False, True)]
        for number, (mirrored, exchanged) in enumerate(orders):
            first, second = (frame.mirrored if mirrored else frame.plain for frame in (left, right))
            if exchanged:
                motion = self._engine.estimate(second, first, 1 - time)
            else:
                motion = self._engine.estimate(first, second, time)
            if mirrored or exchanged:
                motion = self._turned(motion, mirrored, exchanged=exchanged)
            trust = confidence(self._engine.disagreement(motion, left.plain, right.plain))
            if mirrored:
                trust *= away_from_sides(trust.shape[1])
            self._kernels.add_motion(
                address(motion.flow),
                address(motion.mask),
                height,
                width,
                byref(BalanceStruct(address(trust), None, *trust.shape, 0.0)),
                number == 0,
                address(merged.flow),
                address(merged.mask),
                address(total),
                thread_count(),
            )
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


def confidence(squares: NDArray[np.float32]) -> NDArray[np.float32]:
    """The weight of an estimate among several, in (0, 1] for each cell: the better its frames agree, the more.

    Args:
        squares: (rows, columns), see `CpuEngine.disagreement`.
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
