"""The frames that are drawn worst, kept to be looked at."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from midframe.evaluation.metrics.protocol import Picture
from midframe.evaluation.results import Exhibit, IntervalKind

MOST_EXHIBITS = 8

MOST_BYTES = 512 << 20
"""That exhibits may take together; there are at least two."""


@dataclass(order=True)
class _Kept:
    """Least first: the best of the worst is the next to go."""

    badness: tuple[bool, float, int]
    exhibit: Exhibit = field(compare=False)


class WorstFrames:
    """Keeps the worst frames of a row, and no more.

    Frames between which something moves come before those across cuts, where no method can draw anything.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._heap: list[_Kept] = []

    def offer(self, index: int, kind: IntervalKind, badness: float, exhibit: Callable[[], Exhibit]) -> None:
        """Keep a frame if it is among the worst so far.

        Args:
            index: Of the frame; earlier ones win where frames are as bad.
            kind: Of its interval.
            badness: Larger is worse.
            exhibit: Makes what is kept; called only if it is.
        """
        key = (kind == "moving", badness, -index)
        if self._count < 1 or (len(self._heap) >= self._count and key <= self._heap[0].badness):
            return
        kept = _Kept(key, exhibit())
        if len(self._heap) < self._count:
            heapq.heappush(self._heap, kept)
        else:
            heapq.heapreplace(self._heap, kept)

    @property
    def worst_first(self) -> tuple[Exhibit, ...]:
        """What was kept."""
        return tuple(kept.exhibit for kept in sorted(self._heap, reverse=True))


def exhibits_that_fit(height: int, width: int, contenders: int) -> int:
    """How many frames with all their pictures may be kept."""
    pictures = contenders + 4
    return max(2, min(MOST_EXHIBITS, MOST_BYTES // (pictures * height * width * 3)))


def exhibit_of(
    index: int,
    truth: Picture,
    left: Picture,
    right: Picture,
    drawn: Mapping[str, Picture],
    flow: NDArray[np.uint8] | None,
) -> Exhibit:
    """Pictures in 8 bits."""
    return Exhibit(
        index,
        _codes(truth),
        _codes(left),
        _codes(right),
        {name: _codes(picture) for name, picture in drawn.items()},
        flow,
    )


def _codes(picture: Picture) -> NDArray[np.uint8]:
    return np.rint(picture * 255).astype(np.uint8)
