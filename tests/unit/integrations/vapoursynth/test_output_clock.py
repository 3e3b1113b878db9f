from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midframe.integrations.vapoursynth.output_clock import MOST_FRAMES, OutputClock
from midframe.timing.clock import Schedule, SourceClock
from midframe.timing.timeline import Timeline

FACTORS = st.fractions(min_value=Fraction(1, 8), max_value=8, max_denominator=60)


@given(st.integers(2, 60), FACTORS)
def test_the_pattern_repeats_the_frame_before_each_output_frame(sources: int, factor: Fraction) -> None:
    clock = OutputClock(sources, factor)
    cycle, pattern = clock.pattern()
    wanted = [clock.place(number)[0] for number in range(clock.count)]
    whole, rest = divmod(sources, cycle)
    # As SelectEvery counts: whole cycles, then what lies within the rest.
    repeated = [cycle * times + offset for times in range(whole) for offset in pattern]
    repeated += [cycle * whole + offset for offset in pattern if offset < rest]
    assert repeated == wanted
    assert cycle >= 2


@given(st.integers(2, 60), st.fractions(min_value=1, max_value=8, max_denominator=60))
def test_it_counts_and_places_as_a_video_job_does(sources: int, factor: Fraction) -> None:
    clock, timeline = OutputClock(sources, factor), Timeline(sources, factor, "hold")
    assert clock.count == timeline.count
    for index in range(sources - 1):
        pair = timeline.pair(index)
        for number, time in enumerate(pair.all_times, pair.first):
            assert clock.place(number) == (index, time)
    assert all(clock.place(number) == (sources - 1, Fraction(0)) for number in range(timeline.tail.first, clock.count))


@given(
    st.lists(st.fractions(min_value=Fraction(1, 100), max_value=1), min_size=2, max_size=12),
    st.fractions(min_value=1, max_value=8, max_denominator=12),
)
def test_durations_are_those_of_a_video_job(durations: list[Fraction], factor: Fraction) -> None:
    times = [sum(durations[:number], Fraction(0)) for number in range(len(durations) + 1)]
    clock = OutputClock(len(durations), factor)
    shown = [clock.duration(number, dict(enumerate(durations))) for number in range(clock.count)]
    source = SourceClock(tuple(times[:-1]), times[-1], None)
    schedule = Schedule(Timeline(len(durations), factor, "hold"), source)
    ends = [schedule.time(number) for number in range(1, clock.count)]
    assert [sum(shown[:number], Fraction(0)) for number in range(1, clock.count)] == ends
    assert sum(shown) == times[-1]


@pytest.mark.parametrize("factor", [Fraction(2), Fraction(5, 2), Fraction(1001, 400)])
def test_players_announce_more_frames_than_can_be_doubled(factor: Fraction) -> None:
    clock = OutputClock(MOST_FRAMES, factor)
    assert MOST_FRAMES - 4 <= clock.count <= MOST_FRAMES
    assert len(clock.pattern()[1]) <= 2 * factor.numerator
    assert clock.place(3 * factor.numerator) == (3 * factor.denominator, Fraction(0))
