"""The page about several evaluations: one table for each metric, with links to the pages of the clips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from midframe.evaluation.report.clip_means import ClipMeans, clip_means, clips_details, clips_headline, interval_text
from midframe.evaluation.report.format import DEFINITIONS, NONE, direction_of, number_text, signed_text
from midframe.evaluation.report.result_files import write_text
from midframe.evaluation.report.summary import digits_of
from midframe.evaluation.report.templates import render_page
from midframe.evaluation.results import Evaluation, Metric
from midframe.evaluation.uncertainty import Interval95


@dataclass(frozen=True)
class ClipLine:
    """A clip in a table: its name, its page, its frames, and the means of the methods."""

    source: str
    link: str
    frames: int
    means: tuple[str, ...]


@dataclass(frozen=True)
class SummaryLine:
    """A row below the clips: a mean or a difference of each method, and its interval."""

    label: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ClipTable:
    """All clips by one metric."""

    metric: Metric
    direction: tuple[str, str]
    methods: tuple[str, ...]
    lines: tuple[ClipLine, ...]
    summary: tuple[SummaryLine, ...]


def write_clips_page(evaluations: Sequence[Evaluation], pages: Sequence[Path], path: Path) -> None:
    """Write one HTML file that loads nothing from anywhere.

    Args:
        evaluations: One or more, of the same methods and metrics.
        pages: The page of each, in the folder of `path`.
        path: The file.

    Raises:
        OptionError: Jinja2 is not installed.
        WriteError: The file cannot be written.
    """
    means = clip_means(evaluations)
    facts = evaluations[0].facts
    values = {
        "headline": clips_headline(means),
        "details": clips_details(means),
        "facts": {name: facts[name] for name in ("Device", "Version") if name in facts},
        "tables": tuple(_table(table, pages) for table in means),
        "definitions": DEFINITIONS,
        "clips": len(evaluations),
    }
    write_text(path, render_page("clips.html", values, styles=[], scripts=["choices.js"]))


def _table(table: ClipMeans, pages: Sequence[Path]) -> ClipTable:
    metric, digits = table.metric, digits_of(table.metric)
    numbers = range(len(table.methods))
    lines = tuple(
        ClipLine(row.source, quote(page.name), row.frames, tuple(number_text(value, digits) for value in row.means))
        for row, page in zip(table.rows, pages, strict=True)
    )
    summary = [SummaryLine("Mean", tuple(_cell(table.mean(number), metric) for number in numbers))]
    if len(table.methods) > 1:
        differences = (_cell(table.difference(number), metric, signed=True) for number in numbers[1:])
        summary.append(SummaryLine(f"Difference from {table.methods[0].label}", (("", ""), *differences)))
    return ClipTable(
        metric, direction_of(metric), tuple(method.label for method in table.methods), lines, tuple(summary)
    )


def _cell(interval: Interval95 | None, metric: Metric, *, signed: bool = False) -> tuple[str, str]:
    if interval is None:
        return NONE, ""
    text = signed_text(interval.mean, metric) if signed else number_text(interval.mean, digits_of(metric))
    return text, interval_text(interval, metric)
