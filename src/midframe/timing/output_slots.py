"""Output frames between two source frames, which need not be neighbours: repeated frames between them are skipped."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from midframe.timing.clock import AnyTimeline
from midframe.timing.timeline import OpenTimeline, PairSlots


@dataclass(frozen=True)
class OutputSlot:
    """One output frame.

    Attributes:
        number: Number of the output frame.
        time: Its time between the two source frames, in [0, 1); 0 is the left one.
        on_source: Whether a source frame has exactly this time: the left one, or a repeated one after it.
    """

    number: int
    time: Fraction
    on_source: bool


class PairTimeline(Protocol):
    """Output frames of pairs of neighbouring source frames; every timeline has them."""

    def pair(self, index: int) -> PairSlots:
        """The output frames between source frames `index` and `index + 1`."""
        ...


class Clock(Protocol):
    """Presentation times of source frames."""

    def at(self, position: Fraction) -> Fraction:
        """The time of a position counted in source frames."""
        ...

    def change(self, index: int) -> Fraction:
        """When the change from a frame to the next one begins."""
        ...


def slots_between(timeline: PairTimeline, clock: Clock, left: int, right: int) -> tuple[OutputSlot, ...]:
    """The output frames from source frame `left` (included) to `right` (excluded).

    Where source frames are skipped, times are shares of the time between `left` and `right` on the clock, because
    intervals may differ.
    """
    slots = []
    begin, end = change_begin(clock, left, right), clock.at(Fraction(right))
    for index in range(left, right):
        pair = timeline.pair(index)
        for number, time in enumerate(pair.all_times, pair.first):
            whole = time
            if right - left > 1:
                whole = max(Fraction(0), (clock.at(index + time) - begin) / (end - begin))
            slots.append(OutputSlot(number, whole, on_source=pair.starts_on_source and number == pair.first))
    return tuple(slots)


def change_begin(clock: Clock, left: int, right: int) -> Fraction:
    """When the change from one source frame to a later one begins: after the last pause between them."""
    behind = [clock.change(index) for index in range(left, right) if clock.change(index) > clock.at(Fraction(index))]
    return behind[-1] if behind else clock.at(Fraction(left))


def tail_slots(timeline: AnyTimeline | OpenTimeline, sources: int) -> tuple[OutputSlot, ...]:
    """The output frames at and after the last of `sources` source frames."""
    tail = timeline.tail(sources) if isinstance(timeline, OpenTimeline) else timeline.tail
    return tuple(
        OutputSlot(number, time, on_source=time == 0) for number, time in enumerate(tail.all_times, tail.first)
    )
