"""Evaluation: dropped frames are interpolated by each method and compared with the truth, in one pass."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import perf_counter

from midframe.errors import OptionError
from midframe.evaluation.intervals import EvaluationInterval, Interval, IntervalSource
from midframe.evaluation.methods.names import held_label
from midframe.evaluation.methods.protocol import Method
from midframe.evaluation.metrics.pool import MetricPool
from midframe.evaluation.metrics.protocol import Comparison, Measure, MetricImage
from midframe.evaluation.results import (
    AS_RUN_NAME,
    Evaluation,
    FrameScore,
    IntervalKind,
    MethodInfo,
    MethodResult,
    WorstFrame,
)
from midframe.evaluation.worst_frames import WorstFrames, make_worst_frame, most_that_fit, most_worth_showing
from midframe.media.pixels import ViewSamples
from midframe.runtime.events import Advanced, Event, Started
from midframe.visualization.flow_legend import with_legend
from midframe.visualization.flow_picture import flow_picture


@dataclass
class _Tally:
    """Scores and time of a method so far."""

    method: MethodInfo
    frames: list[FrameScore] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def result(self) -> MethodResult:
        return MethodResult(self.method, tuple(self.frames), sum(self.seconds), tuple(self.seconds))


def evaluate(
    source: IntervalSource,
    methods: Sequence[Method],
    measures: Sequence[Measure],
    report: Callable[[Event], None],
    *,
    threads: int | None = None,
    worst_frames: int | None = None,
) -> Evaluation:
    """Have the dropped frames of a source interpolated by several methods, and compare them with the truth.

    All methods are warmed up with the first interval, and take turns in beginning an interval, so that their times are
    comparable.

    Args:
        source: Intervals and their true frames.
        methods: One or more, names all different. The first one is what the evaluation is about: the worst frames are
            its. They are closed.
        measures: One or more.
        report: Called with events of progress.
        threads: Number of threads for measuring; None for one per core.
        worst_frames: How many to keep; None for as many as are worth showing.

    Returns:
        All scores. Where `midframe run` would not ask the first method, at cuts and in static pairs, a method "run"
        follows it that has what users get. Recommendations are left to others.

    Raises:
        SequenceError: Too few frames.
        OptionError: A method looks ahead, and the intervals are independent.
        MidframeError: A frame cannot be read or interpolated.
    """
    try:
        report(Started(dict(source.totals)))
        with MetricPool(measures, threads) as pool:
            return _Evaluator(source, methods, measures, pool, report, worst_frames).evaluation()
    finally:
        for method in methods:
            method.close()


class _Evaluator:
    """The state of one pass."""

    def __init__(
        self,
        source: IntervalSource,
        methods: Sequence[Method],
        measures: Sequence[Measure],
        pool: MetricPool,
        report: Callable[[Event], None],
        worst_frames: int | None,
    ) -> None:
        self._source = source
        self._methods = methods
        self._metrics = tuple(measure.metric for measure in measures)
        self._pool = pool
        self._report = report
        self._tallies = [_Tally(method.info) for method in methods]
        self._as_run = _Tally(methods[0].info)
        self._held: set[IntervalKind] = set()
        self._cuts: list[int] = []
        self._most_worst = worst_frames
        self._worst = WorstFrames(0)

    def evaluation(self) -> Evaluation:
        """Evaluate all intervals of the source."""
        source = self._source
        intervals = source.intervals(lambda done: self._report(Advanced("read", done)))
        for number, item in enumerate(intervals):
            if number == 0:
                self._begin(item.interval)
            self._evaluate_interval(number, item)
            self._report(Advanced("interpolate", number + 1))
        first, *others = (tally.result for tally in self._tallies)
        results = (first, self._as_run_result(), *others) if self._held else (first, *others)
        return Evaluation(
            source=source.name,
            facts=self._facts(),
            gap=source.gap,
            metrics=self._metrics,
            results=results,
            worst_frames=self._worst.worst_first[: most_worth_showing(first.frames)],
            cut_indices=tuple(self._cuts),
        )

    def _as_run_result(self) -> MethodResult:
        """The first method with pairs held as jobs hold them."""
        label = held_label(self._methods[0].info.label, cuts="cut" in self._held, stills="static" in self._held)
        rule = "as the first method, but at cuts and in still pairs the left frame is held"
        return replace(self._as_run.result, method=MethodInfo(AS_RUN_NAME, label, {"rule": rule}))

    def _facts(self) -> dict[str, str]:
        device = self._methods[0].info.settings.get("device")
        return {**self._source.facts, **({"Device": device} if device else {})}

    def _begin(self, interval: Interval) -> None:
        height, width = interval.left.frame.samples.shape[:2]
        most = self._most_worst
        self._worst = WorstFrames(most_that_fit(height, width, len(self._methods)) if most is None else most)
        for method in self._methods:
            method.warm_up(interval)

    def _evaluate_interval(self, number: int, item: EvaluationInterval) -> None:
        """Interpolate and score the dropped frames of an interval."""
        interval, source = item.interval, self._source
        by_method, seconds = self._interpolate(number, interval)
        truths = [source.true_image(truth, interval.transform) for truth in item.truths]
        left = source.true_image(interval.left.frame, interval.transform)
        rows = [self._score(left, truths, [source.interpolated_image(view) for view in views]) for views in by_method]
        if interval.kind == "moving":
            rows.append(rows[0])
            seconds.append(seconds[0])
        else:
            rows.append(self._score(left, truths, [left] * len(truths)))
            seconds.append(0.0)
            self._held.add(interval.kind)
        if interval.kind == "cut":
            self._cuts.append(source.number(interval.right.frame.index))
        for tally, scores, spent in zip([*self._tallies, self._as_run], rows, seconds, strict=True):
            tally.frames += self._frame_scores(item, scores)
            tally.seconds.append(spent)
        self._offer_worst(item, by_method, rows[0])

    def _interpolate(self, number: int, interval: Interval) -> tuple[list[Sequence[ViewSamples]], list[float]]:
        """The frames of every method, and the seconds that each took.

        Another method begins each time: the one that does finds the caches full of something else, and the threads that
        scored the interval before still spinning, which makes it slower.
        """
        by_method: list[Sequence[ViewSamples]] = [()] * len(self._methods)
        seconds = [0.0] * len(self._methods)
        for turn in range(number, number + len(self._methods)):
            position = turn % len(self._methods)
            method = self._methods[position]
            started = perf_counter()
            by_method[position] = method.interpolate(interval)
            seconds[position] = perf_counter() - started
            if not by_method[position] and not self._source.is_continuous:
                raise OptionError(
                    f"{method.info.label} needs more than two frames, and benchmarks provide only two; leave it out.",
                    option="against",
                )
        return by_method, seconds

    def _score(
        self, left: MetricImage, truths: Sequence[MetricImage], interpolated: Sequence[MetricImage]
    ) -> Sequence[Mapping[str, float]]:
        """Scores for every truth; empty ones where nothing was interpolated."""
        if not interpolated:
            return [{}] * len(truths)
        return self._pool.scores(
            [
                Comparison(truth, image, previous_truth, previous_image)
                for truth, image, previous_truth, previous_image in zip(
                    truths, interpolated, [left, *truths[:-1]], [left, *interpolated[:-1]], strict=True
                )
            ]
        )

    def _frame_scores(self, item: EvaluationInterval, scores: Sequence[Mapping[str, float]]) -> list[FrameScore]:
        interval, source = item.interval, self._source
        return [
            FrameScore(
                index=source.number(truth.index),
                moment=source.moment(truth.index),
                left=source.number(interval.left.frame.index),
                right=source.number(interval.right.frame.index),
                time=time,
                kind=interval.kind,
                scores=by_metric,
            )
            for truth, time, by_metric in zip(item.truths, interval.times, scores, strict=True)
        ]

    def _offer_worst(
        self,
        item: EvaluationInterval,
        by_method: Sequence[Sequence[ViewSamples]],
        scores: Sequence[Mapping[str, float]],
    ) -> None:
        metric = next((metric for metric in self._metrics if not metric.absent), None)
        if metric is None or not by_method[0]:
            return
        for position, truth in enumerate(item.truths):
            score = scores[position][metric.name]
            self._worst.offer(
                self._source.number(truth.index),
                item.interval.kind,
                -score if metric.higher_is_better else score,
                partial(self._worst_frame, item, by_method, position),
            )

    def _worst_frame(
        self, item: EvaluationInterval, by_method: Sequence[Sequence[ViewSamples]], position: int
    ) -> WorstFrame:
        interval, truth = item.interval, item.truths[position]
        interpolated = {
            method.info.name: views[position] for method, views in zip(self._methods, by_method, strict=True) if views
        }
        motion = self._methods[0].motion(interval, position)
        return make_worst_frame(
            self._source.number(truth.index),
            interval.transform.view(truth.samples),
            interval.view(interval.left),
            interval.view(interval.right),
            interpolated,
            None if motion is None else with_legend(flow_picture(motion), motion),
        )
