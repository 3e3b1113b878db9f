"""How much fine detail a drawn frame has, next to the frame that was there."""

from __future__ import annotations

import numpy as np

from midframe.evaluation.metrics.protocol import Comparison, Picture
from midframe.evaluation.results import Metric


class Sharpness:
    """Gradient energy of the drawn frame over that of the true one: 1 is as sharp, less is blurred, more is noisy.

    Gradient energy is the mean of squared differences of neighbouring pixels, right and below, over all channels: the
    measure GRA1 of S. Pertuz, D. Puig, M. A. García, "Analysis of focus measure operators for shape-from-focus",
    Pattern Recognition 46(5), 2013. It says nothing about whether the detail is in its place; PSNR and SSIM do.
    """

    metric = Metric("sharpness", "Sharpness", "", higher_is_better=True)

    def score(self, comparison: Comparison) -> float:
        """See `Measure`; 1 where both frames are flat, inf where only the true one is."""
        truth, drawn = gradient_energy(comparison.truth), gradient_energy(comparison.drawn)
        if truth == 0:
            return 1.0 if drawn == 0 else float("inf")
        return drawn / truth


def gradient_energy(picture: Picture) -> float:
    """Mean of (right − here)² + (below − here)² over the pixels that have both neighbours, and the channels."""
    if min(picture.shape[:2]) < 2:
        return 0.0
    here = picture[:-1, :-1]
    right, below = picture[:-1, 1:] - here, picture[1:, :-1] - here
    return float(np.mean(right * right + below * below, dtype=np.float64))
