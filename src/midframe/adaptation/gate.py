"""Whether adapted weights are better than those they began with: the rules, on plain numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

Scores = Mapping[str, float]
"""Means over the patches of one held-out stretch, by name: "psnr" and so on, see `midframe.adaptation.scoring`."""


@dataclass(frozen=True)
class GateRules:
    """What adapted weights must reach on held-out frames.

    Attributes:
        margin: Gain of PSNR in dB, on average over all stretches.
        worst: No stretch may lose more PSNR than this, in dB.
        sharpness: Share of the base's sharpness that may go at most.
    """

    margin: float = 0.05
    worst: float = 0.02
    sharpness: float = 0.08


@dataclass(frozen=True)
class Verdict:
    """What the gate says.

    Attributes:
        better: Whether the weights may replace those of the base.
        gains: Candidate minus base, by measure, averaged over the stretches.
        reason: Why they may not: a clause for users, "" if they may.
    """

    better: bool
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
    return Verdict(not (reason := _objection(base, each, gains, rules)), gains, reason)


def _objection(base: Sequence[Scores], each: Sequence[Scores], gains: Mapping[str, float], rules: GateRules) -> str:
    """What speaks against the candidate; "" if nothing does."""
    if not gains["psnr"] >= rules.margin:
        return f"held-out frames gained {gains['psnr']:+.2f} dB, less than the {rules.margin:g} dB that are asked for"
    if not min(gain["psnr"] for gain in each) >= -rules.worst:
        return "some of the held-out frames became worse"
    for name, words in LIKENESS.items():
        if name in gains and not gains[name] >= 0:
            return f"{words} of held-out frames fell ({gains[name]:+.4f})"
    sharpness = fmean(scores["sharpness"] for scores in base)
    if not gains["sharpness"] >= -rules.sharpness * sharpness:
        return f"held-out frames became less sharp ({gains['sharpness']:+.2f} of the gradient energy of real frames)"
    return ""


LIKENESS = {"near_ssim": "SSIM at the distance of neighbouring frames", "ssim": "SSIM", "ms_ssim": "MS-SSIM"}
"""Measures that must not fall, and their names for people."""
