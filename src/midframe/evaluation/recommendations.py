"""Recommendations: sentences that are computed from the figures of an evaluation.

They are about frames between which something moves, or about all if nothing does, and go by the first metric that was
measured. Methods are compared on frames that both have interpolated. Options stand in backticks (`midframe.errors`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from midframe.evaluation.methods.variants import BASELINE_NAMES
from midframe.evaluation.report.format import number_text
from midframe.evaluation.report.summary import digits_of, frames_of, measured, present_groups, time_ratio
from midframe.evaluation.results import AS_RUN_NAME, Evaluation, FrameScore, MethodResult, Metric

NOTICEABLE = {"psnr": 0.05, "ssim": 0.0005, "ms_ssim": 0.0005, "sharpness": 0.005, "tof": 0.01}
"""Differences of means below which two methods count as equally good."""

FASTER, SLOWER = 0.9, 1.1
"""Ratios of time between which two methods count as equally fast."""

ADJUSTABLE = ("flow_scale", "mode", "precision", "quality")
"""Settings of models that are options of a job too."""


@dataclass(frozen=True)
class _Rival:
    """Another method, compared with the first.

    Attributes:
        result: Scores and time of the other method.
        gain: How much better its mean is; negative if it is worse.
        notable: Whether that is a noticeable difference.
        time: Its time over the first one's; None if unknown.
    """

    result: MethodResult
    gain: float
    notable: bool
    time: float | None


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
        and (rival := _compared(first, other, metric, frames_of(first.frames, groups[0]))) is not None
    ]
    return (
        *_about_baselines(first, [rival for rival in rivals if rival.result.method.name in BASELINE_NAMES], metric),
        *(_about_model(first, rival, metric) for rival in rivals if rival.result.method.name not in BASELINE_NAMES),
        *_about_holding(evaluation),
    )


def _compared(first: MethodResult, other: MethodResult, metric: Metric, frames: Sequence[FrameScore]) -> _Rival | None:
    theirs = {frame.index: frame.scores.get(metric.name) for frame in other.frames}
    pairs = [
        (own, score)
        for frame in frames
        if (own := frame.scores.get(metric.name)) is not None
        and (score := theirs.get(frame.index)) is not None
        and isfinite(own)
        and isfinite(score)
    ]
    if not pairs:
        return None
    gain = sum(score - own for own, score in pairs) / len(pairs)
    if not metric.higher_is_better:
        gain = -gain
    return _Rival(other, gain, abs(gain) >= NOTICEABLE.get(metric.name, 0.0), time_ratio(other, first))


def _about_baselines(first: MethodResult, others: Sequence[_Rival], metric: Metric) -> Iterator[str]:
    """Whether the model is worth its time, against the baselines."""
    name = first.method.label
    if not others:
        return
    best = max(others, key=lambda rival: rival.gain)
    if best.notable and best.gain < 0:
        how_much = _amount(-best.gain, metric)
        if len(others) > 1:
            yield f"{name} is worth its time here: it beats the best of the others, {_label(best)}, by {how_much}."
        else:
            yield f"{name} is worth its time here: it beats {_label(best)} by {how_much}."
        return
    for rival in sorted(others, key=lambda rival: -rival.gain):
        label = _capital(_label(rival))
        if rival.notable and rival.gain > 0:
            yield f"{label} is better than {name} here by {_amount(rival.gain, metric)}{_at_time(rival)}."
        elif not rival.notable:
            yield f"{label} is as good as {name} here{_at_time(rival)}."


def _about_model(first: MethodResult, rival: _Rival, metric: Metric) -> str:
    """Whether to change an option, or the model."""
    own, theirs = first.method.settings, rival.result.method.settings
    changed = [key for key in ADJUSTABLE if own.get(key) != theirs.get(key)]
    same_weights = own.get("model_sha256") == theirs.get("model_sha256")
    subject = _capital(" and ".join(_setting(key, theirs.get(key, "")) for key in changed)) if changed else ""
    if not same_weights or not changed:
        subject = rival.result.method.label
    effect = (
        "is as good"
        if not rival.notable
        else f"{'gains' if rival.gain > 0 else 'loses'} {_amount(abs(rival.gain), metric)}"
    )
    advice = _advice(
        rival,
        [f"`{key}={theirs.get(key)}`" for key in changed] if same_weights else [f"`model={theirs.get('model')}`"],
    )
    return f"{subject} {effect}{_and_time(rival)} here{advice}."


def _advice(rival: _Rival, options: Sequence[str]) -> str:
    """Options to set, where that is plainly better."""
    good = rival.gain > 0 if rival.notable else rival.time is not None and rival.time < FASTER
    affordable = rival.time is None or rival.time <= SLOWER
    return f": use {' '.join(options)}" if good and affordable else ""


def _about_holding(evaluation: Evaluation) -> Iterator[str]:
    """What jobs do at cuts: scores say little about it."""
    cuts = len(evaluation.cut_indices)
    if cuts:
        found = "A cut was found" if cuts == 1 else f"{cuts} cuts were found"
        yield f"{found}: `midframe run` holds the frame before, as the row {AS_RUN_NAME!r} does."


def _setting(key: str, value: str) -> str:
    words = {"flow_scale": "flow scale", "mode": "mode", "precision": "precision", "quality": "quality"}
    return f"{words[key]} {value}"


def _label(rival: _Rival) -> str:
    return rival.result.method.label


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _amount(value: float, metric: Metric) -> str:
    return f"{number_text(value, digits_of(metric))} {metric.unit or metric.label}".strip()


def _at_time(rival: _Rival) -> str:
    if rival.time is None or rival.time >= FASTER:
        return ""
    return f", in {_percent(rival.time)} of the time"


def _and_time(rival: _Rival) -> str:
    if rival.time is None or FASTER <= rival.time <= SLOWER:
        return " and takes as long" if rival.time is not None else ""
    if rival.time < FASTER:
        return f" and saves {_percent(1 - rival.time)} of the time"
    return f" and takes {rival.time:.1f} times as long"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "less than 1 %"
