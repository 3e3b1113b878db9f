from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.rows import Row, pan

from midframe.errors import EngineError
from midframe.evaluation.evaluate import evaluate
from midframe.evaluation.intervals import Interval
from midframe.evaluation.methods.factory import make_baseline
from midframe.evaluation.methods.model import ModelMethod
from midframe.evaluation.methods.protocol import Baseline
from midframe.evaluation.metrics.registry import make_measures
from midframe.evaluation.planning import EvaluationPlan
from midframe.evaluation.results import Evaluation, MethodInfo
from midframe.evaluation.sequence_intervals import SequenceIntervals
from midframe.media.pixels import ViewSamples
from midframe.runtime.events import Advanced, Event, Reporter, Started


class Oracle(Baseline):
    """Knows the truth, but for some frames, which it draws black."""

    info = MethodInfo("oracle", "oracle", {})

    def __init__(self, source: Row, wrong: Sequence[int] = ()) -> None:
        self._source = source
        self._wrong = wrong
        self.closed = False

    def interpolate(self, interval: Interval) -> Sequence[ViewSamples]:
        first = interval.left.frame.index
        indices = [first + 1 + number for number in range(len(interval.times))]
        pictures = [interval.transform.view(self._source.pictures[index]) for index in indices]
        return [picture * (index not in self._wrong) for index, picture in zip(indices, pictures, strict=True)]

    def close(self) -> None:
        self.closed = True


class Broken(Oracle):
    def interpolate(self, interval: Interval) -> Sequence[ViewSamples]:
        raise EngineError("The network failed.")


def find(
    source: Row, methods: Sequence[Any], gap: int = 2, metrics: Sequence[str] = ("psnr",), **plan: Any
) -> Evaluation:
    measures = make_measures(metrics, source.format.height, source.format.width)
    return evaluate(
        SequenceIntervals(EvaluationPlan("row", source, gap, **plan)), methods, measures, Reporter(), threads=1
    )


def psnr_by_hand(truth: NDArray[Any], drawn: NDArray[Any]) -> float:
    return float(10 * np.log10(255**2 / np.mean((truth.astype(np.float64) - np.rint(drawn)) ** 2)))


def test_scores_are_those_of_a_direct_computation() -> None:
    pictures = pan(9)

    found = find(Row(pictures), [make_baseline("blend"), make_baseline("hold")])

    blend, hold = found.results
    for frame, other in zip(blend.frames, hold.frames, strict=True):
        left, truth, right = (pictures[frame.index + step].astype(np.float64) for step in (-1, 0, 1))
        assert frame.scores["psnr"] == pytest.approx(psnr_by_hand(truth, (left + right) / 2), abs=1e-3)
        assert other.scores["psnr"] == pytest.approx(psnr_by_hand(truth, left), abs=1e-3)


def test_places_of_frames() -> None:
    source = Row(pan(8))

    found = find(source, [Oracle(source)], gap=3, first=100, moment=lambda index: Fraction(index, 25))

    places = [(frame.index, frame.left, frame.right, frame.time, frame.moment) for frame in found.results[0].frames]
    assert places == [
        (101, 100, 103, Fraction(1, 3), Fraction(1, 25)),
        (102, 100, 103, Fraction(2, 3), Fraction(2, 25)),
        (104, 103, 106, Fraction(1, 3), Fraction(4, 25)),
        (105, 103, 106, Fraction(2, 3), Fraction(5, 25)),
    ]


def test_exact_frames_score_infinity() -> None:
    source = Row(pan(5))

    assert [frame.scores["psnr"] for frame in find(source, [Oracle(source)]).results[0].frames] == [np.inf, np.inf]


def test_temporal_measures_see_the_frame_before() -> None:
    source = Row(pan(5, step=3))

    found = find(source, [Oracle(source), make_baseline("hold")], gap=4, metrics=["tof"])

    oracle, hold = ([frame.scores["tof"] for frame in result.frames] for result in found.results)
    assert oracle == [0, 0, 0]
    # hold: 0 0 0 4 for 0 1 2 3: it stands, stands, and then jumps by three frames' motion.
    assert hold[0] > 1.5
    assert hold[2] > 1.5


def test_worst_frames_are_shown_with_what_all_drew() -> None:
    source = Row(pan(41))
    methods = [Oracle(source, wrong=(5, 21)), make_baseline("blend")]

    found = find(source, methods)

    assert [frame.index for frame in found.worst_frames[:2]] in ([5, 21], [21, 5])
    assert len(found.worst_frames) == 5, "one in four of twenty"
    first = next(frame for frame in found.worst_frames if frame.index == 5)
    np.testing.assert_array_equal(first.truth, source.pictures[5])
    np.testing.assert_array_equal(first.left, source.pictures[4])
    np.testing.assert_array_equal(first.right, source.pictures[6])
    assert not first.interpolated["oracle"].any()
    assert set(first.interpolated) == {"oracle", "blend"}
    assert first.flow is None


def test_networks_show_their_motion() -> None:
    from tests.support.fake_engine import FakeEngine

    found = find(Row(pan(5)), [ModelMethod(MethodInfo("fake", "fake", {}), FakeEngine())])

    flow = found.worst_frames[0].flow
    assert flow is not None
    # The fake one sees no motion, which is white.
    assert (flow == 255).all()


def test_cuts_are_held_in_a_row_of_their_own() -> None:
    source = Row([*pan(11, seed=1), *pan(12, seed=2)])

    found = find(source, [make_baseline("blend"), make_baseline("hold")])

    names = [result.method.name for result in found.results]
    assert names == ["blend", "run", "hold"]
    assert found.cut_indices == (12,)
    blend, as_run, hold = (result.frames for result in found.results)
    assert [frame.kind for frame in blend].count("cut") == 1
    for one, run, held in zip(blend, as_run, hold, strict=True):
        assert run.scores == (one.scores if one.kind == "moving" else held.scores)
    assert "run" not in found.worst_frames[0].interpolated


def test_frames_that_move_are_shown_before_those_across_cuts() -> None:
    source = Row([*pan(11, seed=1), *pan(12, seed=2)])

    shown = find(source, [make_baseline("blend")]).worst_frames

    assert len(shown) == 2
    assert 11 not in [frame.index for frame in shown]


def test_without_cuts_there_is_no_row_for_holding() -> None:
    assert [result.method.name for result in find(Row(pan(7)), [make_baseline("blend")]).results] == ["blend"]


def test_intervals_that_are_not_drawn_have_no_scores() -> None:
    found = find(Row(pan(9)), [make_baseline("blend"), make_baseline("minterpolate")])

    assert [bool(frame.scores) for frame in found.results[1].frames] == [True, True, True, False]


def test_progress_and_time() -> None:
    source, events = Row(pan(9)), []

    class Listener:
        def __call__(self, event: Event) -> None:
            events.append(event)

        def close(self) -> None:
            pass

    found = evaluate(
        SequenceIntervals(EvaluationPlan("row", source)),
        [make_baseline("blend")],
        make_measures(["psnr"], 64, 96),
        Reporter([Listener()]),
        threads=1,
    )

    assert events[0] == Started({"read": 9, "interpolate": 4})
    assert [event.done for event in events if isinstance(event, Advanced) and event.stage == "interpolate"] == [
        1,
        2,
        3,
        4,
    ]
    assert found.results[0].interpolation_seconds > 0


def test_methods_take_turns_in_beginning() -> None:
    """The method that begins is slower, so that the same method twice would not take the same time."""
    source, asked = Row(pan(9)), []

    class Noting(Oracle):
        def __init__(self, name: str) -> None:
            super().__init__(source)
            self.info = MethodInfo(name, name, {})

        def interpolate(self, interval: Interval) -> Sequence[ViewSamples]:
            asked.append(self.info.name)
            return super().interpolate(interval)

    found = find(source, [Noting("a"), Noting("b"), Noting("c")])

    assert "".join(asked) == "abc" + "bca" + "cab" + "abc"
    assert [result.method.name for result in found.results] == ["a", "b", "c"]


def test_methods_are_closed_whatever_happens() -> None:
    source = Row(pan(5))
    methods = [Oracle(source), Broken(source)]

    with pytest.raises(EngineError):
        find(source, methods)

    assert [method.closed for method in methods] == [True, True]


def test_absent_metrics_are_listed_and_not_scored() -> None:
    found = find(Row(pan(5)), [make_baseline("blend")], metrics=["psnr", "ms_ssim"])

    assert [metric.name for metric in found.metrics if metric.absent] == ["ms_ssim"]
    assert set(found.results[0].frames[0].scores) == {"psnr"}
