"""Results of a comparison in words."""

from __future__ import annotations

from fractions import Fraction
from math import inf

from midframe.evaluation.comparison.pairing import ComparedPair
from midframe.evaluation.comparison.scores import ComparisonScores, MomentScore
from midframe.evaluation.comparison.sides import ComparedSide
from midframe.evaluation.report.format import moment_text
from midframe.wording import counted


def db_text(value: float) -> str:
    """Such as "38.25 dB"."""
    return "∞ dB" if value == inf else f"{value:.2f} dB"


def comparison_facts(pair: ComparedPair, scores: ComparisonScores) -> dict[str, str]:
    """Lines about both inputs and their scores, by name."""
    facts = {"A": _side_words(pair.left), "B": _side_words(pair.right)}
    alignment = pair.alignment
    if alignment is not None:
        count = len(alignment.moments)
        which = "all" if alignment.coinciding == count else f"{alignment.coinciding} of"
        frames = counted(count, "frame")
        facts["Compared"] = f"{which} {frames} can be compared directly, in {float(alignment.end):.3f} s"
    return {
        **facts,
        "PSNR": _psnr_words(scores, still=alignment is None),
        "SSIM": _ssim_words(scores, alignment is None),
    }


def _side_words(side: ComparedSide) -> str:
    words = f"{side.name}, {side.source.format}"
    if side.clock is None:
        return words
    rate = side.clock.mean_rate
    about = "" if side.clock.rate is not None else "about "
    return f"{words}, {len(side.source)} frames, {about}{_rate_words(rate)} per second"


def _rate_words(rate: Fraction) -> str:
    return str(rate) if rate.denominator == 1 else f"{float(rate):.3f}"


def _psnr_words(scores: ComparisonScores, *, still: bool) -> str:
    if not scores.psnr:
        return "not measured: no two frames begin at the same time"
    differing = [score for score in scores.psnr if score.value < inf]
    if not differing:
        equal = "the one frame is equal" if len(scores.psnr) == 1 else f"all {len(scores.psnr)} frames are equal"
        return equal if not still else "the pictures are equal"
    if still:
        return db_text(differing[0].value)
    lowest = min(differing, key=lambda score: score.value)
    mean = sum(score.value for score in differing) / len(differing)
    more = "1 other frame is equal" if scores.identical == 1 else f"{scores.identical} other frames are equal"
    equal = f"; {more}" if scores.identical else ""
    over = counted(len(differing), "frame")
    return f"mean {db_text(mean)} over {over}; lowest {_at(lowest, db_text(lowest.value))}{equal}"


def _ssim_words(scores: ComparisonScores, still: bool) -> str:
    if not scores.ssim:
        return "not measured: pictures are too small" if scores.psnr else "not measured: no two frames begin together"
    if still:
        return f"{scores.ssim[0].value:.4f}"
    lowest = min(scores.ssim, key=lambda score: score.value)
    mean = sum(score.value for score in scores.ssim) / len(scores.ssim)
    over = counted(len(scores.ssim), "frame")
    return f"mean {mean:.4f} over {over}; lowest {_at(lowest, f'{lowest.value:.4f}')}"


def _at(score: MomentScore, text: str) -> str:
    return f"{text} at {moment_text(score.time)}"
