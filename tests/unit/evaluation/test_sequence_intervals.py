from __future__ import annotations

from fractions import Fraction

import pytest
from tests.support.rows import Row, pan

from midframe.detection.rules import PairRules
from midframe.errors import SequenceError
from midframe.evaluation.intervals import EvaluationInterval
from midframe.evaluation.planning import last_kept
from midframe.evaluation.sequence_intervals import read_intervals
from midframe.runtime.view_fitting import fit_view


def read(source: Row, gap: int) -> list[EvaluationInterval]:
    return list(read_intervals(source, gap, fit_view(source), PairRules(), lambda done: None))


@pytest.mark.parametrize(("count", "gap", "kept"), [(3, 2, 2), (4, 2, 2), (132, 2, 130), (250, 2, 248), (10, 4, 8)])
def test_last_kept(count: int, gap: int, kept: int) -> None:
    assert last_kept(count, gap) == kept


def test_too_few_frames() -> None:
    with pytest.raises(SequenceError, match=r"4 frames are too few .* at least 5"):
        last_kept(4, 4)


def test_every_frame_but_those_behind_the_last_kept_is_read_once_in_order() -> None:
    source = Row(pan(12))

    read(source, 4)

    assert source.read_indices == list(range(9))


def test_intervals_and_truths() -> None:
    found = read(Row(pan(10)), 3)

    ends = [(item.interval.left.frame.index, item.interval.right.frame.index) for item in found]
    assert ends == [(0, 3), (3, 6), (6, 9)]
    assert [[truth.index for truth in item.truths] for item in found] == [[1, 2], [4, 5], [7, 8]]
    assert {item.interval.times for item in found} == {(Fraction(1, 3), Fraction(2, 3))}
    following = [item.interval.following.frame.index if item.interval.following else None for item in found]
    assert following == [6, 9, None]


def test_cuts_and_still_pairs_are_told_apart() -> None:
    scenes = [*pan(12, seed=1), *pan(12, seed=2), *[pan(1, seed=3)[0]] * 12]

    kinds = [item.interval.kind for item in read(Row(scenes), 2)]

    assert kinds[5] == "cut"
    assert kinds[11] == "cut"
    assert set(kinds[:5]) == set(kinds[6:11]) == {"moving"}
    assert set(kinds[12:]) == {"static"}


def test_few_frames_are_held_however_long_the_row_is() -> None:
    source = Row(pan(60, step=1))
    ahead = 0

    for item in read_intervals(source, 2, fit_view(source), PairRules(), lambda done: None):
        ahead = max(ahead, source.read_indices[-1] - item.interval.right.frame.index)

    # Judging looks a few kept frames ahead.
    assert 0 < ahead <= 12
