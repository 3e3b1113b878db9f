"""How much fine detail an interpolated frame has, relative to the true frame."""

from __future__ import annotations

import numpy as np

from midframe.evaluation.metrics.protocol import MetricImage
from midframe.evaluation.results import Metric

SHARPNESS_RATIO = Metric("sharpness", "Sharpness", "", higher_is_better=True)


def sharpness(truth: MetricImage, other: MetricImage) -> float:
    """Gradient energy of the interpolated frame over that of the true one: 1 is as sharp, less is blurred, more noisy.

    Gradient energy is the mean of squared differences of neighbouring pixels, right and below, over all channels: the
    measure GRA1 of S. Pertuz, D. Puig, M. A. García, "Analysis of focus measure operators for shape-from-focus",
    Pattern Recognition 46(5), 2013. It does not say whether the detail is in its place; PSNR and SSIM do.

    Returns:
        The ratio; 1 where both frames are flat, inf where only the true one is.
    """
    true_energy, energy = gradient_energy(truth), gradient_energy(other)
    if true_energy == 0:
        return 1.0 if energy == 0 else float("inf")
    return energy / true_energy


def gradient_energy(image: MetricImage) -> float:
    """Mean of (right − here)² + (below − here)² over the pixels that have both neighbours, and the channels."""
    if min(image.shape[:2]) < 2:
        return 0.0
    inner = image[:-1, :-1]
    right, below = image[:-1, 1:] - inner, image[1:, :-1] - inner
    return float(np.mean(right * right + below * below, dtype=np.float64))
