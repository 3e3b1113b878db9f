"""Real time, checked against sums done another way."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midframe.errors import OptionError
from midframe.timing.clock import ResampledTimeline, Schedule, SourceClock
from midframe.timing.timeline import PairSlots, Timeline

FILM = Fraction(24000, 1001)
RATE_LIST = [*map(Fraction, (24, 25, 30, 60)), FILM, Fraction(30000, 1001), Fraction(60000, 1001), Fraction(7, 3)]
RATES = st.sampled_from(RATE_LIST)
ENDS = st.sampled_from(["drop", "hold", "loop"])


@st.composite
def clocks(draw: st.DrawFn) -> SourceClock:
    """Steady ones, and ones with gaps of any length."""
    if draw(st.booleans()):
        return SourceClock.steady(draw(st.integers(2, 30)), draw(RATES), Fraction(draw(st.integers(-5, 5)), 7))
    gaps = draw(st.lists(st.integers(1, 500), min_size=2, max_size=12))
    base = Fraction(1, draw(st.sampled_from([1000, 90000, 12800])))
    stamps = [draw(st.integers(-100, 100))]
    for gap in gaps:
        stamps.append(stamps[-1] + gap)
    return SourceClock.of_stamps(stamps[:-1], gaps[-1], base, [])


def all_slots(timeline: Timeline | ResampledTimeline) -> list[tuple[int, PairSlots]]:
    pairs = [(index, timeline.pair(index)) for index in range(timeline.pairs)]
    return [*pairs, (timeline.pairs, timeline.tail)]


@given(clocks(), RATES, ENDS)
def test_resampled_frames_stand_where_their_rate_says(clock: SourceClock, rate: Fraction, end: str) -> None:
    timeline = ResampledTimeline(clock, rate, end)  # type: ignore[arg-type]
    number = 0
    for index, found in all_slots(timeline):
        if found.count:
            assert found.first == number
        begin = clock.change(index)
        after = clock.times[index + 1] if index + 1 < len(clock.times) else clock.end
        for time in found.all_times:
            assert time == max(0, (clock.times[0] + number / rate - begin) / (after - begin))
            assert time < 1
            number += 1
    assert number == timeline.count
    last = timeline.time(number - 1)
    limit = {"drop": clock.times[-1], "hold": clock.end, "loop": clock.times[-1]}[end]
    assert last <= limit < last + 1 / rate or (last < limit == last + 1 / rate)
    assert timeline.synthesised == sum(len(timeline.pair(i).times) for i in range(timeline.pairs))


@given(clocks(), st.sampled_from([Fraction(1), Fraction(2), Fraction(3), Fraction(5, 2), Fraction(8)]), ENDS)
def test_factor_spreads_frames_evenly_inside_every_interval(clock: SourceClock, factor: Fraction, end: str) -> None:
    timeline = Timeline(len(clock.times), factor, end)  # type: ignore[arg-type]
    schedule = Schedule(timeline, clock)
    number = 0
    for index, found in all_slots(timeline):
        begin = clock.change(index)
        after = clock.times[index + 1] if index + 1 < len(clock.times) else clock.end
        for time in found.all_times:
            assert schedule.time(number) == (begin + time * (after - begin) if time else clock.times[index])
            number += 1
    assert number == timeline.count


WAYS = st.sampled_from([("factor", Fraction(3)), ("factor", Fraction(5, 2)), *(("rate", rate) for rate in RATE_LIST)])


@given(clocks(), WAYS, st.sampled_from([Fraction(1), Fraction(4), Fraction(1, 2)]))
def test_every_output_time_is_a_multiple_of_the_unit(
    clock: SourceClock, how: tuple[str, Fraction], stretch: Fraction
) -> None:
    timeline = ResampledTimeline(clock, how[1]) if how[0] == "rate" else Timeline(len(clock.times), how[1], "hold")
    schedule = Schedule(timeline, clock, stretch)
    times = [schedule.time(k) for k in range(timeline.count)]
    assert all(((time - times[0]) / schedule.unit).denominator == 1 for time in times)
    assert all(before < after for before, after in pairwise(times))
    assert times[-1] < schedule.end
    assert schedule.end - times[0] == (clock.end - clock.times[0]) * stretch


def test_film_to_television_keeps_every_second_original() -> None:
    clock = SourceClock.steady(24, Fraction(24000, 1001))
    timeline = ResampledTimeline(clock, Fraction(60000, 1001))

    assert timeline.count == 60
    assert timeline.pair(0).times == (Fraction(2, 5), Fraction(4, 5))
    assert timeline.pair(1) == PairSlots(3, False, (Fraction(1, 5), Fraction(3, 5)))
    assert timeline.pair(2).starts_on_source


def test_sixty_to_twenty_four_draws_what_falls_between() -> None:
    timeline = ResampledTimeline(SourceClock.steady(60, Fraction(60)), Fraction(24))

    assert timeline.count == 24
    assert timeline.pair(0) == PairSlots(0, True, ())
    assert timeline.pair(1).count == 0
    assert timeline.pair(2) == PairSlots(1, False, (Fraction(1, 2),))
    assert timeline.pair(5).starts_on_source
    assert timeline.synthesised == 12


def test_rounded_stamps_are_read_as_the_rate_they_round() -> None:
    rate = Fraction(24000, 1001)
    stamps = [round(k / rate * 1000) for k in range(500)]

    assert SourceClock.of_stamps(stamps, 42, Fraction(1, 1000), [rate]) == SourceClock.steady(500, rate)
    stamps[250] += 2
    uneven = SourceClock.of_stamps(stamps, 42, Fraction(1, 1000), [rate])
    assert uneven.rate is None
    assert uneven.times[250] == Fraction(stamps[250], 1000)
    assert uneven.end == Fraction(stamps[-1] + 42, 1000)


def test_last_frame_of_unknown_length_lasts_as_long_as_the_one_before() -> None:
    assert SourceClock.of_stamps([0, 10, 40], 0, Fraction(1, 1000), []).end == Fraction(70, 1000)


def test_parts_begin_with_the_first_frame_inside() -> None:
    clock = SourceClock.steady(100, Fraction(25), Fraction(1))

    frames, part = clock.part(Fraction(1), Fraction(2))

    assert frames == range(25, 50)
    assert part.times[0] == 2
    assert part.end == 3
    with pytest.raises(OptionError, match=r"4\.000 s"):
        clock.part(Fraction(5), None)


def test_a_loop_ends_where_it_begins() -> None:
    clock = SourceClock.steady(10, Fraction(10)).looped()
    schedule = Schedule(Timeline(11, Fraction(2), "loop"), clock)

    assert schedule.timeline.count == 20
    assert schedule.end == 1
    assert schedule.timeline.tail.count == 0


@pytest.mark.parametrize("rate", [Fraction(0), Fraction(-1)])
def test_impossible_rates(rate: Fraction) -> None:
    with pytest.raises(OptionError, match="above 0"):
        ResampledTimeline(SourceClock.steady(3, Fraction(1)), rate)
