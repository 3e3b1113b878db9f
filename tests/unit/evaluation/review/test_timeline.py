"""The course of scores, laid out."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from tests.support.reviews import pair_review, sample_review

from midframe.evaluation.review.results import Review
from midframe.evaluation.review.timeline import STEPS, lay_out_timeline


def test_places_are_shares_of_the_time() -> None:
    review = sample_review()
    found = lay_out_timeline(review, review.worst(2))
    assert found.cuts == (37.5,)  # in the middle of the pair from 4 to 5, of 12
    assert [(span.begin, span.width) for span in found.static] == [(58.333, 16.667)]
    assert found.worst == (95.833, 87.5)
    assert [mark.text for mark in found.marks] == ["0.000 s", "0.120 s", "0.240 s", "0.360 s", "0.480 s"]
    assert len(found.pictures) == 12


def test_the_curve_is_broken_where_nothing_is_interpolated() -> None:
    review = sample_review()
    found = lay_out_timeline(review, ())
    assert found.curve.count("M") == 3
    assert [step.level is None for step in found.steps] == [pair.score is None for pair in review.pairs]
    assert found.steps[11].level == 100
    assert found.highest == f"{review.pairs[11].score:.1f}"
    assert found.steps[4].text == "0.160 s: a cut: held"


def test_steps_of_long_films_show_the_worst_of_several_pairs() -> None:
    pairs = tuple(pair_review(left, disagreement=1e-4) for left in range(5 * STEPS - 7))
    pairs = (*pairs[:8], pair_review(8, disagreement=1e-2), *pairs[9:])
    found = lay_out_timeline(replace(sample_review(), pairs=pairs), ())
    assert len(found.steps) <= STEPS
    assert found.steps[1].left == 8
    assert found.steps[1].level == 100


def test_repeated_frames() -> None:
    review = replace(sample_review(), pairs=(pair_review(0), pair_review(1, step=3), pair_review(4)))
    assert [(span.begin, span.width) for span in lay_out_timeline(review, ()).repeated] == [(20.0, 60.0)]


def test_images_are_marked_by_number() -> None:
    pair = pair_review(0)
    name = replace(pair.name, time=None, frame=101)
    review: Review = replace(sample_review(), pairs=(replace(pair, name=name, end=Fraction(1)),))
    assert {mark.text for mark in lay_out_timeline(review, ()).marks} == {"101"}
