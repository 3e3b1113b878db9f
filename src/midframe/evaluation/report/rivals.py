"""Two methods compared on the frames that both have interpolated: better, worse, as good, or indistinguishable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, log
from typing import Literal

from midframe.evaluation.report.summary import time_ratio
from midframe.evaluation.results import FrameScore, MethodResult, Metric
from midframe.evaluation.uncertainty import Interval95, interval_over_frames

NOTICEABLE = {"psnr": 0.05, "ssim": 0.0005, "ms_ssim": 0.0005, "lpips": 0.0005, "sharpness": 0.005, "tof": 0.01}
"""Differences of means below which two methods count as equally good, however sure they are."""

FASTER, SLOWER = 0.9, 1.1
"""Ratios of time between which two methods count as equally fast."""

Quality = Literal["better", "worse", "as good", "unclear"]
Speed = Literal["faster", "slower", "as fast", "unclear"]


@dataclass(frozen=True)
class Rival:
    """Another method, compared with the first.

    Attributes:
        result: Scores and time of the other method.
        gain: How much better its scores are, frame by frame; negative if they are worse.
        quality: What `gain` comes to; "unclear" where the interval holds differences that matter and none at all.
        time: Its time over the first one's; None if unknown.
        speed: What its time comes to, as `quality`.
    """

    result: MethodResult
    gain: Interval95
    quality: Quality
    time: float | None
    speed: Speed


def compare_with(
    first: MethodResult, other: MethodResult, metric: Metric, frames: Sequence[FrameScore]
) -> Rival | None:
    """Compare another method with the first one.

    Args:
        first: The method that the evaluation is about.
        other: The other method.
        metric: What both are compared by.
        frames: Frames of the first method to compare on; those without a finite score of both are left out.

    Returns:
        None if no frame is left.
    """
    theirs = {frame.index: frame.scores.get(metric.name) for frame in other.frames}
    gains = [
        (score - own) * (1 if metric.higher_is_better else -1)
        for frame in frames
        if (own := frame.scores.get(metric.name)) is not None
        and (score := theirs.get(frame.index)) is not None
        and isfinite(own)
        and isfinite(score)
    ]
    if not gains:
        return None
    gain = interval_over_frames(gains)
    return Rival(
        other, gain, _quality(gain, NOTICEABLE.get(metric.name, 0.0)), time_ratio(other, first), _speed(first, other)
    )


def _quality(gain: Interval95, noticeable: float) -> Quality:
    if gain.excludes_zero and abs(gain.mean) >= noticeable:
        return "better" if gain.mean > 0 else "worse"
    return "as good" if gain.excludes_zero or gain.lies_within(-noticeable, noticeable) else "unclear"


def _speed(first: MethodResult, other: MethodResult) -> Speed:
    """By the ratio of times in each interval, so that what slows both down for a while does not count."""
    ratios = [
        log(theirs / own)
        for own, theirs in zip(first.interval_seconds, other.interval_seconds, strict=False)
        if own > 0 and theirs > 0
    ]
    if not ratios:
        return "unclear"
    ratio = interval_over_frames(ratios)
    if ratio.low is None or ratio.high is None:
        return "unclear"
    low, high = exp(ratio.low), exp(ratio.high)
    if high < FASTER:
        return "faster"
    if low > SLOWER:
        return "slower"
    return "as fast" if low >= FASTER and high <= SLOWER else "unclear"
