"""Peak signal-to-noise ratio."""

from __future__ import annotations

from typing import Any

import numpy as np
from skimage.metrics import peak_signal_noise_ratio

from midframe.evaluation.metrics.protocol import Comparison, Picture
from midframe.evaluation.results import Metric

_ratio: Any = peak_signal_noise_ratio
"""Without its type: the library has none."""


class Psnr:
    """See `psnr_of`."""

    metric = Metric("psnr", "PSNR", "dB", higher_is_better=True)

    def score(self, comparison: Comparison) -> float:
        """See `Measure`."""
        return psnr_of(comparison.truth, comparison.drawn)


def psnr_of(truth: Picture, drawn: Picture) -> float:
    """10·log₁₀(1 / mean squared error) over all pixels and the three channels at once, for a peak of 1 (code 255).

    Equal pictures score inf.
    """
    if np.array_equal(truth, drawn):
        return float("inf")
    return float(_ratio(truth, drawn, data_range=1.0))
