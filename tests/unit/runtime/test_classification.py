from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.jobs import FORMAT, frame
from tests.support.scenes import PICTURE, clip

from midframe.detection.cuts import CONTEXT
from midframe.detection.rules import MOST_REPEATS, PairRules
from midframe.executors.base import ClassifiedPair
from midframe.media.pixels import ViewTransform
from midframe.runtime.classification import PairClassifier
from midframe.types import Frame


def judge(script: str, rules: PairRules | None = None) -> list[tuple[int, int, str]]:
    frames = clip(script)
    pairs = PairClassifier(ViewTransform.fit(frames), rules or PairRules()).classify(frames)
    return [(pair.left.frame.index, pair.right.frame.index, pair.verdict) for pair in pairs]


def test_every_neighbour_is_judged() -> None:
    assert judge("x0 x1 x2 x2 y0 y1") == [
        (0, 1, "moving"),
        (1, 2, "moving"),
        (2, 3, "static"),
        (3, 4, "cut"),
        (4, 5, "moving"),
    ]


@pytest.mark.parametrize("rules", [PairRules(), PairRules(dedup=True), PairRules(cuts="off")])
@pytest.mark.parametrize("count", range(1, 2 * CONTEXT + 5))
def test_pairs_cover_all_frames_once(count: int, rules: PairRules) -> None:
    covered = [(left, right) for left, right, _ in judge(" ".join(f"x{i}" for i in range(count)), rules)]
    assert covered == [(i, i + 1) for i in range(count - 1)]


def test_off_finds_no_cuts() -> None:
    assert [verdict for *_, verdict in judge("x0 x1 y0 y1", PairRules(cuts="off"))] == ["moving"] * 3


def test_a_threshold_of_the_user() -> None:
    frames = clip("x0 x1 x2 y0")
    pairs = list(PairClassifier(ViewTransform.fit(frames), PairRules(cut_threshold=1.0)).classify(frames))
    scores = [pair.cut_score or 0 for pair in pairs]
    assert scores[2] == max(scores)
    assert [verdict for *_, verdict in judge("x0 x1 x2 y0", PairRules(cut_threshold=scores[2]))][2] == "cut"
    assert "cut" not in [verdict for *_, verdict in judge("x0 x1 x2 y0", PairRules(cut_threshold=1.0))]


def test_without_a_view_nothing_is_compared() -> None:
    frames = [frame(9, 0), frame(9, 1)]
    (pair,) = PairClassifier(None, PairRules()).classify(frames)
    assert (pair.verdict, pair.static_score, pair.cut_score) == ("moving", None, None)
    assert pair.nbytes == FORMAT.nbytes


class TestRepeats:
    DEDUP = PairRules(dedup=True)

    def test_stay_unless_asked_for(self) -> None:
        assert judge("x0 x0 x1") == [(0, 1, "static"), (1, 2, "moving")]

    def test_on_twos(self) -> None:
        assert judge("x0 x0 x1 x1 x2 x2", self.DEDUP) == [(0, 2, "moving"), (2, 4, "moving"), (4, 5, "static")]

    def test_24_in_30(self) -> None:
        assert judge("x0 x1 x2 x3 x3 x4", self.DEDUP) == [
            (0, 1, "moving"),
            (1, 2, "moving"),
            (2, 3, "moving"),
            (3, 5, "moving"),
        ]

    @pytest.mark.parametrize("repeats", range(1, MOST_REPEATS + 1))
    def test_runs_that_a_cadence_may_have(self, repeats: int) -> None:
        script = " ".join(["x0"] * (repeats + 1) + ["x1"])
        assert judge(script, self.DEDUP) == [(0, repeats + 1, "moving")]

    @pytest.mark.parametrize("repeats", range(MOST_REPEATS + 1, MOST_REPEATS + 4))
    def test_longer_runs_stand_still(self, repeats: int) -> None:
        script = " ".join(["x0"] * (repeats + 1) + ["x1", "x1", "x2"])
        still = [(i, i + 1, "static") for i in range(repeats)]
        moving = [(repeats, repeats + 1, "moving"), (repeats + 1, repeats + 3, "moving")]
        assert judge(script, self.DEDUP) == still + moving

    @pytest.mark.parametrize("repeats", [1, 2, 3])
    def test_before_a_cut_are_kept(self, repeats: int) -> None:
        script = " ".join(["x0", "x1"] + ["x1"] * repeats + ["y0", "y1"])
        last = repeats + 1
        assert judge(script, self.DEDUP) == [
            (0, 1, "moving"),
            *((i, i + 1, "static") for i in range(1, last)),
            (last, last + 1, "cut"),
            (last + 1, last + 2, "moving"),
        ]

    def test_a_picture_that_comes_back_after_a_long_stand_is_interpolated(self) -> None:
        script = "x0 " * (MOST_REPEATS + 3) + "x1 x2"
        assert judge(script, self.DEDUP)[-2:] == [(6, 7, "moving"), (7, 8, "moving")]


def test_frames_are_let_go_of() -> None:
    """However long the input, the judge holds a few frames only."""
    alive: list[int] = []

    def frames() -> list[Frame]:
        return clip(" ".join(f"x{i}" for i in range(12)))

    taken = 0

    def counted(given: Sequence[Frame]):  # type: ignore[no-untyped-def]
        nonlocal taken
        for each in given:
            taken += 1
            yield each

    given = frames()
    for done, pair in enumerate(PairClassifier(ViewTransform.fit(given), PairRules()).classify(counted(given)), 1):
        assert isinstance(pair, ClassifiedPair)
        alive.append(taken - done)
    assert max(alive) <= CONTEXT + 2


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("xy"), st.integers(0, 3), st.integers(1, MOST_REPEATS + 3)), min_size=1, max_size=6
    ),
    st.sampled_from([PairRules(), PairRules(dedup=True), PairRules(cuts="off", dedup=True)]),
)
def test_judging_can_start_where_a_pair_says(runs: list[tuple[str, int, int]], rules: PairRules) -> None:
    frames = clip(" ".join(f"{scene}{place}" for scene, place, repeats in runs for _ in range(repeats)))
    transform = ViewTransform.fit(frames)

    def told(start: int) -> dict[int, tuple[int, str, float | None, float | None]]:
        pairs = PairClassifier(transform, rules).classify(frames[start:])
        return {
            pair.left.frame.index: (pair.right.frame.index, pair.verdict, pair.static_score, pair.cut_score)
            for pair in pairs
        }

    restarts = {pair.left.frame.index: pair.restart for pair in PairClassifier(transform, rules).classify(frames)}
    whole = told(0)
    for left, restart in restarts.items():
        again = told(restart)
        assert {each: again.get(each) for each in whole if each >= left} == {
            each: found for each, found in whole.items() if each >= left
        }


@pytest.mark.parametrize("rules", [PairRules(), PairRules(dedup=True)])
def test_lean_judging_comes_to_the_same_pairs(rules: PairRules) -> None:
    frames = clip("x0 x0 x1 x2 x2 x2 y0 y0 y0 y0 y0 y0 y0 y1 y2")
    transform = ViewTransform.fit(frames)
    told = [
        [
            (pair.left.frame.index, pair.right.frame.index, pair.verdict, pair.static_score, pair.cut_score)
            for pair in PairClassifier(transform, rules, without_views=without_views).classify(frames)
        ]
        for without_views in (False, True)
    ]
    assert told[0] == told[1]
    assert all(
        pair.right.engine_frame is None
        for pair in PairClassifier(transform, rules, without_views=True).classify(frames)
    )


class TestRanges:
    """Frames of other types than 8 bit are seen in the range of their pair."""

    SCRIPT = "x0 x1 x1 x2 y0 y1 y2 x3 x4"

    @staticmethod
    def scaled(script: str, dtype: str, gain: float, first: int = 0) -> list[Frame]:
        picture = replace(PICTURE, dtype=np.dtype(dtype))
        frames = [each.samples * np.float64(gain) for each in clip(script)]
        return [Frame(samples.astype(dtype), picture, first + index) for index, samples in enumerate(frames)]

    @staticmethod
    def verdicts(frames: list[Frame]) -> list[str]:
        transform = ViewTransform.usual(frames[0].format)
        return [pair.verdict for pair in PairClassifier(transform, PairRules()).classify(frames)]

    @pytest.mark.parametrize(("dtype", "gain"), [("uint16", 4.0), ("int16", 100.0), ("float32", 1e-6)])
    def test_verdicts_are_those_of_8_bit(self, dtype: str, gain: float) -> None:
        assert self.verdicts(self.scaled(self.SCRIPT, dtype, gain)) == self.verdicts(clip(self.SCRIPT))

    def test_a_bright_part_changes_nothing_in_a_dark_one(self) -> None:
        dark = self.scaled(self.SCRIPT, "uint16", 2.0)
        bright = self.scaled("x0 x1 x2 x3", "uint16", 250.0, len(dark))
        verdicts = self.verdicts([*dark, *bright])
        # The last pairs of the dark part look ahead into the bright one.
        alone = self.verdicts(dark)
        assert verdicts[: len(alone) - CONTEXT] == alone[: len(alone) - CONTEXT]
        assert verdicts[-3:] == ["moving"] * 3

    def test_each_pair_is_seen_in_its_own_range_and_both_frames_alike(self) -> None:
        frames = [*self.scaled("x0 x1 x2", "uint16", 2.0), *self.scaled("x3 x4", "uint16", 250.0, 3)]
        pairs = list(PairClassifier(ViewTransform.usual(frames[0].format), PairRules(cuts="off")).classify(frames))
        highest = [pair.transform.high for pair in pairs if pair.transform]
        assert highest[0] == highest[1] < 600
        assert highest[2:] == [65535, 65535]
        for pair in pairs:
            for end in (pair.left, pair.right):
                assert pair.transform is not None
                assert end.engine_frame is not None
                np.testing.assert_array_equal(end.engine_frame.view, pair.transform.view(end.frame.samples))
