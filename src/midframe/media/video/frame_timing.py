"""When frames stand in a container that counts time in ticks of its own."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from midframe.media.video.stamps import Timing, shown_until


@dataclass(frozen=True)
class Place:
    """Of a frame, in ticks since the first one.

    Attributes:
        begin: When it is shown.
        duration: For how long; at least 1.
    """

    begin: int
    duration: int


class Pacing:
    """Rounds times to ticks: each start by itself, so that nothing adds up.

    Attributes:
        tick: Seconds.
    """

    def __init__(self, timing: Timing, count: int | None, tick: Fraction, least: int) -> None:
        """Set up.

        Args:
            timing: When frames are shown exactly.
            count: How many there are; None if nobody knows yet.
            tick: Seconds.
            least: Ticks that a frame must be shown; one that would cut the frame before it shorter has no place.
        """
        self.tick = tick
        self._timing = timing
        self._count = count
        self._least = least
        self._start = timing.time(0)
        self._free_from = 0

    def place(self, number: int) -> Place | None:
        """The place of a frame, or None if it has none. Asked for 0, 1, 2, ... in order."""
        begin = self._ticks(self._timing.time(number))
        if begin < self._free_from:
            return None
        self._free_from = begin + self._least
        following = number + 1
        while following != self._count and self._ticks(self._timing.time(following)) < self._free_from:
            following += 1
        until = shown_until(self._timing, following - 1, self._count)
        return Place(begin, max(1, self._ticks(until) - begin))

    def _ticks(self, time: Fraction) -> int:
        return round((time - self._start) / self.tick)


def left_out(timing: Timing, count: int | None, tick: Fraction, least: int) -> int:
    """How many of `count` frames have no place; 0 if nobody knows how many there are."""
    if count is None:
        return 0
    pacing = Pacing(timing, count, tick, least)
    return sum(pacing.place(number) is None for number in range(count))
