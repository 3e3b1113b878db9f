"""What a video sink wants to know about time. `midframe.timing.clock.Schedule` tells it."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol


class Timing(Protocol):
    """When every output frame is shown, in seconds."""

    def time(self, number: int) -> Fraction:
        """When output frame `number` is shown."""
        ...

    @property
    def end(self) -> Fraction | None:
        """When the last output frame stops being shown; None where only the end of the input tells."""
        ...

    @property
    def origin(self) -> Fraction:
        """The time of the source that is 0 in the output."""
        ...

    @property
    def mean_rate(self) -> Fraction:
        """Output frames per second on average."""
        ...

    @property
    def unit(self) -> Fraction:
        """A time of which every output time is a whole multiple, counted from the first."""
        ...


def shown_until(timing: Timing, number: int, count: int | None) -> Fraction:
    """When output frame `number` of `count` stops being shown; with the next one, or with the last one's end."""
    end = timing.end if number + 1 == count else None
    return timing.time(number + 1) if end is None else end
