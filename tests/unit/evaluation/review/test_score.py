"""Scores and reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support.reviews import SIGNS

from midframe.evaluation.review.results import Reason
from midframe.evaluation.review.score import expected_errors, reasons_of, score_of
from midframe.evaluation.review.signs import PairSigns


def kinds(signs: PairSigns, **facts: float) -> list[str]:
    return [reason.kind for reason in reasons_of(signs, 640, **facts)]


def test_score_is_the_root_of_the_expected_error_in_levels() -> None:
    assert score_of(SIGNS) == pytest.approx(255 * 0.02)
    assert score_of(replace(SIGNS, repetition=0.0012)) == pytest.approx(255 * 0.04)


def test_parts_add_up() -> None:
    signs = replace(SIGNS, acceleration=0.1, unevenness=0.2, repetition=0.3)
    assert sum(expected_errors(signs).values()) == pytest.approx(signs.expected_error)


def test_reasons_in_words() -> None:
    assert reasons_of(SIGNS, 640) == (Reason("disagreement", "the two frames disagree in 12% of the picture"),)
    fast = reasons_of(replace(SIGNS, fastest=84.4), 640)
    assert [reason.text for reason in fast] == [
        "fast motion of up to 84 pixels",
        "the two frames disagree in 12% of the picture",
    ]
    (little,) = reasons_of(replace(SIGNS, disagreeing=0.004), 640)
    assert little.text == "the two frames disagree in less than 1% of the picture"


def test_every_pair_has_a_reason() -> None:
    assert kinds(replace(SIGNS, disagreement=0.0)) == ["disagreement"]
    assert kinds(replace(SIGNS, acceleration=0.01)) == ["acceleration"]


def test_reasons_are_named_by_weight() -> None:
    assert kinds(replace(SIGNS, acceleration=0.0008)) == ["acceleration", "disagreement"]
    assert kinds(replace(SIGNS, unevenness=0.0003)) == ["disagreement", "outlines"]


def test_a_flash_is_named_instead_of_its_disagreement() -> None:
    assert kinds(replace(SIGNS, brightness=0.8)) == ["brightness"]


def test_what_is_nearly_a_cut() -> None:
    assert kinds(SIGNS, cut_score=0.3, cut_threshold=0.36) == ["near_cut", "disagreement"]
    assert kinds(SIGNS, cut_score=0.1, cut_threshold=0.36) == ["disagreement"]


def test_motion_is_fast_by_what_the_network_follows() -> None:
    signs = replace(SIGNS, fastest=70.0)
    assert "fast" in kinds(signs)
    assert "fast" not in kinds(signs, flow_scale=0.5)
    assert [reason.kind for reason in reasons_of(replace(SIGNS, fastest=30.0), 176)] == ["fast", "disagreement"]


def test_three_reasons_at_most() -> None:
    signs = replace(SIGNS, fastest=100, entering=0.3, repeating=0.3, repetition=0.0003)
    assert kinds(signs, cut_score=0.3, cut_threshold=0.36) == ["near_cut", "repetition", "fast"]
