"""One pass over pairs, with an engine that counts."""

from __future__ import annotations

from itertools import islice

import numpy as np
from tests.support.fake_engine import FakeEngine
from tests.support.scenes import PICTURE, clip

from midframe.detection.rules import PairRules
from midframe.evaluation.review.reviewer import PairReviewer, ReviewedPair
from midframe.media.pixels import ViewTransform
from midframe.runtime.classification import PairClassifier

TRANSFORM = ViewTransform(PICTURE, 0, 255)


def reviewed(script: str, engine: FakeEngine, *, dedup: bool = False) -> list[ReviewedPair]:
    pairs = PairClassifier(TRANSFORM, PairRules(dedup=dedup)).classify(clip(script))
    return list(PairReviewer(engine, TRANSFORM).review(pairs))


def test_every_pair_in_order_and_signs_of_those_that_move() -> None:
    engine = FakeEngine()
    found = reviewed("x0 x1 x1 x2 y0 y1", engine)
    assert [(each.pair.left, each.pair.verdict) for each in found] == [
        (0, "moving"), (1, "static"), (2, "moving"), (3, "cut"), (4, "moving"),
    ]  # fmt: skip
    assert [each.signs is not None for each in found] == [True, False, True, False, True]
    assert engine.estimated == 3


def test_no_frame_is_encoded_twice() -> None:
    engine = FakeEngine()
    reviewed("x0 x1 x2 x3 x4", engine)
    assert engine.encoded == 5


def test_repeated_frames_lie_within_pairs() -> None:
    found = reviewed("x0 x1 x1 x2 x3 x3 x4", FakeEngine(), dedup=True)
    assert [(each.pair.left, each.pair.right) for each in found] == [(0, 1), (1, 3), (3, 4), (4, 6)]


def test_pairs_come_as_they_are_read() -> None:
    frames = iter(clip(" ".join(f"x{number}" for number in range(30))))
    pairs = PairClassifier(TRANSFORM, PairRules(cuts="off")).classify(frames)
    assert [each.pair.left for each in islice(PairReviewer(FakeEngine(), TRANSFORM).review(pairs), 3)] == [0, 1, 2]
    assert len(list(frames)) >= 24


def test_a_frame_by_cells() -> None:
    (first, *_) = reviewed("x0 x1", FakeEngine())
    assert first.left.colours.shape == (PICTURE.height // 4, PICTURE.width // 4, 3)
    assert np.all(first.left.colours <= 1)
