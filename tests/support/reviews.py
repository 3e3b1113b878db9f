"""Reviews to make pages and files of, without a network."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from midframe.detection.rules import PairClass
from midframe.evaluation.review.results import PairReview, Review, Thumbnail
from midframe.evaluation.review.score import reasons_of, score_of
from midframe.evaluation.review.signs import PairSigns
from midframe.jobs.choices import InputFacts, PairChoice

RATE = 25

SIGNS = PairSigns(
    disagreement=0.0004,
    acceleration=0.0,
    unevenness=0.0,
    repetition=0.0,
    brightness=0.0,
    disagreeing=0.12,
    repeating=0.0,
    entering=0.0,
    fastest=3.0,
    place=(30, 20),
)
"""Of a pair with a score of 255 · 0.02 = 5.1."""


def pair_review(left: int, verdict: PairClass = "moving", disagreement: float = 0.0004, step: int = 1) -> PairReview:
    """A pair of a video of 25 frames per second."""
    signs = replace(SIGNS, disagreement=disagreement) if verdict == "moving" else None
    begin = Fraction(left, RATE)
    return PairReview(
        left=left,
        right=left + step,
        begin=begin,
        end=Fraction(left + step, RATE),
        name=PairChoice(time=begin),
        verdict=verdict,
        score=None if signs is None else score_of(signs),
        reasons=() if signs is None else reasons_of(signs, 64),
        cut_score=0.5 if verdict == "cut" else 0.1,
        signs=signs,
    )


def sample_review() -> Review:
    """Twelve pairs: a cut, two static pairs, and scores that rise."""
    verdicts: dict[int, PairClass] = {4: "cut", 7: "static", 8: "static"}
    pairs = tuple(pair_review(left, verdicts.get(left, "moving"), 1e-4 * (left + 1)) for left in range(12))
    thumbnails = tuple(
        Thumbnail(index, Fraction(index, RATE), np.full((12, 16, 3), 20 * index, np.uint8)) for index in range(0, 12, 4)
    )
    return Review("clip.mp4", InputFacts("clip.mp4", 13, 64, 48, 1000), pairs, thumbnails, {"model": "none"}, {}, 1.5)
