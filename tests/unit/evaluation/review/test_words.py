"""Reviews in words."""

from __future__ import annotations

from dataclasses import replace

from tests.support.reviews import pair_review, sample_review

from midframe.evaluation.review.results import Reason
from midframe.evaluation.review.words import counts, headline, table_lines, when, why


def test_a_table_of_the_worst() -> None:
    lines = table_lines(sample_review(), 2)
    assert lines[0] == "clip.mp4: The 2 pairs most likely to look wrong, of 9 that are interpolated."
    assert lines[-3:] == [
        "   pair  score  why",
        "0.440 s    8.8  the two frames disagree in 12% of the picture",
        "0.400 s    8.5  the two frames disagree in 12% of the picture",
    ]


def test_further_reasons_have_lines_of_their_own() -> None:
    pair = pair_review(3)
    pair = replace(pair, reasons=(Reason("near_cut", "nearly a cut"), *pair.reasons))
    assert table_lines(replace(sample_review(), pairs=(pair,)), 2)[-2:] == [
        "0.120 s    5.1  nearly a cut",
        "                and the two frames disagree in 12% of the picture",
    ]


def test_headlines() -> None:
    review = sample_review()
    assert headline(review, 12) == "All 9 pairs that are interpolated, the riskiest first."
    nothing = replace(review, pairs=(pair_review(0, "static"),))
    assert headline(nothing, 0) == "Nothing is interpolated in clip.mp4: all pairs are static, or cuts."
    assert len(table_lines(nothing, 3)) == 3


def test_counts() -> None:
    assert counts(sample_review()) == {"Pairs": "12, 9 of them interpolated", "Held": "1 cut, 2 static pairs"}
    assert counts(replace(sample_review(), pairs=(pair_review(0, step=3),)))["Repeated"] == "2 frames"


def test_pairs() -> None:
    assert when(pair_review(1)) == "0.040 s"
    assert when(replace(pair_review(1), name=replace(pair_review(1).name, time=None, frame=7))) == "frame 7"
    assert why(pair_review(0, "cut")) == "a cut: held"
