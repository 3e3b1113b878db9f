"""Scores of a comparison."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import inf

from midframe.evaluation.metrics.registry import require_libraries
from midframe.media.pixels import ViewSamples

MOST_SSIMS = 100
"""SSIM takes long: of a video, that many moments at most are measured, evenly spread."""


@dataclass(frozen=True)
class MomentScore:
    """A moment with its score; PSNR in dB, inf for equal views."""

    time: Fraction
    value: float


@dataclass
class ComparisonScores:
    """Scores of all moments that were measured.

    Attributes:
        psnr: PSNR of every moment at which both frames begin.
        ssim: SSIM of those moments, or of some of them, evenly spread; empty for views smaller than the window.
    """

    psnr: list[MomentScore] = field(default_factory=list)
    ssim: list[MomentScore] = field(default_factory=list)

    @property
    def identical(self) -> int:
        """How many pairs of frames are equal."""
        return sum(score.value == inf for score in self.psnr)


class ComparisonScorer:
    """Measures views with PSNR and SSIM as `midframe.evaluation.metrics` defines them.

    Args:
        moments: Number of moments to be measured.

    Raises:
        OptionError: The libraries that measure are not installed.
    """

    def __init__(self, moments: int) -> None:
        require_libraries(("psnr", "ssim"), "Comparing")
        from midframe.evaluation.metrics.psnr import psnr
        from midframe.evaluation.metrics.ssim import WINDOW_SIDE, ssim

        self._psnr = psnr
        self._ssim = ssim
        self._smallest = WINDOW_SIDE
        self._every = -(-moments // MOST_SSIMS)
        self._done = 0
        self.scores = ComparisonScores()

    def measure(self, time: Fraction, left: ViewSamples, right: ViewSamples) -> None:
        """Measure the next moment."""
        self.scores.psnr.append(MomentScore(time, self._psnr(left, right)))
        if self._done % self._every == 0 and min(left.shape[:2]) >= self._smallest:
            self.scores.ssim.append(MomentScore(time, self._ssim(left, right)))
        self._done += 1
