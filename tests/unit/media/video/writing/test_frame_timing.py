from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import pytest

from midframe.media.video.writing.frame_timing import MOST_COUNTED, left_out, longest_shown


@dataclass(frozen=True)
class Steady:
    """Frames at a constant rate."""

    rate: Fraction
    count: int

    origin = Fraction(0)
    period = None
    stretch = Fraction(1)

    def time(self, number: int) -> Fraction:
        return number / self.rate

    @property
    def end(self) -> Fraction:
        return self.count / self.rate

    @property
    def mean_rate(self) -> Fraction:
        return self.rate

    @property
    def unit(self) -> Fraction:
        return 1 / self.rate


TICK = Fraction(1, 100)


@pytest.mark.parametrize(("rate", "lost"), [(50, 0), (100, 50), (25, 0)])
def test_frames_that_come_too_fast(rate: int, lost: int) -> None:
    assert left_out(Steady(Fraction(rate), 100), 100, TICK, 2) == lost


def test_absurdly_many_frames_are_not_counted_one_by_one() -> None:
    count = 10**12
    assert left_out(Steady(Fraction(10**6), count), count, TICK, 2) == count - 50 * 10**6
    assert longest_shown(Steady(Fraction(10**6), count), count) == Fraction(1, 10**6)


def test_both_ways_of_counting_agree() -> None:
    count = MOST_COUNTED + 1
    exact = MOST_COUNTED
    assert abs(left_out(Steady(Fraction(100), count), count, TICK, 2) - count / 2) <= 1
    assert abs(left_out(Steady(Fraction(100), exact), exact, TICK, 2) - exact / 2) <= 1


def test_the_longest_frame() -> None:
    assert longest_shown(Steady(Fraction(1, 3600), 5), 5) == 3600
    assert longest_shown(Steady(Fraction(1, 3600), 5), None) == 3600
