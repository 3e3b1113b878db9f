"""A picture that stands still until the next one comes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midframe.timing.clock import ResampledTimeline, Schedule, SourceClock
from midframe.timing.output_slots import slots_between
from midframe.timing.pauses import change_starts
from midframe.timing.timeline import Timeline

MS = Fraction(1, 1000)


def after(intervals: Sequence[int]) -> list[Fraction]:
    return [time * MS for time in accumulate(intervals, initial=0)]


@pytest.mark.parametrize(
    "intervals",
    [
        [40] * 20,
        # A camera whose frames come unevenly, and some of which it dropped.
        [30, 37, 33, 28, 66, 35, 33, 99, 31, 33, 70, 33],
        # Film and video in one file.
        [42, 42, 41, 42] * 4 + [17, 16, 17] * 6 + [42, 41] * 5,
        # Pictures shown for seconds.
        [3000, 5000, 4000, 6000, 2000],
        [33],
    ],
)
def test_motion_that_goes_on_is_no_pause(intervals: list[int]) -> None:
    assert change_starts(after(intervals)) is None


@pytest.mark.parametrize(
    ("intervals", "pauses"),
    [
        ([33] * 9 + [4000] + [33] * 9, {9: 33}),
        # Something blinks, between times in which much happens.
        ([16] * 6 + [500] * 6 + [16] * 6, dict.fromkeys(range(6, 12), 16)),
        ([100, 100, 100, 2000, 100, 100], {3: 100}),
        ([33, 5000], {1: 33}),
        ([5000, 33, 33], {0: 33}),
    ],
)
def test_a_picture_stands_until_shortly_before_the_next(intervals: list[int], pauses: dict[int, int]) -> None:
    times = after(intervals)
    starts = change_starts(times)
    assert starts is not None
    late = {number: (times[number + 1] - starts[number]) / MS for number in range(len(intervals))}
    assert {number: change for number, change in late.items() if starts[number] != times[number]} == pauses


def paused() -> SourceClock:
    stamps = [0, 40, 80, 120, 1120, 1160, 1200]
    return SourceClock.of_stamps(stamps, 40, MS, [Fraction(25)])


def test_output_frames_repeat_it_until_then() -> None:
    clock = paused()
    slots = slots_between(ResampledTimeline(clock, Fraction(50), "hold"), clock, 3, 4)

    held, moving = slots[:-1], slots[-1]
    assert [slot.number for slot in slots] == list(range(6, 56))
    assert all(slot.time == 0 for slot in held)
    assert [slot.on_source for slot in slots] == [True] + [False] * 49
    assert moving.time == Fraction(1, 2)


def test_what_divides_the_interval_divides_the_change() -> None:
    clock = paused()
    schedule = Schedule(Timeline(7, Fraction(4), "hold"), clock)

    assert [schedule.time(number) / MS for number in range(12, 17)] == [120, 1090, 1100, 1110, 1120]
    assert schedule.time(1) == 10 * MS
    assert schedule.end == 1240 * MS


def test_parts_and_loops_keep_pauses() -> None:
    clock = paused()
    _, part = clock.part(Fraction(1, 10), Fraction(2))

    assert part.times[0] == 120 * MS
    assert part.change(0) == clock.change(3) == 1080 * MS
    assert clock.looped().change(7) == clock.end


def test_pauses_among_repeated_frames_are_kept() -> None:
    clock = paused()
    slots = slots_between(ResampledTimeline(clock, Fraction(25), "hold"), clock, 2, 4)

    assert {slot.time for slot in slots} == {Fraction(0)}


@given(st.lists(st.integers(1, 400), min_size=2, max_size=10), st.integers(1, 30))
def test_every_output_frame_has_its_place(intervals: list[int], rate: int) -> None:
    times = after(intervals)
    clock = SourceClock(tuple(times), times[-1] + 1, None, change_starts(times))
    timeline = ResampledTimeline(clock, Fraction(rate), "hold")
    pairs = [slots_between(timeline, clock, index, index + 1) for index in range(len(intervals))]
    numbers = [slot.number for slots in pairs for slot in slots]

    assert numbers == list(range(timeline.tail.first))
    for index in range(len(intervals)):
        for slot in pairs[index]:
            begin, end = clock.change(index), times[index + 1]
            assert slot.time == max(0, (timeline.time(slot.number) - begin) / (end - begin))
