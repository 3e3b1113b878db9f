"""Results on a benchmark as a table for people and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from midframe.evaluation.datasets.evaluation import DatasetEvaluation
from midframe.evaluation.results import Metric
from midframe.tables import format_table

DECIMALS = {"psnr": 2, "ssim": 4, "ie": 3}
ABSENT = "–"


def dataset_table(dataset_evaluation: DatasetEvaluation) -> list[str]:
    """Lines: the methods' figures, and below them the published ones with their sources."""
    evaluation, dataset = dataset_evaluation.evaluation, dataset_evaluation.dataset
    metrics = evaluation.metrics
    rows = [("", *(_metric_heading(metric) for metric in metrics), "")]
    rows += [
        (result.method.label, *_figures(dataset_evaluation.means(result), metrics), "measured here")
        for result in evaluation.results
    ]
    rows += [(row.method, *_figures(row.scores, metrics), row.source) for row in dataset.published]
    facts = evaluation.facts
    lines = [f"{dataset.label}: {facts['samples']} samples, {facts['frames']} frames interpolated"]
    lines += [evaluation.facts["scored"], *dataset_evaluation.notes]
    if not dataset_evaluation.complete:
        lines.append("This is only a part of the published set: its figures are not comparable with published ones.")
    return [*lines, "", *format_table(rows, "<" + ">" * len(metrics) + "<")]


def dataset_document(dataset_evaluation: DatasetEvaluation) -> dict[str, Any]:
    """Everything that was found, in types that JSON has. PSNR of equal images is None, as JSON has no infinity."""
    evaluation, dataset = dataset_evaluation.evaluation, dataset_evaluation.dataset
    names = [sample.name for sample in dataset_evaluation.samples for _ in sample.targets]
    return {
        "dataset": dataset.name,
        "label": dataset.label,
        "protocol": dataset.protocol.words,
        "samples": len(dataset_evaluation.samples),
        "published_samples": dataset.size,
        "complete": dataset_evaluation.complete,
        "notes": list(dataset_evaluation.notes),
        "metrics": [
            {"name": metric.name, "unit": metric.unit, "higher_is_better": metric.higher_is_better}
            for metric in evaluation.metrics
        ],
        "results": [
            {
                "method": result.method.label,
                "settings": dict(result.method.settings),
                "means": _finite(dataset_evaluation.means(result)),
                "interpolation_seconds": result.interpolation_seconds,
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


def _metric_heading(metric: Metric) -> str:
    return f"{metric.label} ({metric.unit})" if metric.unit else metric.label


def _figures(scores: Mapping[str, float], metrics: Sequence[Metric]) -> list[str]:
    return [
        f"{scores[metric.name]:.{DECIMALS[metric.name]}f}" if metric.name in scores else ABSENT for metric in metrics
    ]


def _finite(scores: Mapping[str, float]) -> dict[str, float | None]:
    return {name: None if value == float("inf") else value for name, value in scores.items()}
