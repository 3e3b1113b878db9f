"""Results for programs: JSON with everything but the images, CSV with one row a frame and method.

docs/report.md describes both.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from fractions import Fraction
from math import isinf, isnan
from pathlib import Path
from typing import Any

from midframe.atomic import write_text_atomically
from midframe.errors import WriteError
from midframe.evaluation.report.clip_means import ClipMeans, clip_means, clips_headline
from midframe.evaluation.report.headline import headline
from midframe.evaluation.report.summary import Mean, frames_of, mean_of, measured, present_groups, seconds_per_frame
from midframe.evaluation.results import Evaluation, MethodResult
from midframe.evaluation.uncertainty import Interval95
from midframe.text import csv_cell, json_text

FORMAT = "midframe-evaluation"
CLIPS_FORMAT = "midframe-evaluations"
FORMAT_VERSION = 2

PLACE_COLUMNS = ("index", "moment", "left", "right", "time", "kind")
"""Columns of CSV between the method and its scores."""


def write_results_json(evaluation: Evaluation, path: Path) -> None:
    """Write everything but the images.

    Raises:
        WriteError: The file cannot be written.
    """
    document = {"format": FORMAT, "version": FORMAT_VERSION, **_document(evaluation)}
    write_text(path, json_text(document, indent=1, allow_nan=False) + "\n")


def write_clips_json(evaluations: Sequence[Evaluation], pages: Sequence[Path], path: Path) -> None:
    """Write the means over several clips, and everything about each of them.

    Raises:
        WriteError: The file cannot be written.
    """
    tables = clip_means(evaluations)
    document = {
        "format": CLIPS_FORMAT,
        "version": FORMAT_VERSION,
        "headline": clips_headline(tables),
        "means": {table.metric.name: _clip_means_document(table) for table in tables},
        "clips": [
            {"page": page.name, **_document(evaluation)} for evaluation, page in zip(evaluations, pages, strict=True)
        ],
    }
    write_text(path, json_text(document, indent=1, allow_nan=False) + "\n")


def _clip_means_document(table: ClipMeans) -> list[dict[str, Any]]:
    return [
        {
            "name": method.name,
            "label": method.label,
            "mean": _interval_document(table.mean(number)),
            "difference": _interval_document(table.difference(number)) if number else None,
        }
        for number, method in enumerate(table.methods)
    ]


def _interval_document(interval: Interval95 | None) -> dict[str, Any] | None:
    if interval is None:
        return None
    return {"mean": interval.mean, "low": interval.low, "high": interval.high, "clips": interval.count}


def _document(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "source": evaluation.source,
        "facts": dict(evaluation.facts),
        "gap": evaluation.gap,
        "metrics": [
            {
                "name": metric.name,
                "label": metric.label,
                "unit": metric.unit,
                "higher_is_better": metric.higher_is_better,
                "absent": metric.absent,
            }
            for metric in evaluation.metrics
        ],
        "cuts": list(evaluation.cut_indices),
        "worst": [frame.index for frame in evaluation.worst_frames],
        "headline": headline(evaluation),
        "recommendations": list(evaluation.recommendations),
        "methods": [_method_document(evaluation, result) for result in evaluation.results],
    }


def _method_document(evaluation: Evaluation, result: MethodResult) -> dict[str, Any]:
    return {
        "name": result.method.name,
        "label": result.method.label,
        "settings": dict(result.method.settings),
        "interpolation_seconds": result.interpolation_seconds,
        "seconds_per_frame": seconds_per_frame(result),
        "means": {
            group: {
                metric.name: _mean_document(mean_of(frames_of(result.frames, group), metric.name))
                for metric in measured(evaluation)
            }
            for group in present_groups(evaluation)
        },
        "frames": [
            {
                "index": frame.index,
                "moment": None if frame.moment is None else str(frame.moment),
                "left": frame.left,
                "right": frame.right,
                "time": str(frame.time),
                "kind": frame.kind,
                "scores": {metric: _score(score) for metric, score in frame.scores.items()},
            }
            for frame in result.frames
        ],
    }


def _mean_document(mean: Mean) -> dict[str, Any]:
    return {
        "mean": _score(mean.value),
        "deviation": mean.deviation,
        "exact": mean.exact,
        "frames": mean.frames,
    }


def _score(value: float | None) -> float | str | None:
    """JSON has no infinity and no NaN."""
    if value is None or isnan(value):
        return None
    return ("inf" if value > 0 else "-inf") if isinf(value) else value


def write_results_csv(evaluation: Evaluation, path: Path) -> None:
    """Write the scores of all frames as RFC 4180 has it: UTF-8, commas, CR LF, a row of names first.

    Raises:
        WriteError: The file cannot be written.
    """
    _write_csv(["method", *PLACE_COLUMNS], [evaluation], path, with_source=False)


def write_clips_csv(evaluations: Sequence[Evaluation], path: Path) -> None:
    """As `write_results_csv`, with the name of the clip in the first column.

    Raises:
        WriteError: The file cannot be written.
    """
    _write_csv(["source", "method", *PLACE_COLUMNS], evaluations, path, with_source=True)


def _write_csv(columns: Sequence[str], evaluations: Sequence[Evaluation], path: Path, *, with_source: bool) -> None:
    names = list(dict.fromkeys(metric.name for evaluation in evaluations for metric in measured(evaluation)))
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([*columns, *names])
    for evaluation in evaluations:
        source = [csv_cell(evaluation.source)] if with_source else []
        for result in evaluation.results:
            for frame in result.frames:
                scores = [_csv_score(frame.scores.get(name)) for name in names]
                place = [frame.index, _csv_seconds(frame.moment), frame.left, frame.right, frame.time]
                writer.writerow([*source, csv_cell(result.method.label), *place, frame.kind, *scores])
    write_text(path, buffer.getvalue())


def _csv_score(score: float | None) -> str:
    return "" if score is None or isnan(score) else repr(float(score))


def _csv_seconds(moment: Fraction | None) -> str:
    return "" if moment is None else f"{float(moment):.6f}"


def write_text(path: Path, text: str) -> None:
    """Write a file in UTF-8 with the line ends that `text` has, whole or not at all.

    Raises:
        WriteError: It cannot be written.
    """
    try:
        write_text_atomically(path, text)
    except OSError as error:
        raise WriteError(f"{path} cannot be written: {error.strerror or error}.", path=path) from error
