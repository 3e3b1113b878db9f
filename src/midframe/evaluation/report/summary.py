"""Means of scores by method and kind of frame, and which method is best."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import inf, isinf, isnan
from statistics import stdev
from typing import Literal

from midframe.evaluation.results import AS_RUN_NAME, Evaluation, FrameScore, MethodResult, Metric

Group = Literal["moving", "static", "cut", "all"]
GROUPS: tuple[Group, ...] = ("moving", "static", "cut", "all")
"""Groups in the order of reports: what interpolation is for stands first."""

EXACT_METRIC = "psnr"
"""The metric that is infinite for a frame without any error."""

EXACT_SCORE = 100.0
"""What a frame without any error counts, in dB, where methods are put in order; PSNR has no number for it."""


GOALS = {"sharpness": 1.0}
"""Metrics whose best value is neither the highest nor the lowest."""


@dataclass(frozen=True)
class Mean:
    """One metric over one group of frames.

    Attributes:
        value: Arithmetic mean over the frames with a finite score; inf if all are exact, None without any score.
        exact: How many frames have an infinite score and are not in `value`.
        frames: How many have a score, those included.
        rank: What methods are compared by: as `value`, but with exact frames counting `EXACT_SCORE`.
        deviation: Standard deviation of the finite scores; None for fewer than two.
    """

    value: float | None
    exact: int
    frames: int
    rank: float | None
    deviation: float | None = None


def measured(evaluation: Evaluation) -> tuple[Metric, ...]:
    """The metrics that there are scores of."""
    return tuple(metric for metric in evaluation.metrics if not metric.absent)


def frames_of(frames: Iterable[FrameScore], group: Group) -> list[FrameScore]:
    """Those that belong to a group."""
    return [frame for frame in frames if group in ("all", frame.kind)]


def present_groups(evaluation: Evaluation) -> tuple[Group, ...]:
    """The groups that have frames; "all" only if that is something else than the only other one."""
    kinds = {frame.kind for result in evaluation.results for frame in result.frames}
    groups: list[Group] = [group for group in GROUPS if group in kinds]
    if len(groups) > 1:
        groups.append("all")
    return tuple(groups)


def results_of(evaluation: Evaluation, group: Group) -> tuple[MethodResult, ...]:
    """The methods of a group; where everything moves, nothing is held, and that row would repeat the first."""
    return tuple(result for result in evaluation.results if group != "moving" or result.method.name != AS_RUN_NAME)


def mean_of(frames: Iterable[FrameScore], metric: str) -> Mean:
    """The mean of a metric; scores that are missing or no numbers are left out, infinite ones of all but PSNR too."""
    scores = [frame.scores[metric] for frame in frames if metric in frame.scores]
    scores = [score for score in scores if not isnan(score) and (metric == EXACT_METRIC or not isinf(score))]
    finite = [score for score in scores if not isinf(score)]
    exact = len(scores) - len(finite)
    if not scores:
        return Mean(None, 0, 0, None)
    return Mean(
        value=sum(finite) / len(finite) if finite else inf,
        exact=exact,
        frames=len(scores),
        rank=(sum(finite) + exact * EXACT_SCORE) / len(scores),
        deviation=stdev(finite) if len(finite) > 1 else None,
    )


def means_of(evaluation: Evaluation, group: Group) -> dict[str, dict[str, Mean]]:
    """All means over one group, by name of the method and name of the metric."""
    return {
        result.method.name: {
            metric.name: mean_of(frames_of(result.frames, group), metric.name) for metric in measured(evaluation)
        }
        for result in results_of(evaluation, group)
    }


def best_of(means: Mapping[str, Mapping[str, Mean]], metric: Metric) -> frozenset[str]:
    """Names of the methods with the best mean as tables show it; empty where there is nothing to compare."""
    ranks = {
        name: round(rank, digits_of(metric))
        for name, by_metric in means.items()
        if (rank := by_metric[metric.name].rank) is not None
    }
    if len(ranks) < 2:
        return frozenset()
    if metric.name in GOALS:
        ranks = {name: -round(abs(rank - GOALS[metric.name]), digits_of(metric)) for name, rank in ranks.items()}
    top = max(ranks.values()) if metric.higher_is_better else min(ranks.values())
    return frozenset(name for name, rank in ranks.items() if rank == top)


def digits_of(metric: Metric) -> int:
    """Decimals that say something: hundredths of a decibel, ten-thousandths of what lies between 0 and 1."""
    return {"dB": 2, "px": 3}.get(metric.unit, 4)


def seconds_per_frame(result: MethodResult) -> float | None:
    """Wall time of interpolating one frame; None if there was none."""
    return result.interpolation_seconds / len(result.frames) if result.frames else None


def time_ratio(result: MethodResult, reference: MethodResult) -> float | None:
    """How many times as long as `reference` it takes for a frame; None if that cannot be said."""
    own, others = seconds_per_frame(result), seconds_per_frame(reference)
    return own / others if own is not None and others else None
