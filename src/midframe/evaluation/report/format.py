"""Numbers and sentences of a report."""

from __future__ import annotations

from fractions import Fraction
from math import inf, isinf
from operator import itemgetter

from midframe.evaluation.report.summary import (
    GOALS,
    Group,
    Mean,
    digits_of,
    frames_of,
    mean_of,
    measured,
    present_groups,
    time_ratio,
)
from midframe.evaluation.results import AS_RUN_NAME, Evaluation, MethodResult, Metric

NONE = "–"
MINUS = "\N{MINUS SIGN}"

GROUP_LABELS: dict[Group, str] = {"moving": "Moving", "static": "Static", "cut": "Across cuts", "all": "All"}

DEFINITIONS = {
    "psnr": (
        "Peak signal-to-noise ratio: 10·log₁₀(peak² / mean squared error), over all pixels and the channels R, G and B "
        "at once. 1 dB more is a fifth less squared error. A frame without any error has no finite value: it is "
        "counted as exact and left out of the mean."
    ),
    "ssim": (
        "Structural similarity (Wang et al. 2004): likeness of local means, contrasts and structure in a Gaussian "
        "window of 11 × 11 pixels, mean over places and channels; 1 is identical."
    ),
    "ms_ssim": "Multi-scale SSIM (Wang et al. 2003): SSIM over five sizes of the picture; 1 is identical.",
    "lpips": (
        "Learned perceptual distance (Zhang et al. 2018): distance between features of a classification network; "
        "0 is identical."
    ),
    "sharpness": (
        "Gradient energy of the interpolated frame over that of the true one (GRA1 in Pertuz et al. 2013): 1 is as "
        "sharp, less is blurred, more is noisy. It does not say whether the detail is in its place."
    ),
    "tof": (
        "Temporal consistency (tOF in Chu et al. 2020): how far the motion into the interpolated frame is from the "
        "motion into the true one, mean of |Δu| + |Δv| over all pixels, with Farnebäck's optical flow."
    ),
}
"""Definitions by name of the metric."""


def direction_of(metric: Metric) -> tuple[str, str]:
    """Which way a metric is better: a sign and words."""
    if metric.name in GOALS:
        return f"→ {GOALS[metric.name]:g}", f"closer to {GOALS[metric.name]:g} is better"
    return ("↑", "higher is better") if metric.higher_is_better else ("↓", "lower is better")


def number_text(value: float | None, digits: int) -> str:
    """A number with a fixed count of decimals; ∞ where it is, a dash if there is none."""
    if value is None:
        return NONE
    if isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    return f"{value:.{digits}f}".replace("-", MINUS)


def score_text(value: float | None, metric: Metric) -> str:
    """A score with its unit."""
    text = number_text(value, digits_of(metric))
    return f"{text} {metric.unit}" if metric.unit and text != NONE else text


def difference_text(mean: Mean, reference: Mean, metric: Metric) -> str:
    """How far a mean is from another one, with its sign; empty where that is not a number."""
    if mean.value is None or reference.value is None or isinf(mean.value) or isinf(reference.value):
        return ""
    text = f"{mean.value - reference.value:+.{digits_of(metric)}f}"
    return f"±{text[1:]}" if float(text) == 0 else text.replace("-", MINUS)


def seconds_text(seconds: float | None) -> str:
    """A time span as people say it, with three significant digits."""
    if seconds is None:
        return NONE
    if seconds >= 100:
        return f"{int(seconds // 60)} min {int(seconds % 60)} s"
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{seconds * 1000:.3g} ms" if seconds >= 1e-4 else "< 0.1 ms"


def ratio_text(ratio: float | None) -> str:
    """A multiple, such as "0.55×"."""
    if ratio is None:
        return NONE
    return f"{ratio:.2f}×" if ratio >= 0.005 else "< 0.01×"


def moment_text(moment: Fraction | None) -> str:
    """A time in the source, such as "2.280 s" or "1:02.280"; empty where frames have none."""
    if moment is None:
        return ""
    minutes, milliseconds = divmod(round(moment * 1000), 60_000)
    if not minutes:
        return f"{milliseconds / 1000:.3f} s"
    return f"{minutes}:{milliseconds / 1000:06.3f}"


def headline(evaluation: Evaluation) -> str:
    """What the evaluation has found about its first method, in one sentence."""
    groups, metrics = present_groups(evaluation), measured(evaluation)
    if not groups:
        return f"No frame of {evaluation.source} was drawn again, so there is nothing to compare."
    first, group = evaluation.results[0], groups[0]
    label, kind = first.method.label, {"moving": "moving ", "static": "static ", "cut": "", "all": ""}[group]
    across = " across cuts" if group == "cut" else ""
    for metric in metrics:
        own = mean_of(frames_of(first.frames, group), metric.name)
        if own.value is not None and metric.name not in GOALS:
            reached = f"at {score_text(own.value, metric)} {metric.label}" if own.value != inf else "without any error"
            start = f"{label} draws the dropped {kind}frames of {evaluation.source}{across} {reached}"
            return f"{start}{_against_others(evaluation, metric, own, group)}."
    return f"{label} interpolated the dropped frames of {evaluation.source}, but no metric could be measured."


def _against_others(evaluation: Evaluation, metric: Metric, own: Mean, group: Group) -> str:
    """The part of the headline that compares the first method with the best other one."""
    first = evaluation.results[0]
    others = [result for result in evaluation.results[1:] if result.method.name != AS_RUN_NAME]
    ranked: list[tuple[float, MethodResult, Mean]] = []
    for result in others:
        mean = mean_of(frames_of(result.frames, group), metric.name)
        if mean.rank is not None:
            ranked.append((mean.rank if metric.higher_is_better else -mean.rank, result, mean))
    if not ranked or own.value is None:
        return ""
    _, rival, mean = max(ranked, key=itemgetter(0))
    text = difference_text(own, mean, metric)
    if not text:
        return f"; {rival.method.label}, the best of the others, reaches {score_text(mean.value, metric)}"
    unit = f" {metric.unit}" if metric.unit else ""
    if text.startswith("±"):
        distance = "as good as"
    else:
        better = text.startswith("+") == metric.higher_is_better
        distance = f"{text[1:]}{unit} {'better' if better else 'worse'} than"
    ratio = time_ratio(first, rival)
    if ratio is None:
        time = ""
    else:
        time = ", in the same time" if f"{ratio:.2f}" == "1.00" else f", in {ratio:.2f} times its time"
    return f", {distance} {rival.method.label}, the best of the others{time}"
