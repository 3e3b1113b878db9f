"""What an evaluation has found, in a sentence to read aloud and a line below it."""

from __future__ import annotations

from math import inf

from midframe.evaluation.methods.names import BASELINE_NAMES
from midframe.evaluation.report.format import capital, number_text, score_text, seconds_text
from midframe.evaluation.report.rivals import Rival, compare_with
from midframe.evaluation.report.summary import (
    GOALS,
    Group,
    digits_of,
    frames_of,
    mean_of,
    measured,
    present_groups,
    seconds_per_frame,
)
from midframe.evaluation.results import AS_RUN_NAME, Evaluation, Metric

FRAME_WORDS: dict[Group, str] = {"moving": "moving frame", "static": "still frame", "cut": "frame", "all": "frame"}


def headline(evaluation: Evaluation) -> str:
    """What was found about the first method, in one sentence."""
    groups = present_groups(evaluation)
    if not groups:
        return f"No frame of {evaluation.source} was interpolated, so there is nothing to compare."
    first, group, metric = evaluation.results[0], groups[0], headline_metric(evaluation)
    if metric is None:
        return f"{first.method.label} interpolated frames of {evaluation.source}, but no metric could be measured."
    frames = frames_of(first.frames, group)
    mean = mean_of(frames, metric.name)
    which = f"the {FRAME_WORDS[group]}{'' if len(frames) == 1 else 's'} of {evaluation.source}"
    if group == "cut":
        which += " across cuts"
    start = f"{first.method.label} rebuilds {which} {_reached(mean.value, metric)}"
    rival = main_rival(evaluation)
    return f"{start}{'' if rival is None else _against(rival, metric)}."


def details(evaluation: Evaluation) -> tuple[str, ...]:
    """The rest in sentences: how sure the headline is, the other models, and the time."""
    metric, groups = headline_metric(evaluation), present_groups(evaluation)
    if metric is None or not groups:
        return ()
    first, group = evaluation.results[0], groups[0]
    frames = frames_of(first.frames, group)
    sentences = []
    rival = main_rival(evaluation)
    if rival is not None and rival.gain.low is not None and rival.gain.high is not None:
        low, high = rival.gain.low, rival.gain.high
        if rival.gain.mean < 0:
            low, high = -high, -low
        ends = " to ".join(short_text(end, metric) for end in (low, high))
        if short_text(low, metric) != short_text(high, metric):
            sentences.append(
                f"The difference is {ends}{unit_text(metric)} (95% interval over {rival.gain.count} frames)."
            )
    for other in evaluation.results[1:]:
        if other.method.name in (AS_RUN_NAME, *BASELINE_NAMES) or (rival and other is rival.result):
            continue
        compared = compare_with(first, other, metric, frames)
        if compared is not None:
            reached = score_text(mean_of(frames_of(other.frames, group), metric.name).value, metric)
            note = {"as good": ", as good", "unclear": ", no measurable difference"}.get(compared.quality, "")
            sentences.append(f"{other.method.label}: {reached}{note}.")
    seconds = seconds_per_frame(first)
    if seconds:
        sentences.append(f"{first.method.label} takes {seconds_text(seconds)} a frame.")
    return tuple(map(capital, sentences))


def headline_metric(evaluation: Evaluation) -> Metric | None:
    """The first metric of which more is better or worse, and of which the first method has a mean."""
    groups = present_groups(evaluation)
    if not groups:
        return None
    frames = frames_of(evaluation.results[0].frames, groups[0])
    usable = (metric for metric in measured(evaluation) if metric.name not in GOALS)
    return next((metric for metric in usable if mean_of(frames, metric.name).value is not None), None)


def main_rival(evaluation: Evaluation) -> Rival | None:
    """What the first method is compared with in words: plain blending, else the best baseline, else the best method."""
    metric, groups = headline_metric(evaluation), present_groups(evaluation)
    if metric is None:
        return None
    first = evaluation.results[0]
    frames = frames_of(first.frames, groups[0])
    rivals = [
        rival
        for other in evaluation.results[1:]
        if other.method.name != AS_RUN_NAME and (rival := compare_with(first, other, metric, frames)) is not None
    ]
    baselines = [rival for rival in rivals if rival.result.method.name in BASELINE_NAMES]
    plain = [rival for rival in baselines if rival.result.method.name == BASELINE_NAMES[0]]
    return max(plain or baselines or rivals, key=lambda rival: rival.gain.mean, default=None)


def _reached(value: float | None, metric: Metric) -> str:
    if value == inf:
        return "without any error"
    if metric.unit == "dB":
        return f"at {number_text(value, 1)} dB"
    return f"at {metric.label} {score_text(value, metric)}"


def _against(rival: Rival, metric: Metric) -> str:
    label = rival.result.method.label
    if rival.quality == "as good":
        return f", as good as {label}"
    if rival.quality == "unclear" and rival.gain.is_known:
        return f", no measurable difference from {label}"
    words = "worse than" if rival.gain.mean > 0 else "better than"
    return f", {short_text(abs(rival.gain.mean), metric)}{unit_text(metric)} {words} {label}"


def short_text(value: float, metric: Metric) -> str:
    """As few digits as can be read aloud: tenths of a decibel, more where that would be nothing."""
    digits = digits_of(metric) - 1
    return number_text(value, digits if abs(value) >= 10**-digits else digits + 1)


def unit_text(metric: Metric) -> str:
    """What stands after a difference: its unit, or the metric where it has none."""
    return f" {metric.unit}" if metric.unit else f" {metric.label}"
