"""What an evaluation has found, as lines for a terminal."""

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
from midframe.evaluation.results import ContenderResult, Evaluation, FrameScore, Metric

GROUP_WORDS: dict[Group, str] = {
    "moving": "where something moves",
    "static": "in still pairs",
    "cut": "across cuts",
    "all": "all dropped frames",
}

WORST = 5
"""Frames that are named."""


def table_lines(evaluation: Evaluation) -> Iterator[str]:
    """Means of all contenders by kind of frame, the worst frames of the first one, and recommendations."""
    frames = evaluation.results[0].frames
    every = "second" if evaluation.gap == 2 else f"{evaluation.gap}th"
    yield f"{evaluation.source}: every {every} frame kept, {len(frames)} dropped, drawn again and compared"
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
    yield from _aligned(rows)
    yield from _footnotes(evaluation, metrics)
    yield from _worst(evaluation, metrics)
    if evaluation.recommendations:
        yield ""
        yield from evaluation.recommendations


def _heading(metric: Metric) -> str:
    return f"{metric.label} {metric.unit}".strip()


def _row(result: ContenderResult, evaluation: Evaluation, metrics: Sequence[Metric], group: Group) -> list[str]:
    means = [mean_of(frames_of(result.frames, group), metric.name) for metric in metrics]
    texts = [_mean_text(mean, metric) for mean, metric in zip(means, metrics, strict=True)]
    return [f"  {result.contender.name}", *texts, ratio_text(time_ratio(result, evaluation.results[0]))]


def _mean_text(mean: Mean, metric: Metric) -> str:
    return number_text(mean.value, digits_of(metric)) + ("*" if mean.exact else "")


def _aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns; a row of a single cell is a heading across all of them."""
    wide = [row for row in rows if len(row) > 1]
    widths = [max(len(row[place]) for row in wide) for place in range(len(wide[0]))]
    for row in rows:
        first, *others = row
        cells = (f"{text:>{width}}" for text, width in zip(others, widths[1:], strict=False))
        yield "  ".join((f"{first:<{widths[0]}}" if others else first, *cells)).rstrip()


def _footnotes(evaluation: Evaluation, metrics: Sequence[Metric]) -> Iterator[str]:
    exact = any(mean_of(result.frames, metric.name).exact for result in evaluation.results for metric in metrics)
    if exact:
        yield "* without frames that are exact: these have no finite value"
    for result in evaluation.results:
        missing = sum(not frame.scores for frame in result.frames)
        if missing:
            yield f"{result.contender.name} drew nothing for the last {missing}; its means are without"
    for metric in evaluation.metrics:
        if metric.absent:
            yield f"{metric.label} is absent: {metric.absent}"


def _worst(evaluation: Evaluation, metrics: Sequence[Metric]) -> Iterator[str]:
    """The worst frames of the first contender where something moves, or of all if nothing does."""
    if not metrics:
        return
    metric, first = metrics[0], evaluation.results[0]
    moving = frames_of(first.frames, present_groups(evaluation)[0])
    worst = worst_first(moving, metric)[:WORST]
    if not worst:
        return
    yield ""
    yield f"worst frames of {first.contender.name}"
    by_index = [{frame.index: frame for frame in result.frames} for result in evaluation.results]
    rows = [["frame", *(result.contender.name for result in evaluation.results), "at"]]
    for frame in worst:
        scores = [frames[frame.index].scores.get(metric.name) for frames in by_index]
        texts = [number_text(score, digits_of(metric)) for score in scores]
        rows.append([str(frame.index), *texts, moment_text(frame.moment) or NONE])
    yield from (f"  {line}" for line in _aligned(rows))


def worst_first(frames: Sequence[FrameScore], metric: Metric) -> list[FrameScore]:
    """Frames that have a score, the worst first."""
    sign = 1 if metric.higher_is_better else -1
    return sorted(
        (frame for frame in frames if metric.name in frame.scores), key=lambda f: sign * f.scores[metric.name]
    )
