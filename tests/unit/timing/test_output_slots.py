from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midframe.timing.clock import OpenClock, ResampledTimeline, SourceClock
from midframe.timing.output_slots import slots_between, tail_slots
from midframe.timing.timeline import OpenTimeline, Timeline


def test_neighbours_have_the_slots_of_their_pair() -> None:
    timeline = Timeline(5, Fraction(3))
    slots = slots_between(timeline, SourceClock.steady(5, Fraction(24)), 2, 3)
    assert [(slot.number, slot.time, slot.on_source) for slot in slots] == [
        (6, Fraction(0), True),
        (7, Fraction(1, 3), False),
        (8, Fraction(2, 3), False),
    ]


def test_repeats_in_between_are_skipped() -> None:
    timeline = Timeline(5, Fraction(2))
    slots = slots_between(timeline, SourceClock.steady(5, Fraction(24)), 1, 3)
    assert [(slot.number, slot.time, slot.on_source) for slot in slots] == [
        (2, Fraction(0), True),
        (3, Fraction(1, 4), False),
        (4, Fraction(1, 2), True),
        (5, Fraction(3, 4), False),
    ]


def test_uneven_intervals_count_by_time() -> None:
    clock = SourceClock((Fraction(0), Fraction(1), Fraction(4)), Fraction(5), None)
    slots = slots_between(Timeline(3, Fraction(2)), clock, 0, 2)
    assert [slot.time for slot in slots] == [Fraction(0), Fraction(1, 8), Fraction(1, 4), Fraction(5, 8)]


@given(
    st.integers(2, 9),
    st.fractions(1, 5, max_denominator=7),
    st.data(),
    st.sampled_from(["steady", "open", "resampled"]),
)
def test_spans_cover_every_output_frame_once(sources: int, factor: Fraction, data: st.DataObject, kind: str) -> None:
    kept = sorted(data.draw(st.sets(st.integers(0, sources - 1))) | {0, sources - 1})
    rate = Fraction(24)
    clock: SourceClock | OpenClock = SourceClock.steady(sources, rate)
    timeline: Timeline | ResampledTimeline | OpenTimeline = Timeline(sources, factor, "hold")
    if kind == "open":
        timeline, clock = OpenTimeline(factor), OpenClock(rate)
    elif kind == "resampled":
        assert isinstance(clock, SourceClock)
        timeline = ResampledTimeline(clock, rate * factor)
    rows = [slots_between(timeline, clock, left, right) for left, right in itertools.pairwise(kept)]
    slots = [slot for row in rows for slot in row] + list(tail_slots(timeline, sources))
    assert [slot.number for slot in slots] == list(range(Timeline(sources, factor, "hold").count))
    for row, left, right in zip(rows, kept, kept[1:], strict=False):
        assert all(0 <= slot.time < 1 for slot in row)
        for slot in row:
            assert left + slot.time * (right - left) == slot.number / factor


@pytest.mark.parametrize("end", ["drop", "hold"])
@given(st.integers(2, 9), st.fractions(1, 5, max_denominator=7))
def test_an_open_timeline_is_the_closed_one(end: str, sources: int, factor: Fraction) -> None:
    known, unknown = Timeline(sources, factor, end), OpenTimeline(factor, end)  # type: ignore[arg-type]
    assert [known.pair(i) for i in range(sources - 1)] == [unknown.pair(i) for i in range(sources - 1)]
    assert known.tail == unknown.tail(sources)


def test_where_every_place_is_a_source_frame_nothing_can_be_drawn() -> None:
    assert [OpenTimeline(factor).synthesised for factor in (Fraction(1), Fraction(1, 3))] == [0, 0]
    assert [OpenTimeline(factor).synthesised for factor in (Fraction(2), Fraction(2, 3))] == [None, None]
