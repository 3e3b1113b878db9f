"""Results for programs: JSON with everything but the images, CSV with one row a frame and method.

docs/report.md describes both.
"""

from __future__ import annotations

import csv
import io
from fractions import Fraction
from math import isinf, isnan
from pathlib import Path
from typing import Any

from midframe.atomic import write_text_atomically
from midframe.errors import WriteError
from midframe.evaluation.report.summary import means_of, measured, present_groups, seconds_per_frame
from midframe.evaluation.results import Evaluation, MethodResult
from midframe.text import csv_cell, json_text

FORMAT = "midframe-evaluation"
FORMAT_VERSION = 1


def write_results_json(evaluation: Evaluation, path: Path) -> None:
    """Write everything but the images.

    Raises:
        WriteError: The file cannot be written.
    """
    document = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
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
        "recommendations": list(evaluation.recommendations),
        "contenders": [_method_document(evaluation, result) for result in evaluation.results],
    }
    write_text(path, json_text(document, indent=1, allow_nan=False) + "\n")


def _method_document(evaluation: Evaluation, result: MethodResult) -> dict[str, Any]:
    name = result.method.name
    return {
        "name": name,
        "label": result.method.label,
        "settings": dict(result.method.settings),
        "drawing_seconds": result.interpolation_seconds,
        "seconds_per_frame": seconds_per_frame(result),
        "means": {
            group: {
                metric: {"mean": _score(mean.value), "exact": mean.exact, "frames": mean.frames}
                for metric, mean in means_of(evaluation, group)[name].items()
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
    names = [metric.name for metric in measured(evaluation)]
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["contender", "index", "moment", "left", "right", "time", "kind", *names])
    for result in evaluation.results:
        for frame in result.frames:
            scores = [_csv_score(frame.scores.get(name)) for name in names]
            place = [frame.index, _csv_seconds(frame.moment), frame.left, frame.right, frame.time]
            writer.writerow([csv_cell(result.method.name), *place, frame.kind, *scores])
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
        raise WriteError(
            f"{path} cannot be written: {error.strerror or error}. Name a place in a folder that exists and is yours.",
            path=path,
        ) from error
