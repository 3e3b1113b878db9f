"""Structural similarity.

Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli: "Image quality assessment: from error visibility to structural
similarity", IEEE Transactions on Image Processing 13(4), 2004.
"""

from __future__ import annotations

from typing import Any

from skimage.metrics import structural_similarity

from midframe.quality.evaluation.results import Metric
from midframe.quality.metrics.base import Comparison

_similarity: Any = structural_similarity
"""Without its type: the library has none."""

WINDOW = 11
"""Side of the window in pixels; smaller pictures have no SSIM."""

SIGMA = 1.5
"""Of the Gaussian weights in the window, cut at ±5 pixels."""


class Ssim:
    """Mean over the three channels and all places where the window fits, with the constants of the paper.

    Gaussian window of 11×11 pixels with a standard deviation of 1.5, K₁ = 0.01, K₂ = 0.03, population statistics, full
    resolution.
    """

    def __init__(self, height: int, width: int) -> None:
        absent = ""
        if min(height, width) < WINDOW:
            absent = f"frames must be at least {WINDOW} pixels high and wide"
        self.metric = Metric("ssim", "SSIM", "", higher_is_better=True, absent=absent)

    def score(self, comparison: Comparison) -> float:
        """See `Measure`."""
        return float(
            _similarity(
                comparison.truth,
                comparison.drawn,
                data_range=1.0,
                channel_axis=2,
                gaussian_weights=True,
                sigma=SIGMA,
                use_sample_covariance=False,
                K1=0.01,
                K2=0.03,
            )
        )
