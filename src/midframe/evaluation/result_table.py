"""Results of an evaluation as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from midframe.evaluation.report.format import NONE, missing_notes, moment_text, number_text, ratio_text
from midframe.evaluation.report.headline import details, headline
from midframe.evaluation.report.summary import (
    Group,
    Mean,
    digits_of,
    frames_of,
    mean_of,
    measured,
    present_groups,
    results_of,
    time_ratio,
)
from midframe.evaluation.results import AS_RUN_NAME, Evaluation, FrameScore, MethodResult, Metric
from midframe.evaluation.worst_frames import most_worth_showing
from midframe.tables import format_table
from midframe.wording import counted

GROUP_WORDS: dict[Group, str] = {
    "moving": "moving frame",
    "static": "still frame",
    "cut": "frame across cuts",
    "all": "dropped frame",
}

WORST = 5
"""Frames that are named, at most."""

WORST_METHODS = 3
"""Methods whose scores of the worst frames are named: more do not fit in a line."""


def table_lines(evaluation: Evaluation) -> Iterator[str]:
    """What was found in words, means of all methods by kind of frame, the worst frames, and recommendations."""
    yield headline(evaluation)
    yield from details(evaluation)
    yield ""
    width = max(map(len, evaluation.facts), default=0)
    for name, fact in evaluation.facts.items():
        yield f"{name:<{width}}  {fact}"
    nth = {2: "second", 3: "third"}.get(evaluation.gap, f"{evaluation.gap}th")
    yield f"{'Method':<{width}}  every {nth} frame kept, those between dropped, interpolated and compared"
    yield ""
    yield from _means(evaluation)
    yield from _footnotes(evaluation)
    yield from _worst(evaluation)
    if evaluation.recommendations:
        yield ""
        yield from evaluation.recommendations


def _means(evaluation: Evaluation) -> Iterator[str]:
    metrics, frames = measured(evaluation), evaluation.results[0].frames
    rows = [["", *(_heading(metric) for metric in metrics), "time"]]
    for group in present_groups(evaluation):
        rows.append([_group_heading(len(frames_of(frames, group)), group)])
        rows += [_row(result, evaluation, metrics, group) for result in results_of(evaluation, group)]
    yield from format_table(rows, "<" + ">" * (len(metrics) + 1))


def _group_heading(count: int, group: Group) -> str:
    noun, _, rest = GROUP_WORDS[group].partition(" across")
    return counted(count, noun) + (f" across{rest}" if rest else "")


def _heading(metric: Metric) -> str:
    return f"{metric.label} {metric.unit}".strip()


def _row(result: MethodResult, evaluation: Evaluation, metrics: Sequence[Metric], group: Group) -> list[str]:
    means = [mean_of(frames_of(result.frames, group), metric.name) for metric in metrics]
    texts = [_mean_text(mean, metric) for mean, metric in zip(means, metrics, strict=True)]
    return [f"  {result.method.label}", *texts, ratio_text(time_ratio(result, evaluation.results[0]))]


def _mean_text(mean: Mean, metric: Metric) -> str:
    return number_text(mean.value, digits_of(metric)) + ("*" if mean.exact else "")


def _footnotes(evaluation: Evaluation) -> Iterator[str]:
    metrics = measured(evaluation)
    if any(mean_of(result.frames, metric.name).exact for result in evaluation.results for metric in metrics):
        yield "* without frames that are exact: these have no finite value"
    yield from missing_notes(evaluation)


def _worst(evaluation: Evaluation) -> Iterator[str]:
    """The worst frames of the first method where something moves, or of all if nothing does."""
    metrics = measured(evaluation)
    if not metrics:
        return
    metric, first = metrics[0], evaluation.results[0]
    moving = frames_of(first.frames, present_groups(evaluation)[0])
    worst = worst_first(moving, metric)[: min(WORST, most_worth_showing(first.frames))]
    if not worst:
        return
    yield ""
    yield f"worst {'frame' if len(worst) == 1 else 'frames'} of {first.method.label}, {_heading(metric)}"
    shown = [result for result in evaluation.results if result.method.name != AS_RUN_NAME][:WORST_METHODS]
    by_index = [{frame.index: frame for frame in result.frames} for result in shown]
    timed = any(frame.moment is not None for frame in worst)
    rows = [["frame", *(["at"] if timed else []), *(result.method.label for result in shown)]]
    for frame in worst:
        scores = [frames[frame.index].scores.get(metric.name) for frames in by_index]
        texts = [number_text(score, digits_of(metric)) for score in scores]
        rows.append([str(frame.index), *([moment_text(frame.moment) or NONE] if timed else []), *texts])
    yield from (f"  {line}" for line in format_table(rows, "<" + ">" * (len(rows[0]) - 1)))


def worst_first(frames: Sequence[FrameScore], metric: Metric) -> list[FrameScore]:
    """Frames that have a score, the worst first."""
    sign = 1 if metric.higher_is_better else -1
    return sorted(
        (frame for frame in frames if metric.name in frame.scores), key=lambda f: sign * f.scores[metric.name]
    )
