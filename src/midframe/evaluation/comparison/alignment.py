"""Which frame of one video is on the screen when a frame of another one is. Fractions of seconds throughout."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction

from midframe.timing.clock import SourceClock


@dataclass(frozen=True)
class ComparedMoment:
    """The frames of A and B at one time.

    Attributes:
        time: Since the first frame of each.
        left: Index of the frame of A.
        right: Index of the frame of B.
        coincides: Whether both frames begin to be shown at this very time.
    """

    time: Fraction
    left: int
    right: int
    coincides: bool


@dataclass(frozen=True)
class Alignment:
    """Two videos aligned in time, both from their first frame on.

    Attributes:
        moments: When the faster one changes its frame, until the shorter one ends.
        end: When the shorter one ends, in seconds since the first frame.
        rate: Frame rate of the faster side where it is constant, else None.
        longer_by: How much longer A is than B; negative if B is the longer one.
    """

    moments: tuple[ComparedMoment, ...]
    end: Fraction
    rate: Fraction | None
    longer_by: Fraction

    @property
    def coinciding(self) -> int:
        """How many moments have frames that begin together."""
        return sum(moment.coincides for moment in self.moments)

    @property
    def clock(self) -> SourceClock:
        """When the moments are shown."""
        return SourceClock(tuple(moment.time for moment in self.moments), self.end, self.rate)


def align(left: SourceClock, right: SourceClock) -> Alignment:
    """Align two videos in time.

    At every frame of the faster one (A, if they are equally fast), the other shows the last frame that has started.
    """
    starts = left.times[0], right.times[0]
    times = [tuple(time - start for time in clock.times) for clock, start in zip((left, right), starts, strict=True)]
    ends = left.end - starts[0], right.end - starts[1]
    faster, clock = (0, left) if left.mean_rate >= right.mean_rate else (1, right)
    other = times[1 - faster]
    moments = []
    for index, time in enumerate(times[faster]):
        if time >= min(ends):
            break
        shown = bisect_right(other, time) - 1
        indices = (index, shown) if faster == 0 else (shown, index)
        moments.append(ComparedMoment(time, *indices, coincides=other[shown] == time))
    return Alignment(tuple(moments), min(ends), clock.rate, ends[0] - ends[1])
