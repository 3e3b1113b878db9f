from __future__ import annotations

from fractions import Fraction

import pytest

from midframe.errors import OptionError
from midframe.timing.timeline import PairSlots, Timeline, evenly_spaced, parse_factor


def positions(timeline: Timeline) -> list[Fraction]:
    """Where every output frame stands, from what the pairs and the tail say, in the order of their numbers."""
    rows = [(index, timeline.pair(index)) for index in range(timeline.pairs)]
    rows.append((timeline.sources - 1, timeline.tail))
    found: list[Fraction] = []
    for index, slots in rows:
        assert slots.first == len(found)
        times = (Fraction(0), *slots.times) if slots.starts_on_source else slots.times
        assert slots.count == len(times)
        found += [index + time for time in times]
    return found


class TestCounts:
    @pytest.mark.parametrize("sources", [2, 3, 24, 2000])
    @pytest.mark.parametrize("factor", [1, 2, 3, 4, 16])
    def test_whole_factors(self, sources: int, factor: int) -> None:
        assert Timeline(sources, Fraction(factor)).count == (sources - 1) * factor + 1
        assert Timeline(sources, Fraction(factor), "hold").count == sources * factor
        assert Timeline(sources, Fraction(factor)).synthesised == (sources - 1) * (factor - 1)

    @pytest.mark.parametrize(
        ("sources", "factor", "drop", "hold"),
        [
            (2, Fraction(5, 2), 3, 5),  # 0, 2/5, 4/5 | 6/5, 8/5 hold the last frame
            (3, Fraction(5, 2), 6, 8),
            (2, Fraction(3, 2), 2, 3),
            (2, Fraction(11, 10), 2, 3),
            (25, Fraction(2997, 1250), 58, 60),  # 25 frames per second to 60000/1001: 59.94 per second
        ],
    )
    def test_fractions(self, sources: int, factor: Fraction, drop: int, hold: int) -> None:
        assert Timeline(sources, factor).count == drop
        assert Timeline(sources, factor, "hold").count == hold


def test_whole_factor_pair_by_pair() -> None:
    timeline = Timeline(3, Fraction(4))
    quarters = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4))
    assert timeline.pair(0) == PairSlots(0, True, quarters)
    assert timeline.pair(1) == PairSlots(4, True, quarters)
    assert timeline.tail == PairSlots(8, True, ())


def test_tail_is_held_to_fill_its_interval() -> None:
    assert Timeline(3, Fraction(4), "hold").tail == PairSlots(8, True, (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)))


def test_fraction_meets_a_source_frame_now_and_then() -> None:
    timeline = Timeline(5, Fraction(3, 2))
    assert [timeline.pair(index) for index in range(4)] == [
        PairSlots(0, True, (Fraction(2, 3),)),
        PairSlots(2, False, (Fraction(1, 3),)),
        PairSlots(3, True, (Fraction(2, 3),)),
        PairSlots(5, False, (Fraction(1, 3),)),
    ]
    assert timeline.tail == PairSlots(6, True, ())


def test_last_source_frame_is_left_out_where_no_slot_meets_it() -> None:
    timeline = Timeline(2, Fraction(3, 2))
    assert timeline.tail == PairSlots(2, False, ())
    assert timeline.synthesised == 1


def test_held_tail_need_not_start_on_the_source_frame() -> None:
    assert Timeline(2, Fraction(3, 2), "hold").tail == PairSlots(2, False, (Fraction(1, 3),))


def test_factor_1_draws_nothing() -> None:
    timeline = Timeline(4, Fraction(1))
    assert timeline.synthesised == 0
    assert positions(timeline) == [0, 1, 2, 3]


@pytest.mark.parametrize("end", ["drop", "hold"])
@pytest.mark.parametrize(
    "factor", [Fraction(1), Fraction(2), Fraction(24, 5), Fraction(60000, 24024), Fraction(1001, 1000)], ids=str
)
def test_positions_are_exact(factor: Fraction, end: str) -> None:
    timeline = Timeline(7, factor, end)  # type: ignore[arg-type]
    assert positions(timeline) == [k / factor for k in range(timeline.count)]


@pytest.mark.parametrize("sources", [1, 0, -1])
def test_needs_two_frames(sources: int) -> None:
    with pytest.raises(OptionError, match=f"not {sources}"):
        Timeline(sources, Fraction(2))


@pytest.mark.parametrize("factor", [Fraction(99, 100), Fraction(0), Fraction(-2)])
def test_factor_below_1(factor: Fraction) -> None:
    with pytest.raises(OptionError, match="at least 1"):
        Timeline(2, factor)


@pytest.mark.parametrize(
    ("text", "factor"),
    [("2", Fraction(2)), ("2.5", Fraction(5, 2)), ("5/2", Fraction(5, 2)), ("1", Fraction(1)),
     ("60000/24024", Fraction(2500, 1001)), (" 3 ", Fraction(3)), ("2.1", Fraction(21, 10))],
)  # fmt: skip
def test_parse_factor_is_exact(text: str, factor: Fraction) -> None:
    assert parse_factor(text) == factor


@pytest.mark.parametrize("text", ["", "x", "2x", "1/0", "nan", "inf", "0.5", "0", "-2", "1,5"])
def test_parse_factor_refuses(text: str) -> None:
    with pytest.raises(OptionError, match="`factor` must be"):
        parse_factor(text)


def test_evenly_spaced() -> None:
    assert evenly_spaced(0) == ()
    assert evenly_spaced(1) == (Fraction(1, 2),)
    assert evenly_spaced(4) == (Fraction(1, 5), Fraction(2, 5), Fraction(3, 5), Fraction(4, 5))
