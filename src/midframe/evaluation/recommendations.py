"""Recommendations: sentences that are computed from the figures of an evaluation.

They are about frames between which something moves, or about all if nothing does, and go by the first metric that was
measured. Differences inside the noise give no sentence (`midframe.evaluation.report.rivals`). Options stand in
backticks (`midframe.errors`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from midframe.evaluation.methods.names import BASELINE_NAMES
from midframe.evaluation.report.format import capital, number_text
from midframe.evaluation.report.headline import main_rival
from midframe.evaluation.report.rivals import Rival, compare_with
from midframe.evaluation.report.summary import digits_of, frames_of, measured, present_groups
from midframe.evaluation.results import AS_RUN_NAME, Evaluation, MethodResult, Metric

ADJUSTABLE = ("flow_scale", "mode", "precision", "quality")
"""Settings of models that are options of a job too."""


def recommendations_of(evaluation: Evaluation) -> tuple[str, ...]:
    """Sentences, the most useful first. Empty where nothing was measured or there is nothing to compare with."""
    metrics, groups = measured(evaluation), present_groups(evaluation)
    if not metrics or not groups:
        return ()
    metric, first = metrics[0], evaluation.results[0]
    rivals = [
        rival
        for other in evaluation.results[1:]
        if other.method.name != AS_RUN_NAME
        and (rival := compare_with(first, other, metric, frames_of(first.frames, groups[0]))) is not None
    ]
    named = main_rival(evaluation)
    baselines = [rival for rival in rivals if rival.result.method.name in BASELINE_NAMES]
    models = [rival for rival in rivals if rival.result.method.name not in BASELINE_NAMES]
    return (
        *_about_baselines(first, baselines, metric, None if named is None else named.result),
        *(sentence for rival in models if (sentence := _about_model(first, rival, metric))),
        *_about_holding(evaluation),
    )


def _about_baselines(
    first: MethodResult, rivals: Sequence[Rival], metric: Metric, named: MethodResult | None
) -> Iterator[str]:
    """Whether the model is worth its time, against the baselines that the headline does not name."""
    name = first.method.label
    if not rivals:
        return
    best = max(rivals, key=lambda rival: rival.gain.mean)
    if best.quality == "worse" and best.result is not named:
        amount = _amount(-best.gain.mean, metric)
        yield f"The best of the baselines here is {best.result.method.label}; {name} is {amount} better."
    for rival in sorted(rivals, key=lambda rival: -rival.gain.mean):
        label = capital(rival.result.method.label)
        if rival.quality == "better":
            yield f"{label} is {_amount(rival.gain.mean, metric)} better than {name} here{_at_time(rival)}."
        elif rival.quality == "as good" and rival.speed == "faster":
            yield f"{label} is as good as {name} here{_at_time(rival)}."


def _about_model(first: MethodResult, rival: Rival, metric: Metric) -> str:
    """Whether to change an option, or the model; "" where the figures do not say."""
    if rival.quality == "unclear" or (rival.quality == "as good" and rival.speed != "faster"):
        return ""
    amount = _amount(abs(rival.gain.mean), metric)
    effect = {"as good": "is as good", "better": f"gains {amount}", "worse": f"loses {amount}"}[rival.quality]
    good = rival.quality != "worse" and rival.speed != "slower"
    advice = f": use {' '.join(_changes(first, rival))}" if good else ""
    return f"{capital(rival.result.method.label)} {effect}{_and_time(rival)} here{advice}."


def _changes(first: MethodResult, rival: Rival) -> list[str]:
    """Options that make the first method the other one."""
    own, theirs = first.method.settings, rival.result.method.settings
    changed = [key for key in ADJUSTABLE if own.get(key) != theirs.get(key)]
    if own.get("model_sha256") != theirs.get("model_sha256") or not changed:
        return [f"`model={theirs.get('model')}`"]
    return [f"`{key}={theirs.get(key)}`" for key in changed]


def _about_holding(evaluation: Evaluation) -> Iterator[str]:
    """What jobs do at cuts: scores say little about it."""
    cuts = len(evaluation.cut_indices)
    held = next((result for result in evaluation.results if result.method.name == AS_RUN_NAME), None)
    if cuts and held is not None:
        found = "1 cut was found; there" if cuts == 1 else f"{cuts} cuts were found; at these"
        yield (
            f"{found}, midframe repeats the previous frame instead of interpolating, as in the row "
            f"“{held.method.label}”."
        )


def _amount(value: float, metric: Metric) -> str:
    return f"{number_text(value, digits_of(metric))} {metric.unit or metric.label}"


def _at_time(rival: Rival) -> str:
    return f", in {_percent(rival.time)} of the time" if rival.speed == "faster" and rival.time is not None else ""


def _and_time(rival: Rival) -> str:
    if rival.time is None or rival.speed in ("unclear", "as fast"):
        return ""
    if rival.speed == "faster":
        return f" and takes {_percent(1 - rival.time)} less time"
    return f" and takes {rival.time:.1f} times as long"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if share >= 0.01 else "less than 1%"
