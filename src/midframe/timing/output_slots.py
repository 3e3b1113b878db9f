"""The output frames between two source frames that need not be neighbours: frames repeated between them are skipped."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from midframe.timing.clock import AnyTimeline
from midframe.timing.timeline import OpenTimeline, PairSlots


@dataclass(frozen=True)
class OutputSlot:
    """One place in the output.

    Attributes:
        number: Of the output frame.
        time: Where in [0, 1) it stands between the two source frames; 0 is the left one itself.
        on_source: Whether a source frame stands at that very time: the left one, or a repeated one behind it.
    """

    number: int
    time: Fraction
    on_source: bool


class Slots(Protocol):
    """Which output frames stand between neighbouring source frames; every timeline tells."""

    def pair(self, index: int) -> PairSlots:
        """The output frames between source frames `index` and `index + 1`."""
        ...


class Clock(Protocol):
    """When source frames are shown."""

    def at(self, position: Fraction) -> Fraction:
        """The time of a position counted in source frames."""
        ...


def slots_between(timeline: Slots, clock: Clock, left: int, right: int) -> tuple[OutputSlot, ...]:
    """All places from source frame `left` (included) to `right` (excluded).

    Where source frames lie between the two, times are shares of the time that the clock shows, not of the number of
    frames: intervals may differ.
    """
    found = []
    begin, end = clock.at(Fraction(left)), clock.at(Fraction(right))
    for index in range(left, right):
        pair = timeline.pair(index)
        times = (Fraction(0), *pair.times) if pair.starts_on_source else pair.times
        for number, time in enumerate(times, pair.first):
            whole = time if right - left == 1 else (clock.at(index + time) - begin) / (end - begin)
            found.append(OutputSlot(number, whole, on_source=time == 0))
    return tuple(found)


def tail_slots(timeline: AnyTimeline | OpenTimeline, sources: int) -> tuple[OutputSlot, ...]:
    """The places at and after the last of `sources` source frames."""
    tail = timeline.tail(sources) if isinstance(timeline, OpenTimeline) else timeline.tail
    times = (Fraction(0), *tail.times) if tail.starts_on_source else tail.times
    return tuple(OutputSlot(number, time, on_source=time == 0) for number, time in enumerate(times, tail.first))
