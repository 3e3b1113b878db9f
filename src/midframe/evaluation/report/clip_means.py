"""Several evaluations as one table: a row for each clip, a column for each method, and the mean over the clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from midframe.evaluation.methods.names import BASELINE_NAMES
from midframe.evaluation.report.format import number_text
from midframe.evaluation.report.headline import short_text, unit_text
from midframe.evaluation.report.summary import GOALS, digits_of, frames_of, mean_of, measured
from midframe.evaluation.results import AS_RUN_NAME, Evaluation, MethodInfo, Metric
from midframe.evaluation.uncertainty import Interval95, interval_over_clips
from midframe.wording import counted


@dataclass(frozen=True)
class ClipRow:
    """One clip.

    Attributes:
        source: Name of the clip.
        frames: How many frames the means are over.
        means: Mean of each method over the moving frames; None where it has no finite one.
    """

    source: str
    frames: int
    means: tuple[float | None, ...]


@dataclass(frozen=True)
class ClipMeans:
    """One metric of all methods on all clips; clips in which nothing moves have no mean.

    Attributes:
        metric: The metric.
        methods: The methods, the one that the evaluation is about first.
        rows: The clips, in the order given.
    """

    metric: Metric
    methods: tuple[MethodInfo, ...]
    rows: tuple[ClipRow, ...]

    def mean(self, number: int) -> Interval95 | None:
        """Mean of a method over the clips that it has a mean of."""
        values = [value for row in self.rows if (value := row.means[number]) is not None]
        return interval_over_clips(values) if values else None

    def difference(self, number: int) -> Interval95 | None:
        """How much higher the mean of a method is than that of the first one, clip by clip."""
        pairs = [(row.means[0], row.means[number]) for row in self.rows]
        values = [theirs - own for own, theirs in pairs if own is not None and theirs is not None]
        return interval_over_clips(values) if values else None


def clip_means(evaluations: Sequence[Evaluation]) -> tuple[ClipMeans, ...]:
    """A table for each metric that was measured on any clip.

    Args:
        evaluations: One or more, of the same methods and metrics.
    """
    methods = tuple(result.method for result in evaluations[0].results if result.method.name != AS_RUN_NAME)
    metrics = {metric.name: metric for evaluation in evaluations for metric in measured(evaluation)}
    return tuple(
        ClipMeans(metric, methods, tuple(_row(evaluation, methods, metric) for evaluation in evaluations))
        for metric in metrics.values()
    )


def clips_headline(tables: Sequence[ClipMeans]) -> str:
    """What was found about the first method on all clips, in one sentence."""
    table = _headline_table(tables)
    clips = counted(len(tables[0].rows) if tables else 0, "clip")
    if table is None or (mean := table.mean(0)) is None:
        return f"No mean could be computed over {clips}."
    first, metric = table.methods[0], table.metric
    sentence = f"{first.label} rebuilds the moving frames of {clips} at {_value(mean.mean, metric)} on average"
    compared = _compared_with(table)
    if compared is not None:
        label, difference = compared
        worse = (difference.mean > 0) == metric.higher_is_better
        amount = f"{short_text(abs(difference.mean), metric)}{unit_text(metric)}"
        sentence += f", {amount} {'worse' if worse else 'better'} than {label}"
    return f"{sentence}."


def clips_details(tables: Sequence[ClipMeans]) -> tuple[str, ...]:
    """How sure the headline is, in sentences."""
    table = _headline_table(tables)
    compared = None if table is None else _compared_with(table)
    if table is None or compared is None:
        return ()
    difference = compared[1]
    clips = counted(difference.count, "clip")
    if difference.low is None or difference.high is None:
        return (f"{clips} {'is' if difference.count == 1 else 'are'} too few to say so of others.",)
    # The lead of the first method is what the headline speaks of.
    sign = -1 if table.metric.higher_is_better else 1
    ends = sorted((sign * difference.low, sign * difference.high))
    if difference.excludes_zero:
        ends = sorted(map(abs, ends))
    words = " to ".join(short_text(end, table.metric) for end in ends) + unit_text(table.metric)
    if difference.excludes_zero:
        return (f"The difference is {words} (95% interval over {clips}).",)
    return (f"The clips differ too much to say so of others (95% interval of the difference: {words}).",)


def interval_text(interval: Interval95 | None, metric: Metric) -> str:
    """The half width of an interval, such as "± 1.20"; "" where there are too few clips."""
    half = None if interval is None else interval.half_width
    return "" if half is None else f"± {number_text(half, digits_of(metric))}"


def _headline_table(tables: Sequence[ClipMeans]) -> ClipMeans | None:
    return next((table for table in tables if table.metric.name not in GOALS), None)


def _compared_with(table: ClipMeans) -> tuple[str, Interval95] | None:
    """What the headline compares with, plain blending, another baseline or method; and the difference from it."""
    others = range(1, len(table.methods))
    order = {name: place for place, name in enumerate(BASELINE_NAMES)}
    number = min(others, key=lambda other: order.get(table.methods[other].name, len(order)), default=None)
    difference = None if number is None else table.difference(number)
    return None if number is None or difference is None else (table.methods[number].label, difference)


def _row(evaluation: Evaluation, methods: Sequence[MethodInfo], metric: Metric) -> ClipRow:
    by_name = {result.method.name: result for result in evaluation.results}
    moving = {name: frames_of(result.frames, "moving") for name, result in by_name.items()}
    values = [mean_of(moving.get(method.name, ()), metric.name).value for method in methods]
    means = tuple(None if value is None or not isfinite(value) else value for value in values)
    return ClipRow(evaluation.source, len(moving.get(methods[0].name, ())), means)


def _value(value: float, metric: Metric) -> str:
    return f"{short_text(value, metric)} dB" if metric.unit == "dB" else f"{metric.label} {short_text(value, metric)}"
