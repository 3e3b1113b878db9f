"""The page about an evaluation, for people."""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf, isnan
from pathlib import Path
from typing import Any

from midframe.evaluation.report.format import (
    DEFINITIONS,
    GROUP_LABELS,
    difference_text,
    direction_of,
    headline,
    moment_text,
    ratio_text,
    score_text,
    seconds_text,
)
from midframe.evaluation.report.layers import LONGEST_SIDE, Picture, longest_side, picture_of
from midframe.evaluation.report.summary import (
    EXACT_METRIC,
    EXACT_SCORE,
    Group,
    best_of,
    digits_of,
    frames_of,
    means_of,
    measured,
    present_groups,
    seconds_per_frame,
    time_ratio,
)
from midframe.evaluation.report.templates import render_page
from midframe.evaluation.report.text_files import write_text
from midframe.evaluation.results import ContenderResult, Evaluation, Exhibit, FrameScore, Metric


@dataclass(frozen=True)
class Cell:
    """A mean in a table.

    Attributes:
        text: The mean.
        difference: From the first contender's, "" in its own row.
        exact: Frames without any error.
        is_best: Whether no contender surpasses it.
    """

    text: str
    difference: str
    exact: int
    is_best: bool


@dataclass(frozen=True)
class Row:
    """A contender in a table."""

    label: str
    cells: tuple[Cell, ...]
    seconds: str
    ratio: str


@dataclass(frozen=True)
class Table:
    """All contenders over one group of frames."""

    name: Group
    label: str
    frames: int
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Bar:
    """How long a contender takes; `share` of the slowest one's time is in [0, 1]."""

    label: str
    total: str
    each: str
    ratio: str
    share: float


@dataclass(frozen=True)
class Shown:
    """An exhibit as the page shows it.

    Attributes:
        index: Of the frame.
        place: Time and neighbours in words.
        score: The first contender's first score of it in words, "" without any.
        picture: Its layers.
    """

    index: int
    place: str
    score: str
    picture: Picture


def write_report(evaluation: Evaluation, path: Path) -> None:
    """Write one HTML file that shows an evaluation and loads nothing from anywhere.

    Pictures are embedded with at most 1,280 pixels along the longer side, fewer where there are many of them (about
    32 million pixels in all), and with a detail at full size around the worst place.

    Raises:
        OptionError: Jinja2 is not installed.
        WriteError: The file cannot be written.
    """
    tables = tuple(_table(evaluation, group) for group in present_groups(evaluation))
    shown = _shown(evaluation)
    values = {
        "evaluation": evaluation,
        "headline": headline(evaluation),
        "metrics": measured(evaluation),
        "absent": [metric for metric in evaluation.metrics if metric.absent],
        "definitions": DEFINITIONS,
        "directions": {metric.name: direction_of(metric) for metric in evaluation.metrics},
        "tables": tables,
        "has_exact": any(cell.exact for table in tables for row in table.rows for cell in row.cells),
        "exact_score": f"{EXACT_SCORE:.0f} dB",
        "plot": _plot(evaluation),
        "exhibits": shown,
        "scaled_down": any(each.picture.size != each.picture.source_size for each in shown),
        "longest_side": f"{LONGEST_SIDE:,}",
        "bars": _bars(evaluation),
    }
    text = render_page(
        "evaluation.html",
        values,
        styles=["plot.css", "viewer.css"],
        scripts=["choices.js", "plot.js", "viewer.js"],
    )
    write_text(path, text)


def _table(evaluation: Evaluation, group: Group) -> Table:
    means, metrics, first = means_of(evaluation, group), measured(evaluation), evaluation.results[0]
    best = {metric.name: best_of(means, metric) for metric in metrics}

    def cell(result: ContenderResult, metric: Metric) -> Cell:
        name = result.contender.name
        own = means[name][metric.name]
        difference = "" if result is first else difference_text(own, means[first.contender.name][metric.name], metric)
        text = score_text(own.value, metric).removesuffix(f" {metric.unit}")
        return Cell(text, difference, 0 if own.exact == own.frames else own.exact, name in best[metric.name])

    rows = tuple(
        Row(
            result.contender.label,
            tuple(cell(result, metric) for metric in metrics),
            seconds_text(seconds_per_frame(result)),
            ratio_text(time_ratio(result, first)),
        )
        for result in evaluation.results
    )
    return Table(group, GROUP_LABELS[group], len(frames_of(first.frames, group)), rows)


def _bars(evaluation: Evaluation) -> tuple[Bar, ...]:
    times = [seconds_per_frame(result) or 0.0 for result in evaluation.results]
    slowest = max(times, default=0.0) or 1.0
    return tuple(
        Bar(
            result.contender.label,
            seconds_text(result.drawing_seconds),
            seconds_text(seconds_per_frame(result)),
            ratio_text(time_ratio(result, evaluation.results[0])),
            time / slowest,
        )
        for result, time in zip(evaluation.results, times, strict=True)
    )


def _shown(evaluation: Evaluation) -> tuple[Shown, ...]:
    contenders = tuple(result.contender for result in evaluation.results)
    if not evaluation.exhibits:
        return ()
    height, width = evaluation.exhibits[0].truth.shape[:2]
    side = longest_side(len(evaluation.exhibits), len(contenders), (width, height))
    scores = {frame.index: frame for frame in evaluation.results[0].frames}

    def show(exhibit: Exhibit) -> Shown:
        frame, place, score = scores.get(exhibit.index), "", ""
        if frame is not None:
            moment = moment_text(frame.moment)
            place = (
                f"{moment}{', ' if moment else ''}drawn at {frame.time} between frames {frame.left} and {frame.right}"
            )
            metric = next((metric for metric in measured(evaluation) if metric.name in frame.scores), None)
            score = f"{score_text(frame.scores[metric.name], metric)} {metric.label}" if metric else ""
        return Shown(exhibit.index, place, score, picture_of(exhibit, contenders, side))

    return tuple(show(exhibit) for exhibit in evaluation.exhibits)


def _plot(evaluation: Evaluation) -> dict[str, Any]:
    """What the script that draws the plot is given: as JSON has it, "inf" for infinity, None for what is missing."""
    places: dict[int, FrameScore] = {}
    for result in evaluation.results:
        for frame in result.frames:
            places.setdefault(frame.index, frame)
    frames = [places[index] for index in sorted(places)]
    by_index = [{frame.index: frame.scores for frame in result.frames} for result in evaluation.results]
    return {
        "metrics": [
            {"name": metric.name, "label": metric.label, "unit": metric.unit, "digits": digits_of(metric)}
            for metric in measured(evaluation)
        ],
        "indices": [frame.index for frame in frames],
        "moments": [moment_text(frame.moment) for frame in frames],
        "kinds": [frame.kind for frame in frames],
        "spans": [[frame.left, frame.right] for frame in frames],
        "cuts": list(evaluation.cut_indices),
        "exhibits": [exhibit.index for exhibit in evaluation.exhibits],
        "contenders": [
            {
                "label": result.contender.label,
                "scores": {
                    metric.name: [_plotted(scores.get(frame.index, {}).get(metric.name), metric) for frame in frames]
                    for metric in measured(evaluation)
                },
            }
            for result, scores in zip(evaluation.results, by_index, strict=True)
        ],
    }


def _plotted(score: float | None, metric: Metric) -> float | str | None:
    if score is None or isnan(score) or (isinf(score) and metric.name != EXACT_METRIC):
        return None
    return "inf" if isinf(score) else round(float(score), digits_of(metric) + 1)
