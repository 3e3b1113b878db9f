"""No output frame is lost, doubled or moved, whatever the counts."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from midframe.timing.clock import ResampledTimeline, SourceClock
from midframe.timing.timeline import OpenTimeline, Timeline, evenly_spaced, parse_factor

factors = st.fractions(min_value=1, max_value=12, max_denominator=1200)
sources = st.integers(min_value=2, max_value=40)
ends = st.sampled_from(["drop", "hold"])


@given(sources, factors, ends)
def test_output_frame_k_stands_at_k_over_factor(count: int, factor: Fraction, end: Literal["drop", "hold"]) -> None:
    timeline = Timeline(count, factor, end)
    positions: list[Fraction] = []
    for index, slots in [*((i, timeline.pair(i)) for i in range(timeline.pairs)), (timeline.pairs, timeline.tail)]:
        assert slots.first == len(positions)
        assert all(0 < time < 1 for time in slots.times)
        positions += [Fraction(index)] * slots.starts_on_source + [index + time for time in slots.times]
    assert positions == [k / factor for k in range(timeline.count)]
    assert timeline.synthesised == sum(
        1 for position in positions if position.denominator > 1 and position < timeline.pairs
    )


@given(sources, factors)
def test_counts(count: int, factor: Fraction) -> None:
    drop, hold = Timeline(count, factor), Timeline(count, factor, "hold")
    # Dropping: up to the last source frame and not beyond. Holding: for as long as the source lasts.
    assert (drop.count - 1) / factor <= count - 1 < drop.count / factor
    assert (hold.count - 1) / factor < count <= hold.count / factor
    assert drop.count == floor((count - 1) * factor) + 1
    assert hold.count == ceil(count * factor)


@given(sources, st.integers(min_value=1, max_value=64))
def test_whole_factors_keep_every_source_frame(count: int, factor: int) -> None:
    timeline = Timeline(count, Fraction(factor))
    assert timeline.count == (count - 1) * factor + 1
    assert all(timeline.pair(index).times == evenly_spaced(factor - 1) for index in range(timeline.pairs))
    assert all(timeline.pair(index).starts_on_source for index in range(timeline.pairs))
    assert timeline.tail.starts_on_source


@given(factors)
def test_factors_are_read_as_they_are_written(factor: Fraction) -> None:
    assert parse_factor(str(factor)) == factor


@given(st.decimals(min_value=1, max_value=100, places=4))
def test_decimals_are_exact(number: object) -> None:
    assert parse_factor(str(number)) == Fraction(str(number))


@given(sources, st.fractions(min_value=Fraction(1, 6), max_value=12, max_denominator=300), st.data())
def test_counting_is_what_looking_at_every_pair_gives(count: int, factor: Fraction, data: st.DataObject) -> None:
    rate = Fraction(24)
    steady = SourceClock.steady(count, rate)
    steps = data.draw(st.lists(st.integers(1, 9), min_size=count, max_size=count))
    uneven = SourceClock(tuple(Fraction(sum(steps[:k]), 50) for k in range(count)), Fraction(sum(steps), 50), None)
    timelines: list[Timeline | ResampledTimeline | OpenTimeline] = [
        ResampledTimeline(steady, rate * factor),
        ResampledTimeline(uneven, rate * factor),
        OpenTimeline(factor),
    ]
    for timeline in [*timelines, *([Timeline(count, factor)] if factor >= 1 else [])]:
        inside = [len(timeline.pair(index).times) for index in range(count - 1)]
        assert [timeline.interpolated_before(pairs) for pairs in range(count)] == [
            sum(inside[:pairs]) for pairs in range(count)
        ]
        if isinstance(timeline, ResampledTimeline):
            assert timeline.most_times == max(1, *inside)
        else:
            assert timeline.most_times >= max(1, *inside)
