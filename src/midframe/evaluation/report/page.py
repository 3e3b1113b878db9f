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
    missing_notes,
    moment_text,
    ratio_text,
    score_text,
    seconds_text,
)
from midframe.evaluation.report.headline import details, headline
from midframe.evaluation.report.layers import LONGEST_LAYER_SIDE, LayeredImage, layered_image, longest_side
from midframe.evaluation.report.result_files import write_text
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
    results_of,
    seconds_per_frame,
    time_ratio,
)
from midframe.evaluation.report.templates import render_page
from midframe.evaluation.results import Evaluation, FrameScore, MethodResult, Metric, WorstFrame
from midframe.text import printable


@dataclass(frozen=True)
class MeanCell:
    """A mean in a table.

    Attributes:
        text: The mean.
        difference: Difference from the first method's, "" in its own row.
        exact: Frames without any error.
        is_best: Whether it is the best in its column.
    """

    text: str
    difference: str
    exact: int
    is_best: bool


@dataclass(frozen=True)
class MethodRow:
    """A method in a table."""

    label: str
    cells: tuple[MeanCell, ...]
    seconds: str
    ratio: str


@dataclass(frozen=True)
class GroupTable:
    """All methods over one group of frames."""

    name: Group
    label: str
    frames: int
    rows: tuple[MethodRow, ...]


@dataclass(frozen=True)
class TimeBar:
    """Time of a method; `share` of the slowest one's time is in [0, 1]."""

    label: str
    total: str
    per_frame: str
    ratio: str
    share: float


@dataclass(frozen=True)
class FrameViewer:
    """A worst frame as the page shows it.

    Attributes:
        index: Index of the frame.
        place: Time and neighbours in words.
        score: The first method's first score of it in words, "" without any.
        picture: Its layers.
    """

    index: int
    place: str
    score: str
    picture: LayeredImage


def write_report_page(evaluation: Evaluation, path: Path) -> None:
    """Write one HTML file that shows an evaluation and loads nothing from anywhere.

    Images are embedded with at most 1,280 pixels along the longer side, fewer where there are many of them (about
    32 million pixels in all), and with a detail at full size around the worst place.

    Raises:
        OptionError: Jinja2 is not installed.
        WriteError: The file cannot be written.
    """
    tables = tuple(_table(evaluation, group) for group in present_groups(evaluation))
    viewers = _viewers(evaluation)
    values = {
        "evaluation": evaluation,
        "headline": headline(evaluation),
        "details": details(evaluation),
        "metrics": measured(evaluation),
        "missing": tuple(missing_notes(evaluation)),
        "definitions": DEFINITIONS,
        "directions": {metric.name: direction_of(metric) for metric in evaluation.metrics},
        "tables": tables,
        "has_exact": any(cell.exact for table in tables for row in table.rows for cell in row.cells),
        "exact_score": f"{EXACT_SCORE:.0f} dB",
        "plot": _plot(evaluation),
        "exhibits": viewers,
        "scaled_down": any(viewer.picture.size != viewer.picture.source_size for viewer in viewers),
        "longest_side": f"{LONGEST_LAYER_SIDE:,}",
        "bars": _bars(evaluation),
    }
    text = render_page(
        "evaluation.html",
        values,
        styles=["plot.css", "viewer.css"],
        scripts=["choices.js", "pointing.js", "plot.js", "viewer.js", "folds.js"],
    )
    write_text(path, text)


def _table(evaluation: Evaluation, group: Group) -> GroupTable:
    means, metrics, first = means_of(evaluation, group), measured(evaluation), evaluation.results[0]
    best = {metric.name: best_of(means, metric) for metric in metrics}

    def cell(result: MethodResult, metric: Metric) -> MeanCell:
        name = result.method.name
        own = means[name][metric.name]
        difference = "" if result is first else difference_text(own, means[first.method.name][metric.name], metric)
        text = score_text(own.value, metric).removesuffix(f" {metric.unit}")
        return MeanCell(text, difference, 0 if own.exact == own.frames else own.exact, name in best[metric.name])

    rows = tuple(
        MethodRow(
            result.method.label,
            tuple(cell(result, metric) for metric in metrics),
            seconds_text(seconds_per_frame(result)),
            ratio_text(time_ratio(result, first)),
        )
        for result in results_of(evaluation, group)
    )
    return GroupTable(group, GROUP_LABELS[group], len(frames_of(first.frames, group)), rows)


def _bars(evaluation: Evaluation) -> tuple[TimeBar, ...]:
    times = [seconds_per_frame(result) or 0.0 for result in evaluation.results]
    slowest = max(times, default=0.0) or 1.0
    return tuple(
        TimeBar(
            result.method.label,
            seconds_text(result.interpolation_seconds),
            seconds_text(seconds_per_frame(result)),
            ratio_text(time_ratio(result, evaluation.results[0])),
            time / slowest,
        )
        for result, time in zip(evaluation.results, times, strict=True)
    )


def _viewers(evaluation: Evaluation) -> tuple[FrameViewer, ...]:
    methods = tuple(result.method for result in evaluation.results)
    if not evaluation.worst_frames:
        return ()
    height, width = evaluation.worst_frames[0].truth.shape[:2]
    side = longest_side(len(evaluation.worst_frames), len(methods), (width, height))
    scores = {frame.index: frame for frame in evaluation.results[0].frames}

    def viewer(worst: WorstFrame) -> FrameViewer:
        frame, place, score = scores.get(worst.index), "", ""
        if frame is not None:
            moment = moment_text(frame.moment)
            place = f"interpolated at {frame.time} between frames {frame.left} and {frame.right}"
            if moment:
                place = f"{moment}, {place}"
            metric = next((metric for metric in measured(evaluation) if metric.name in frame.scores), None)
            score = f"{score_text(frame.scores[metric.name], metric)} {metric.label}" if metric else ""
        return FrameViewer(worst.index, place, score, layered_image(worst, methods, side))

    return tuple(viewer(worst) for worst in evaluation.worst_frames)


def _plot(evaluation: Evaluation) -> dict[str, Any]:
    """Values of the plot for its script, as JSON: "inf" for infinity, None for what is missing."""
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
        "exhibits": [worst.index for worst in evaluation.worst_frames],
        "methods": [
            {
                "label": printable(result.method.label),
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
