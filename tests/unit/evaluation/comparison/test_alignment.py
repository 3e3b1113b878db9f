from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from midframe.evaluation.comparison.alignment import align
from midframe.timing.clock import SourceClock


def steady(count: int, rate: str | int, start: int = 0) -> SourceClock:
    return SourceClock.steady(count, Fraction(rate), Fraction(start))


def test_twice_the_rate() -> None:
    found = align(steady(3, 25), steady(5, 50))
    assert [(moment.left, moment.right, moment.coincides) for moment in found.moments] == [
        (0, 0, True),
        (0, 1, False),
        (1, 2, True),
        (1, 3, False),
        (2, 4, True),
    ]
    assert found.rate == 50
    assert found.end == Fraction(1, 10)
    assert found.longer_by == Fraction(3, 25) - Fraction(1, 10)


def test_rates_a_thousandth_apart_meet_after_a_thousand_frames() -> None:
    found = align(steady(1002, 24), steady(1002, "24000/1001"))
    assert [moment.left for moment in found.moments if moment.coincides] == [0, 1001]
    # Just before, B is almost a whole frame after.
    assert (found.moments[1000].left, found.moments[1000].right) == (1000, 999)


def test_both_begin_with_their_first_frame() -> None:
    found = align(steady(4, 10, start=3), steady(4, 10))
    assert all(moment.coincides for moment in found.moments)
    assert found.moments[0].time == 0
    assert found.longer_by == 0


def test_to_the_end_of_the_shorter() -> None:
    found = align(steady(100, 25), steady(3, 25))
    assert len(found.moments) == 3
    assert found.end == Fraction(3, 25)
    assert found.longer_by == Fraction(97, 25)
    assert found.clock.times[-1] == Fraction(2, 25)


def test_uneven_times() -> None:
    uneven = SourceClock((Fraction(0), Fraction(1, 10), Fraction(4, 10)), Fraction(5, 10), None)
    found = align(uneven, steady(5, 10))
    assert [moment.left for moment in found.moments] == [0, 1, 1, 1, 2]
    assert [moment.coincides for moment in found.moments] == [True, True, False, False, True]


@given(st.integers(2, 60), st.integers(2, 60), st.fractions(1, 120), st.fractions(1, 120))
def test_what_is_shown_has_begun_and_the_next_has_not(count_a: int, count_b: int, a: Fraction, b: Fraction) -> None:
    clocks = SourceClock.steady(count_a, a), SourceClock.steady(count_b, b)
    found = align(*clocks)
    assert found.moments
    for moment in found.moments:
        for clock, index in zip(clocks, (moment.left, moment.right), strict=True):
            after = clock.times[index + 1] if index + 1 < len(clock.times) else clock.end
            assert clock.times[index] <= moment.time < after
        both_begin = all(moment.time in clock.times for clock in clocks)
        assert moment.coincides == both_begin
    assert found.coinciding >= 1
