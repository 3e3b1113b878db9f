"""Evaluating: drop frames, have them drawn again, compare. One pass over the source, in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from time import perf_counter

from midframe.evaluation.intervals import Gap, gaps
from midframe.evaluation.methods.protocol import Drawer, Interval
from midframe.evaluation.metrics.protocol import Comparison, Measure, Picture
from midframe.evaluation.planning import Plan, last_kept
from midframe.evaluation.results import AS_RUN_NAME, Contender, ContenderResult, Evaluation, Exhibit, FrameScore
from midframe.evaluation.scoring import Scorer
from midframe.evaluation.worst_frames import WorstFrames, exhibit_of, exhibits_that_fit
from midframe.media.pixels import ViewTransform
from midframe.runtime.events import Advanced, Reporter, Started
from midframe.runtime.views import fit_view
from midframe.visualization.flow_picture import flow_picture

AS_RUN = Contender(
    AS_RUN_NAME,
    "midframe run",
    {"rule": "as the first contender, but at cuts and in still pairs the left frame is held"},
)


@dataclass
class _Tally:
    """What a contender has reached so far."""

    contender: Contender
    frames: list[FrameScore] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def result(self) -> ContenderResult:
        return ContenderResult(self.contender, tuple(self.frames), self.seconds)


def evaluate(
    plan: Plan,
    drawers: Sequence[Drawer],
    measures: Sequence[Measure],
    reporter: Reporter,
    *,
    threads: int | None = None,
) -> Evaluation:
    """Have the dropped frames of a source drawn by several contenders, and compare with the truth.

    Args:
        plan: What, and how.
        drawers: One or more, names all different. The first one is what the evaluation is about: the worst frames are
            its. They are closed.
        measures: One or more.
        reporter: Hears how far it is. Stays open.
        threads: For measuring; None for one a core.

    Returns:
        All scores. Where the first contender would not be asked by `midframe run`, at cuts and in still pairs, a
        contender "run" follows it that shows what users get. Recommendations are left to others.

    Raises:
        SequenceError: Too few frames.
        MidframeError: A frame cannot be read or drawn.
    """
    reporter(Started({"read": last_kept(len(plan.source), plan.gap) + 1, "interpolate": _intervals(plan)}))
    try:
        with Scorer(measures, threads) as scorer:
            return _Evaluator(plan, drawers, measures, scorer, reporter).evaluation()
    finally:
        for drawer in drawers:
            drawer.close()


def _intervals(plan: Plan) -> int:
    return last_kept(len(plan.source), plan.gap) // plan.gap


class _Evaluator:
    """The state of one pass."""

    def __init__(
        self,
        plan: Plan,
        drawers: Sequence[Drawer],
        measures: Sequence[Measure],
        scorer: Scorer,
        reporter: Reporter,
    ) -> None:
        self._plan = plan
        self._drawers = drawers
        self._metrics = tuple(measure.metric for measure in measures)
        self._scorer = scorer
        self._reporter = reporter
        self._tallies = [_Tally(drawer.contender) for drawer in drawers]
        self._as_run = _Tally(AS_RUN)
        self._held = False
        self._cuts: list[int] = []
        shape = plan.source.format
        self._worst = WorstFrames(exhibits_that_fit(shape.height, shape.width, len(drawers)))

    def evaluation(self) -> Evaluation:
        """Go through the source."""
        plan = self._plan
        transform = fit_view(plan.source)
        read = gaps(
            plan.source,
            plan.gap,
            transform,
            plan.rules,
            lambda done: self._reporter(Advanced("read", done)),
            lean=plan.lean,
        )
        for number, gap in enumerate(read):
            if number == 0:
                for drawer in self._drawers:
                    drawer.warm_up(gap.interval)
            self._take(number, gap, transform)
            self._reporter(Advanced("interpolate", number + 1))
        first, *others = (tally.result for tally in self._tallies)
        results = (first, self._as_run.result, *others) if self._held else (first, *others)
        return Evaluation(
            source=plan.name,
            facts=self._facts(),
            gap=plan.gap,
            metrics=self._metrics,
            results=results,
            exhibits=self._worst.worst_first,
            cut_indices=tuple(self._cuts),
        )

    def _facts(self) -> dict[str, str]:
        device = self._drawers[0].contender.settings.get("device")
        return {**self._plan.facts, **({"Device": device} if device else {})}

    def _take(self, number: int, gap: Gap, transform: ViewTransform) -> None:
        """Draw and score an interval."""
        interval = gap.interval
        truths = [transform.view(truth.samples) for truth in gap.truths]
        left = interval.picture(interval.left)
        drawings, spent = self._draw(number, interval)
        rows = [self._compare(left, truths, drawn) for drawn in drawings]
        if interval.kind == "moving":
            rows.append(rows[0])
            spent.append(spent[0])
        else:
            rows.append(self._compare(left, truths, [left] * len(truths)))
            spent.append(0.0)
            self._held = True
        if interval.kind == "cut":
            self._cuts.append(self._plan.first + interval.right.frame.index)
        for tally, scores, seconds in zip([*self._tallies, self._as_run], rows, spent, strict=True):
            tally.frames += self._frames(gap, scores)
            tally.seconds += seconds
        self._show_worst(gap, truths, drawings, rows[0])

    def _draw(self, number: int, interval: Interval) -> tuple[list[Sequence[Picture]], list[float]]:
        """What every contender draws, and the seconds that each took.

        Another one begins each time: who does finds the caches full of something else, and the threads that scored the
        interval before still spinning, which makes it slower.
        """
        drawings: list[Sequence[Picture]] = [()] * len(self._drawers)
        spent = [0.0] * len(self._drawers)
        for place in range(number, number + len(self._drawers)):
            contender = place % len(self._drawers)
            started = perf_counter()
            drawings[contender] = self._drawers[contender].draw(interval)
            spent[contender] = perf_counter() - started
        return drawings, spent

    def _compare(
        self, left: Picture, truths: Sequence[Picture], drawn: Sequence[Picture]
    ) -> Sequence[Mapping[str, float]]:
        """Scores for every truth; empty ones where nothing was drawn."""
        if not drawn:
            return [{}] * len(truths)
        return self._scorer.scores(
            [
                Comparison(truths[k], drawn[k], truths[k - 1] if k else left, drawn[k - 1] if k else left)
                for k in range(len(truths))
            ]
        )

    def _frames(self, gap: Gap, scores: Sequence[Mapping[str, float]]) -> list[FrameScore]:
        interval, first = gap.interval, self._plan.first
        return [
            FrameScore(
                index=first + truth.index,
                moment=self._plan.moment(truth.index),
                left=first + interval.left.frame.index,
                right=first + interval.right.frame.index,
                time=time,
                kind=interval.kind,
                scores=by_metric,
            )
            for truth, time, by_metric in zip(gap.truths, interval.times, scores, strict=True)
        ]

    def _show_worst(
        self,
        gap: Gap,
        truths: Sequence[Picture],
        drawings: Sequence[Sequence[Picture]],
        scores: Sequence[Mapping[str, float]],
    ) -> None:
        metric = next((metric for metric in self._metrics if not metric.absent), None)
        if metric is None or not drawings[0]:
            return
        interval = gap.interval
        for number, truth in enumerate(truths):
            score = scores[number][metric.name]
            index = self._plan.first + gap.truths[number].index
            self._worst.offer(
                index,
                interval.kind,
                -score if metric.higher_is_better else score,
                partial(self._exhibit, gap, truth, drawings, number, index),
            )

    def _exhibit(
        self, gap: Gap, truth: Picture, drawings: Sequence[Sequence[Picture]], number: int, index: int
    ) -> Exhibit:
        interval = gap.interval
        drawn = {
            drawer.contender.name: pictures[number]
            for drawer, pictures in zip(self._drawers, drawings, strict=True)
            if pictures
        }
        motion = self._drawers[0].motion(interval, number)
        return exhibit_of(
            index,
            truth,
            interval.picture(interval.left),
            interval.picture(interval.right),
            drawn,
            None if motion is None else flow_picture(motion),
        )
