"""Benchmarks' figures as a table for people and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from midframe.evaluation.datasets.evaluate import DatasetEvaluation
from midframe.evaluation.results import Metric

DECIMALS = {"psnr": 2, "ssim": 4, "ie": 3}
ABSENT = "–"


def as_text(found: DatasetEvaluation) -> str:
    """The contenders' figures, and below them the published ones with their sources."""
    evaluation, dataset = found.evaluation, found.dataset
    metrics = evaluation.metrics
    rows = [("", *(_heading(metric) for metric in metrics), "")]
    rows += [
        (result.contender.name, *_cells(found.means(result), metrics), "measured here") for result in evaluation.results
    ]
    rows += [(row.method, *_cells(row.scores, metrics), row.source) for row in dataset.published]
    lines = [f"{dataset.label}: {evaluation.facts['samples']} samples, {evaluation.facts['frames']} frames drawn"]
    lines += [evaluation.facts["scored"], *found.notes]
    if not found.complete:
        lines.append("This is not the whole published set: its figures do not compare with the published ones.")
    return "\n".join([*lines, "", *_aligned(rows)])


def as_json(found: DatasetEvaluation) -> dict[str, Any]:
    """All that was found, in types that JSON has. PSNR of equal pictures is None, as JSON has no infinity."""
    evaluation, dataset = found.evaluation, found.dataset
    names = [sample.name for sample in found.samples for _ in sample.targets]
    return {
        "dataset": dataset.name,
        "label": dataset.label,
        "protocol": dataset.protocol.words,
        "samples": len(found.samples),
        "published_samples": dataset.size,
        "complete": found.complete,
        "notes": list(found.notes),
        "metrics": [
            {"name": metric.name, "unit": metric.unit, "higher_is_better": metric.higher_is_better}
            for metric in evaluation.metrics
        ],
        "results": [
            {
                "contender": result.contender.name,
                "settings": dict(result.contender.settings),
                "means": _finite(found.means(result)),
                "drawing_seconds": result.drawing_seconds,
                "frames": [
                    {"sample": name, "time": str(frame.time), "scores": _finite(frame.scores)}
                    for name, frame in zip(names, result.frames, strict=True)
                ],
            }
            for result in evaluation.results
        ],
        "published": [
            {"method": row.method, "scores": dict(row.scores), "source": row.source} for row in dataset.published
        ],
    }


def _heading(metric: Metric) -> str:
    return f"{metric.label} ({metric.unit})" if metric.unit else metric.label


def _cells(scores: Mapping[str, float], metrics: Sequence[Metric]) -> list[str]:
    return [
        f"{scores[metric.name]:.{DECIMALS[metric.name]}f}" if metric.name in scores else ABSENT for metric in metrics
    ]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """First and last column flush left, figures flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    inner = range(1, len(widths) - 1)
    return [
        "  ".join([row[0].ljust(widths[0]), *(row[place].rjust(widths[place]) for place in inner), row[-1]]).rstrip()
        for row in rows
    ]


def _finite(scores: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if value == float("inf") else value for name, value in scores.items()}
