"""Which source frames an output frame lies between, and how long it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

MOST_FRAMES = (1 << 31) - 1
"""VapourSynth counts frames in 32 bits. Players announce this many, because they do not know the length."""


@dataclass(frozen=True)
class OutputClock:
    """The output frames of a clip, as `midframe run` has them for videos: the last frame is repeated to the end.

    Attributes:
        sources: Number of source frames.
        factor: Output frames per source frame; below 1 where a lower rate is requested.
    """

    sources: int
    factor: Fraction

    @property
    def used(self) -> int:
        """Number of source frames that are used: all, unless there would be too many output frames to count."""
        return min(self.sources, floor(MOST_FRAMES / self.factor))

    @property
    def count(self) -> int:
        """Number of output frames."""
        return ceil(self.used * self.factor)

    def place(self, number: int) -> tuple[int, Fraction]:
        """The source frame at or before an output frame, and the time after it in [0, 1); 0 in the last frame."""
        position = number / self.factor
        left = floor(position)
        return left, Fraction(0) if left >= self.used - 1 else position - left

    def pattern(self) -> tuple[int, list[int]]:
        """Which source frame is at or before each output frame: every so many source frames, these are repeated.

        A cycle has at least two frames.
        """
        cycle = max(2, self.factor.denominator)
        if cycle >= self.used:
            return max(2, self.used), [self.place(number)[0] for number in range(self.count)]
        return cycle, [floor(number / self.factor) for number in range(ceil(cycle * self.factor))]

    def duration(self, number: int, durations: Mapping[int, Fraction]) -> Fraction:
        """How long an output frame is shown.

        Args:
            number: Its number.
            durations: Seconds for which its left source frame is shown, and the right one if it is needed.
        """
        begin = number / self.factor
        end = min((number + 1) / self.factor, Fraction(self.used))
        return sum(
            (durations[source] * (min(end, Fraction(source + 1)) - max(begin, Fraction(source))))
            for source in range(floor(begin), ceil(end))
        ) + Fraction(0)
