"""When frames stand in a container that counts time in ticks of its own."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Protocol

MOST_COUNTED = 20_000
"""Frames whose times are looked at one by one before a job begins."""


class OutputTimes(Protocol):
    """When every output frame is shown, in seconds."""

    def time(self, number: int) -> Fraction:
        """When output frame `number` is shown."""
        ...

    @property
    def end(self) -> Fraction | None:
        """When the last output frame stops being shown; None where only the end of the input shows it."""
        ...

    @property
    def origin(self) -> Fraction:
        """The time of the source that is 0 in the output."""
        ...

    @property
    def stretch(self) -> Fraction:
        """Duration of the output over that of the source."""
        ...

    @property
    def period(self) -> int | None:
        """How many output frames each source interval has, where that is the same whole number for all; else None."""
        ...

    @property
    def mean_rate(self) -> Fraction:
        """Output frames per second on average."""
        ...

    @property
    def unit(self) -> Fraction:
        """A time of which every output time is a whole multiple, counted from the first."""
        ...


def shown_until(timing: OutputTimes, number: int, count: int | None) -> Fraction:
    """When output frame `number` of `count` stops being shown; with the next one, or with the last one's end."""
    end = timing.end if number + 1 == count else None
    return timing.time(number + 1) if end is None else end


@dataclass(frozen=True)
class TickSpan:
    """When a frame is shown, in ticks since the first one.

    Attributes:
        begin: When it is shown.
        duration: How long it is shown; at least 1.
    """

    begin: int
    duration: int


class FrameTiming:
    """Rounds times to ticks: each start by itself, so that nothing adds up.

    Args:
        timing: When frames are shown exactly.
        count: How many there are; None if unknown.
        tick: Length of a tick in seconds.
        least: Ticks that a frame must be shown; one that would cut the frame before it shorter has no place.

    Attributes:
        tick: Length of a tick in seconds.
    """

    def __init__(self, timing: OutputTimes, count: int | None, tick: Fraction, least: int) -> None:
        self.tick = tick
        self._timing = timing
        self._count = count
        self._least = least
        self._start = timing.time(0)
        self._free_from = 0

    def place(self, number: int) -> TickSpan | None:
        """The place of a frame, or None if it has none. Asked for 0, 1, 2, ... in order."""
        begin = self._ticks(self._timing.time(number))
        if begin < self._free_from:
            return None
        self._free_from = begin + self._least
        following = number + 1
        while following != self._count and self._ticks(self._timing.time(following)) < self._free_from:
            following += 1
        until = shown_until(self._timing, following - 1, self._count)
        return TickSpan(begin, max(1, self._ticks(until) - begin))

    def _ticks(self, time: Fraction) -> int:
        return round((time - self._start) / self.tick)


def left_out(timing: OutputTimes, count: int | None, tick: Fraction, least: int) -> int:
    """How many of `count` frames have no place; 0 if their number is unknown.

    More than `MOST_COUNTED` frames are taken for evenly spaced.
    """
    if count is None:
        return 0
    end = timing.end
    if count > MOST_COUNTED and end is not None:
        return max(0, count - ceil((end - timing.time(0)) / (tick * least)))
    frame_timing = FrameTiming(timing, count, tick, least)
    return sum(frame_timing.place(number) is None for number in range(count))


def longest_shown(timing: OutputTimes, count: int | None) -> Fraction:
    """For how many seconds a frame is shown at most.

    Of more than `MOST_COUNTED` frames, that many spread over all stand for them; where their number is unknown, the
    unit.
    """
    if count is None:
        return timing.unit
    numbers = range(0, count, max(1, count // MOST_COUNTED))
    return max(shown_until(timing, number, count) - timing.time(number) for number in numbers)
