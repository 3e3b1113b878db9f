"""The frames with the worst scores, kept to be looked at."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from midframe.evaluation.results import FrameScore, IntervalKind, WorstFrame
from midframe.media.pixels import ViewSamples
from midframe.visualization.image_files import to_pixels

MOST_FRAMES = 8

MOST_BYTES = 512 << 20
"""That worst frames may take together; there are at least two."""


@dataclass(order=True)
class _RankedFrame:
    """Least first: the best of the worst is the next to be replaced."""

    badness: tuple[bool, float, int]
    frame: WorstFrame = field(compare=False)


class WorstFrames:
    """Keeps the worst frames of a sequence, and no more than a given count.

    Frames between which something moves come before those across cuts, where no method can interpolate.

    Args:
        count: How many to keep at most.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._heap: list[_RankedFrame] = []

    def offer(self, index: int, kind: IntervalKind, badness: float, make_frame: Callable[[], WorstFrame]) -> None:
        """Keep a frame if it is among the worst so far.

        Args:
            index: Index of the frame; earlier ones win where frames are as bad.
            kind: Kind of its interval.
            badness: Larger is worse.
            make_frame: Makes what is kept; called only if it is.
        """
        key = (kind == "moving", badness, -index)
        if self._count < 1 or (len(self._heap) >= self._count and key <= self._heap[0].badness):
            return
        ranked = _RankedFrame(key, make_frame())
        if len(self._heap) < self._count:
            heapq.heappush(self._heap, ranked)
        else:
            heapq.heapreplace(self._heap, ranked)

    @property
    def worst_first(self) -> tuple[WorstFrame, ...]:
        """The frames that were kept."""
        return tuple(ranked.frame for ranked in sorted(self._heap, reverse=True))


def most_that_fit(height: int, width: int, methods: int) -> int:
    """How many frames with all their images may be kept."""
    images = methods + 4
    return max(2, min(MOST_FRAMES, MOST_BYTES // (images * height * width * 3)))


def most_worth_showing(frames: Sequence[FrameScore]) -> int:
    """How many frames can be called the worst: one in four of those that move, of all if none does; at least one."""
    moving = sum(frame.kind == "moving" for frame in frames)
    return max(1, min(MOST_FRAMES, (moving or len(frames)) // 4))


def make_worst_frame(
    index: int,
    truth: ViewSamples,
    left: ViewSamples,
    right: ViewSamples,
    interpolated: Mapping[str, ViewSamples],
    flow: NDArray[np.uint8] | None,
) -> WorstFrame:
    """A worst frame in 8 bits."""
    return WorstFrame(
        index,
        to_pixels(truth),
        to_pixels(left),
        to_pixels(right),
        {name: to_pixels(view) for name, view in interpolated.items()},
        flow,
    )
