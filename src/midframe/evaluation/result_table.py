"""Results of an evaluation as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from midframe.evaluation.report.format import NONE, moment_text, number_text, ratio_text
from midframe.evaluation.report.summary import (
    Group,
    Mean,
    digits_of,
    frames_of,
    mean_of,
    measured,
    present_groups,
    time_ratio,
)
from midframe.evaluation.results import Evaluation, FrameScore, MethodResult, Metric
from midframe.tables import format_table

GROUP_WORDS: dict[Group, str] = {
    "moving": "moving frames",
    "static": "still pairs",
    "cut": "across cuts",
    "all": "all dropped frames",
}

WORST = 5
"""Frames that are named."""


def table_lines(evaluation: Evaluation) -> Iterator[str]:
    """Means of all methods by kind of frame, the worst frames of the first one, and recommendations."""
    frames = evaluation.results[0].frames
    nth = {2: "second", 3: "third"}.get(evaluation.gap, f"{evaluation.gap}th")
    yield f"{evaluation.source}: every {nth} frame kept, {len(frames)} dropped, interpolated and compared"
    width = max(map(len, evaluation.facts), default=0)
    for name, fact in evaluation.facts.items():
        yield f"  {name:<{width}}  {fact}"
    metrics = measured(evaluation)
    yield ""
    rows = [["", *(_heading(metric) for metric in metrics), "time"]]
    for group in present_groups(evaluation):
        count = len(frames_of(frames, group))
        rows.append([f"{GROUP_WORDS[group]} ({count})"])
        rows += [_row(result, evaluation, metrics, group) for result in evaluation.results]
    yield from format_table(rows, "<" + ">" * (len(metrics) + 1))
    yield from _footnotes(evaluation, metrics)
    yield from _worst(evaluation, metrics)
    if evaluation.recommendations:
        yield ""
        yield from evaluation.recommendations


def _heading(metric: Metric) -> str:
    return f"{metric.label} {metric.unit}".strip()


def _row(result: MethodResult, evaluation: Evaluation, metrics: Sequence[Metric], group: Group) -> list[str]:
    means = [mean_of(frames_of(result.frames, group), metric.name) for metric in metrics]
    texts = [_mean_text(mean, metric) for mean, metric in zip(means, metrics, strict=True)]
    return [f"  {result.method.name}", *texts, ratio_text(time_ratio(result, evaluation.results[0]))]


def _mean_text(mean: Mean, metric: Metric) -> str:
    return number_text(mean.value, digits_of(metric)) + ("*" if mean.exact else "")


def _footnotes(evaluation: Evaluation, metrics: Sequence[Metric]) -> Iterator[str]:
    exact = any(mean_of(result.frames, metric.name).exact for result in evaluation.results for metric in metrics)
    if exact:
        yield "* without frames that are exact: these have no finite value"
    for result in evaluation.results:
        missing = sum(not frame.scores for frame in result.frames)
        if missing:
            yield f"{result.method.name} drew nothing for the last {missing}; its means are without"
    for metric in evaluation.metrics:
        if metric.absent:
            yield f"{metric.label} is absent: {metric.absent}"


def _worst(evaluation: Evaluation, metrics: Sequence[Metric]) -> Iterator[str]:
    """The worst frames of the first method where something moves, or of all if nothing does."""
    if not metrics:
        return
    metric, first = metrics[0], evaluation.results[0]
    moving = frames_of(first.frames, present_groups(evaluation)[0])
    worst = worst_first(moving, metric)[:WORST]
    if not worst:
        return
    yield ""
    yield f"worst frames of {first.method.name}"
    by_index = [{frame.index: frame for frame in result.frames} for result in evaluation.results]
    rows = [["frame", *(result.method.name for result in evaluation.results), "at"]]
    for frame in worst:
        scores = [frames[frame.index].scores.get(metric.name) for frames in by_index]
        texts = [number_text(score, digits_of(metric)) for score in scores]
        rows.append([str(frame.index), *texts, moment_text(frame.moment) or NONE])
    yield from (f"  {line}" for line in format_table(rows, "<" + ">" * (len(evaluation.results) + 1)))


def worst_first(frames: Sequence[FrameScore], metric: Metric) -> list[FrameScore]:
    """Frames that have a score, the worst first."""
    sign = 1 if metric.higher_is_better else -1
    return sorted(
        (frame for frame in frames if metric.name in frame.scores), key=lambda f: sign * f.scores[metric.name]
    )
