"""Results of several evaluations as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from midframe.evaluation.report.clip_means import ClipMeans, clip_means, clips_details, clips_headline, interval_text
from midframe.evaluation.report.format import number_text, signed_text
from midframe.evaluation.report.summary import digits_of
from midframe.evaluation.results import Evaluation, Metric
from midframe.evaluation.uncertainty import Interval95
from midframe.tables import format_table


def clip_table_lines(evaluations: Sequence[Evaluation]) -> Iterator[str]:
    """What was found in words, and the first metric of all methods on all clips. The report has all metrics."""
    tables = clip_means(evaluations)
    yield clips_headline(tables)
    yield from clips_details(tables)
    if tables:
        yield ""
        yield from _lines(tables[0])


def _lines(table: ClipMeans) -> Iterator[str]:
    metric, numbers = table.metric, range(len(table.methods))
    digits = digits_of(metric)
    rows = [[f"{metric.label} {metric.unit}".strip(), "frames", *(method.label for method in table.methods)]]
    rows += [[row.source, str(row.frames), *(number_text(value, digits) for value in row.means)] for row in table.rows]
    means = [table.mean(number) for number in numbers]
    rows.append(["mean", "", *(number_text(None if mean is None else mean.mean, digits) for mean in means)])
    rows += _interval_row(means, metric)
    if len(numbers) > 1:
        differences = [None, *(table.difference(number) for number in numbers[1:])]
        texts = ("" if each is None else signed_text(each.mean, metric) for each in differences)
        rows.append([f"from {table.methods[0].label}", "", *texts])
        rows += _interval_row(differences, metric)
    yield from format_table(rows, "<" + ">" * (len(numbers) + 1))


def _interval_row(intervals: Sequence[Interval95 | None], metric: Metric) -> list[list[str]]:
    """A row of half widths; none where there are too few clips for any."""
    texts = [interval_text(each, metric) for each in intervals]
    return [["95% interval", "", *texts]] if any(texts) else []
