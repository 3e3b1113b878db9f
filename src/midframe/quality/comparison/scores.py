"""How alike two pictures are, in numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf

from midframe.errors import OptionError
from midframe.quality.comparison.sides import Picture

SSIM_WINDOW = 11
"""Side of the window in pixels; smaller pictures have no SSIM."""

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
    """Measures pictures in [0, 1], all three channels at once.

    PSNR is 10·log₁₀(1 / mean squared error). SSIM is that of Z. Wang et al., "Image quality assessment: from error
    visibility to structural similarity", 2004: Gaussian window of 11×11 pixels with a standard deviation of 1.5,
    K₁ = 0.01, K₂ = 0.03, mean over channels and places.
    """

    def __init__(self, moments: int) -> None:
        """Load the library.

        Args:
            moments: How many there will be.

        Raises:
            OptionError: It is not installed.
        """
        try:
            from skimage.metrics import peak_signal_noise_ratio, structural_similarity
        except ImportError as error:
            raise OptionError(
                "Comparing needs scikit-image, which is not installed: pip install 'midframe[evaluate]'."
            ) from error
        self._psnr: Callable[..., float] = peak_signal_noise_ratio
        self._ssim: Callable[..., float] = structural_similarity
        self._every = -(-moments // MOST_SSIMS)
        self._done = 0
        self.scores = Scores()

    def measure(self, time: Fraction, left: Picture, right: Picture) -> None:
        """Measure the next moment."""
        equal = bool((left == right).all())
        self.scores.psnr.append(Scored(time, inf if equal else float(self._psnr(left, right, data_range=1.0))))
        if self._done % self._every == 0 and min(left.shape[:2]) >= SSIM_WINDOW:
            value = self._ssim(
                left,
                right,
                data_range=1.0,
                channel_axis=2,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
            )
            self.scores.ssim.append(Scored(time, float(value)))
        self._done += 1
