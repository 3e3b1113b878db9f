"""Numbers and sentences of a report."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import isinf

from midframe.evaluation.report.summary import GOALS, Group, Mean, digits_of
from midframe.evaluation.results import Evaluation, Metric

NONE = "–"
MINUS = "\N{MINUS SIGN}"

GROUP_LABELS: dict[Group, str] = {"moving": "Moving", "static": "Still", "cut": "Across cuts", "all": "All"}

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
    """How far a mean is from another one, with its sign; empty where that is nothing or not a number."""
    if mean.value is None or reference.value is None or isinf(mean.value) or isinf(reference.value):
        return ""
    text = signed_text(mean.value - reference.value, metric)
    return text if text.startswith(("+", MINUS)) else ""


def signed_text(value: float, metric: Metric) -> str:
    """A difference with its sign, which zero has none of."""
    text = f"{value:+.{digits_of(metric)}f}"
    return (text[1:] if float(text) == 0 else text).replace("-", MINUS)


def seconds_text(seconds: float | None) -> str:
    """A time span as people say it: tenths below ten of a unit, and no decimals above."""
    if seconds is None:
        return NONE
    if seconds >= 100:
        return f"{int(seconds // 60)} min {int(seconds % 60)} s"
    if seconds >= 0.9995:
        return f"{seconds:.{0 if seconds >= 9.95 else 1}f} s"
    milliseconds = seconds * 1000
    return f"{milliseconds:.{0 if milliseconds >= 9.95 else 1}f} ms" if milliseconds >= 0.1 else "< 0.1 ms"


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


def capital(text: str) -> str:
    """A sentence with a capital at its start, unless it starts with the name of the program."""
    return text if text.startswith("midframe") else text[:1].upper() + text[1:]


def missing_notes(evaluation: Evaluation) -> Iterator[str]:
    """Sentences about methods that have no frame at the end of the source, and about metrics that were not measured."""
    if any(not metric.absent for metric in evaluation.metrics):
        for result in evaluation.results:
            missing = sum(not frame.scores for frame in result.frames)
            if missing:
                last = "the last frame" if missing == 1 else f"the last {missing} frames"
                yield f"{capital(result.method.label)} cannot interpolate {last}; its means are over the others."
    for metric in evaluation.metrics:
        if metric.absent:
            yield f"{metric.label} was not measured: {metric.absent}."
