"""Whether adapted weights are better than the base weights: the criteria, on plain numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from midframe.finetuning.options import AcceptanceRules

StretchScores = Mapping[str, float]
"""Mean scores of the patches of one held-out stretch, by measure: see `midframe.finetuning.scoring`."""


@dataclass(frozen=True)
class AcceptanceResult:
    """The outcome of the acceptance test of a candidate.

    Attributes:
        better: Whether the candidate meets the rules.
        gain: The figure that ranks candidates, in dB: see `AcceptanceRules.margin`.
        gains: Candidate minus base by measure, averaged over the stretches.
        reason: Why the candidate does not meet the rules, as a clause for users; "" if it does.
    """

    better: bool
    gain: float
    gains: Mapping[str, float]
    reason: str = ""


def check_acceptance(
    base: Sequence[StretchScores], candidate: Sequence[StretchScores], rules: AcceptanceRules
) -> AcceptanceResult:
    """Test a candidate against the rules.

    Args:
        base: Scores of the base weights, one for each held-out stretch.
        candidate: Scores of the candidate for the same stretches and measures.
        rules: The rules.

    Raises:
        ValueError: The numbers of stretches differ, or there are none.
    """
    if len(base) != len(candidate) or not base:
        raise ValueError(f"{len(base)} stretches of the base cannot be compared with {len(candidate)}")
    stretch_gains = [
        {name: after[name] - before[name] for name in before} for before, after in zip(base, candidate, strict=True)
    ]
    gains = {name: fmean(gain[name] for gain in stretch_gains) for name in stretch_gains[0]}
    gain = mean_of_sizes(gains, "psnr")
    sharpness = fmean(scores["sharpness"] for scores in base)
    reason = ""
    if not gain >= rules.margin:
        outcome = f"lost {-gain:.2f} dB" if gain < 0 else f"gained {gain:.2f} dB"
        reason = f"held-out frames {outcome}, where a gain of {rules.margin:g} dB is needed"
    elif (
        not min(
            gains["psnr"], gains["near_psnr"], *(mean_of_sizes(stretch_gain, "psnr") for stretch_gain in stretch_gains)
        )
        >= -rules.worst
    ):
        reason = "some of the held-out frames became worse"
    elif not mean_of_sizes(gains, "ssim") >= 0:
        reason = f"held-out frames lost structure (SSIM {mean_of_sizes(gains, 'ssim'):+.4f})"
    elif not gains.get("ms_ssim", 0.0) >= 0:
        reason = f"held-out frames lost structure (MS-SSIM {gains['ms_ssim']:+.5f})"
    elif not _is_sharp_enough(gains, sharpness, rules):
        reason = (
            f"held-out frames became less sharp (gradient energy {gains['sharpness']:+.2f}, of which "
            f"{max(0.0, -gains['gradient_error']):.2f} was error)"
        )
    return AcceptanceResult(not reason, gain, gains, reason)


def mean_of_sizes(gains: Mapping[str, float], name: str) -> float:
    """Mean of a measure over frames at full and at half size."""
    return (gains[name] + gains[f"near_{name}"]) / 2


def _is_sharp_enough(gains: Mapping[str, float], sharpness: float, rules: AcceptanceRules) -> bool:
    """Whether the loss of gradient energy is within the limits, and mostly error where it is visible."""
    loss, error_loss = -gains["sharpness"], -gains["gradient_error"]
    visible = max(0.0, loss - rules.unseen * sharpness)
    return loss <= rules.sharpness * sharpness and error_loss >= rules.error_share * visible
