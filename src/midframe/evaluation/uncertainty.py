"""How far a mean may be off: intervals for what was measured on a few frames, or on a few clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

CONFIDENCE = 0.95

FEWEST_CLIPS = 3
"""Fewer say nothing about others: the interval of two is twelve times as wide as their distance."""

ROUNDING = 1e-12
"""Relative spread below which values are equal."""

STRONGEST_LIKENESS = 0.95
"""Limit of how much a frame may say about the next one: estimates of it from few frames are rough."""


@dataclass(frozen=True)
class Interval95:
    """A mean and the interval that it lies in with 95% confidence.

    Attributes:
        mean: Arithmetic mean.
        low: Lower end; None where there are too few values to know.
        high: Upper end.
        count: Number of values.
    """

    mean: float
    low: float | None
    high: float | None
    count: int

    def lies_within(self, low: float, high: float) -> bool:
        """Whether the whole interval lies between two values."""
        return self.low is not None and self.high is not None and low <= self.low and self.high <= high

    @property
    def excludes_zero(self) -> bool:
        """Whether the sign of the mean is sure."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    @property
    def is_known(self) -> bool:
        """Whether there were values enough."""
        return self.low is not None

    @property
    def half_width(self) -> float | None:
        """What stands after "±"."""
        return None if self.low is None or self.high is None else (self.high - self.low) / 2


def interval_over_frames(values: Sequence[float]) -> Interval95:
    """The mean over successive frames of one clip.

    Neighbouring frames are alike, so that n of them say less than n independent ones: Student's t, with the standard
    error multiplied by √((1 + r)/(1 − r)), where r is the correlation of each value with the next one.

    Args:
        values: One or more, in order of time.
    """
    return _interval(values, _likeness_of_neighbours(values))


def interval_over_clips(values: Sequence[float]) -> Interval95:
    """The mean over clips, each of which counts as an independent sample of what might be interpolated: Student's t.

    Args:
        values: One or more.
    """
    if len(values) < FEWEST_CLIPS:
        return Interval95(sum(values) / len(values), None, None, len(values))
    return _interval(values, 0.0)


def _interval(values: Sequence[float], likeness: float) -> Interval95:
    from scipy.special import stdtrit  # loaded only where something was measured

    count = len(values)
    mean = sum(values) / count
    if count < 2:
        return Interval95(mean, None, None, count)
    variance = sum((value - mean) ** 2 for value in values) / (count - 1)
    error = sqrt(variance / count * (1 + likeness) / (1 - likeness))
    half = float(stdtrit(count - 1, (1 + CONFIDENCE) / 2)) * error
    return Interval95(mean, mean - half, mean + half, count)


def _likeness_of_neighbours(values: Sequence[float]) -> float:
    """Correlation of each value with the next, from 0 to `STRONGEST_LIKENESS`."""
    mean = sum(values) / len(values)
    off = [value - mean for value in values]
    power = sum(each * each for each in off)
    if power <= len(values) * (ROUNDING * max(map(abs, values))) ** 2:
        return 0.0
    together = sum(one * other for one, other in pairwise(off))
    return min(STRONGEST_LIKENESS, max(0.0, together / power))
