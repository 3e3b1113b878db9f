"""Structural similarity.

Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli: "Image quality assessment: from error visibility to structural
similarity", IEEE Transactions on Image Processing 13(4), 2004.
"""

from __future__ import annotations

from typing import Any

from skimage.metrics import structural_similarity

from midframe.evaluation.metrics.protocol import Comparison, Picture
from midframe.evaluation.results import Metric

_similarity: Any = structural_similarity
"""Without its type: the library has none."""

WINDOW = 11
"""Side of the window in pixels; smaller pictures have no SSIM."""

SIGMA = 1.5
"""Of the Gaussian weights in the window, cut at ±5 pixels."""


class Ssim:
    """See `ssim_of`."""

    def __init__(self, height: int, width: int) -> None:
        absent = ""
        if min(height, width) < WINDOW:
            absent = f"frames must be at least {WINDOW} pixels high and wide"
        self.metric = Metric("ssim", "SSIM", "", higher_is_better=True, absent=absent)

    def score(self, comparison: Comparison) -> float:
        """See `Measure`."""
        return ssim_of(comparison.truth, comparison.drawn)


def ssim_of(truth: Picture, drawn: Picture) -> float:
    """Mean over the three channels and all places where the window fits, with the constants of the paper.

    Gaussian window of 11×11 pixels with a standard deviation of 1.5, K₁ = 0.01, K₂ = 0.03, population statistics, full
    resolution. Pictures are at least as large as the window.
    """
    return float(
        _similarity(
            truth,
            drawn,
            data_range=1.0,
            channel_axis=2,
            gaussian_weights=True,
            sigma=SIGMA,
            use_sample_covariance=False,
            K1=0.01,
            K2=0.03,
        )
    )
