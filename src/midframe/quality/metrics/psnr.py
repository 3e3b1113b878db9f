"""Peak signal-to-noise ratio."""

from __future__ import annotations

from typing import Any

import numpy as np
from skimage.metrics import peak_signal_noise_ratio

from midframe.quality.evaluation.results import Metric
from midframe.quality.metrics.base import Comparison

_ratio: Any = peak_signal_noise_ratio
"""Without its type: the library has none."""


class Psnr:
    """10·log₁₀(1 / mean squared error) over all pixels and the three channels at once, for a peak of 1 (code 255).

    Equal pictures score inf.
    """

    metric = Metric("psnr", "PSNR", "dB", higher_is_better=True)

    def score(self, comparison: Comparison) -> float:
        """See `Measure`."""
        if np.array_equal(comparison.truth, comparison.drawn):
            return float("inf")
        return float(_ratio(comparison.truth, comparison.drawn, data_range=1.0))
