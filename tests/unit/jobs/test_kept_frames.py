from __future__ import annotations

from fractions import Fraction

import pytest

from midframe.jobs.kept_frames import between_note, rate_note
from midframe.timing.clock import ResampledTimeline, SourceClock
from midframe.timing.timeline import Timeline

FILM = Fraction(24000, 1001)
WORDS = "of 20 source frames fall between output frames"


@pytest.mark.parametrize(
    ("source", "rate", "note"),
    [
        (Fraction(25), Fraction(60), f"16 {WORDS}; `fps=50` or 75 keeps all."),
        (Fraction(25), Fraction(30), f"16 {WORDS}; `fps=50` keeps all."),
        (
            FILM,
            Fraction(60),
            f"19 {WORDS}; `fps=47.952` or 72000/1001 keeps all.",
        ),
        (Fraction(25), Fraction(50), None),
        (Fraction(25), Fraction(25), None),
        (Fraction(30), Fraction(24), None),
    ],
)
def test_rates_that_keep_all(source: Fraction, rate: Fraction, note: str | None) -> None:
    assert between_note(ResampledTimeline(SourceClock.steady(20, source), rate)) == note
    assert rate_note(20, source, rate) == note


@pytest.mark.parametrize(
    ("factor", "advice"),
    [
        ("3/2", f"10 {WORDS}; `factor=2` keeps all."),
        ("5/2", f"10 {WORDS}; `factor=2` or 3 keeps all."),
        ("10/3", f"13 {WORDS}; `factor=3` or 4 keeps all."),
        ("1", None),
        ("2", None),
    ],
)
def test_factors_that_keep_all(factor: str, advice: str | None) -> None:
    assert between_note(Timeline(20, Fraction(factor), "hold")) == advice


@pytest.mark.parametrize(("factor", "rate"), [("3/2", 36), ("5/2", 60), ("10/3", 80)])
def test_a_factor_leaves_out_as_many_as_its_rate(factor: str, rate: int) -> None:
    by_factor = between_note(Timeline(20, Fraction(factor), "hold"))
    by_rate = between_note(ResampledTimeline(SourceClock.steady(20, Fraction(24)), Fraction(rate)))
    assert by_factor is not None
    assert by_rate is not None
    assert by_factor.split(";")[0] == by_rate.split(";")[0]


def test_the_number_is_what_the_timeline_leaves_out() -> None:
    timeline = ResampledTimeline(SourceClock.steady(20, Fraction(25)), Fraction(60))
    on_source = sum(timeline.pair(index).starts_on_source for index in range(timeline.pairs))
    on_source += timeline.tail.starts_on_source
    assert on_source == 4


def test_a_variable_rate_has_no_such_rates() -> None:
    clock = SourceClock((Fraction(0), Fraction(1, 10), Fraction(1, 3)), Fraction(1, 2), None)
    note = between_note(ResampledTimeline(clock, Fraction(30)))
    assert note is None
    note = between_note(ResampledTimeline(clock, Fraction(20)))
    assert note == "1 of 3 source frames fall between output frames; `factor=2` keeps all."
