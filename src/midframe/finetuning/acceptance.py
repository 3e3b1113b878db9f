"""Whether adapted weights are better than those they began with: the rules, on plain numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

Scores = Mapping[str, float]
"""Means over the patches of one held-out stretch, by name: see `midframe.finetuning.scoring`."""


@dataclass(frozen=True)
class GateRules:
    """What adapted weights must reach on held-out frames.

    Attributes:
        margin: PSNR that must be gained, in dB: the mean of frames as they are and at half the size, over all
            stretches.
        worst: What either of the two, or any stretch, may lose of PSNR, in dB.
        sharpness: Share of the base's gradient energy that may go at most.
        unseen: Share of it that may go whatever it was: 5 % of the energy are 2.5 % of the contrast of fine detail.
        error_share: Of the gradient energy that goes beyond that, so much must have been error. What is drawn from two
            noisy frames has less noise than either, and losing noise lowers the error by what it takes from the energy;
            blurring takes energy and raises the error.
    """

    margin: float = 0.05
    worst: float = 0.05
    sharpness: float = 0.35
    unseen: float = 0.05
    error_share: float = 0.5


@dataclass(frozen=True)
class Verdict:
    """What the gate says.

    Attributes:
        better: Whether the weights may replace those of the base.
        gain: What decides among better ones: see `GateRules.margin`, in dB.
        gains: Candidate minus base, by measure, averaged over the stretches.
        reason: Why they may not: a clause for users, "" if they may.
    """

    better: bool
    gain: float
    gains: Mapping[str, float]
    reason: str = ""


def judge(base: Sequence[Scores], candidate: Sequence[Scores], rules: GateRules) -> Verdict:
    """Hold a candidate to the rules.

    Args:
        base: One for each held-out stretch.
        candidate: Likewise, of the same stretches and measures.
        rules: See `GateRules`.
    """
    if len(base) != len(candidate) or not base:
        raise ValueError(f"{len(base)} stretches of the base cannot be compared with {len(candidate)}")
    each = [
        {name: after[name] - before[name] for name in before} for before, after in zip(base, candidate, strict=True)
    ]
    gains = {name: fmean(gain[name] for gain in each) for name in each[0]}
    gain = both(gains, "psnr")
    sharpness = fmean(scores["sharpness"] for scores in base)
    reason = ""
    if not gain >= rules.margin:
        outcome = f"lost {-gain:.2f} dB" if gain < 0 else f"gained {gain:.2f} dB"
        reason = f"held-out frames {outcome}, and a gain of {rules.margin:g} dB is asked for"
    elif not min(gains["psnr"], gains["near_psnr"], *(both(one, "psnr") for one in each)) >= -rules.worst:
        reason = "some of the held-out frames became worse"
    elif not both(gains, "ssim") >= 0:
        reason = f"held-out frames lost structure (SSIM {both(gains, 'ssim'):+.4f})"
    elif not gains.get("ms_ssim", 0.0) >= 0:
        reason = f"held-out frames lost structure (MS-SSIM {gains['ms_ssim']:+.5f})"
    elif not _sharp_enough(gains, sharpness, rules):
        reason = (
            f"held-out frames became less sharp (gradient energy {gains['sharpness']:+.2f}, of which "
            f"{max(0.0, -gains['gradient_error']):.2f} was error)"
        )
    return Verdict(not reason, gain, gains, reason)


def both(gains: Mapping[str, float], name: str) -> float:
    """Mean of a measure of frames as they are and at half the size."""
    return (gains[name] + gains[f"near_{name}"]) / 2


def _sharp_enough(gains: Mapping[str, float], sharpness: float, rules: GateRules) -> bool:
    """Whether no more gradient energy is gone than may, and what is gone beyond the unseen was error mostly."""
    gone, error_gone = -gains["sharpness"], -gains["gradient_error"]
    seen = max(0.0, gone - rules.unseen * sharpness)
    return gone <= rules.sharpness * sharpness and error_gone >= rules.error_share * seen
