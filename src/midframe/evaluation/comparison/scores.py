"""How alike two pictures are, in numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import inf

from midframe.errors import OptionError
from midframe.evaluation.comparison.sides import Picture
from midframe.evaluation.metrics.registry import INSTALL

MOST_SSIMS = 100
"""SSIM takes long: of a video, so many moments at most are measured, evenly spread."""


@dataclass(frozen=True)
class Scored:
    """A moment with its score; PSNR in dB, inf for equal pictures."""

    time: Fraction
    value: float


@dataclass
class Scores:
    """What was measured.

    Attributes:
        psnr: Of every moment whose frames begin together.
        ssim: Of those, or some of them, evenly spread; empty for pictures smaller than the window.
    """

    psnr: list[Scored] = field(default_factory=list)
    ssim: list[Scored] = field(default_factory=list)

    @property
    def identical(self) -> int:
        """How many pairs of frames are equal."""
        return sum(score.value == inf for score in self.psnr)


class Scorer:
    """Measures pictures with PSNR and SSIM as `midframe.evaluation.metrics` defines them."""

    def __init__(self, moments: int) -> None:
        """Load the libraries.

        Args:
            moments: How many there will be.

        Raises:
            OptionError: They are not installed.
        """
        try:
            from midframe.evaluation.metrics.psnr import psnr_of
            from midframe.evaluation.metrics.ssim import WINDOW, ssim_of
        except ModuleNotFoundError as error:
            raise OptionError(f"Comparing needs more libraries: {INSTALL}") from error
        self._psnr = psnr_of
        self._ssim = ssim_of
        self._smallest = WINDOW
        self._every = -(-moments // MOST_SSIMS)
        self._done = 0
        self.scores = Scores()

    def measure(self, time: Fraction, left: Picture, right: Picture) -> None:
        """Measure the next moment."""
        self.scores.psnr.append(Scored(time, self._psnr(left, right)))
        if self._done % self._every == 0 and min(left.shape[:2]) >= self._smallest:
            self.scores.ssim.append(Scored(time, self._ssim(left, right)))
        self._done += 1
