"""The measures of benchmarks' papers. They differ in more than their names tell; docs/datasets.md has the sources.

All take the true and the drawn picture as (height, width, 3) float64 RGB in 0 … 255. Drawn pictures have whole numbers;
the truth may lie between them where a benchmark shrinks it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from skimage.filters import gaussian
from skimage.metrics import structural_similarity

Picture = NDArray[np.float64]

Measure = Callable[[Picture, Picture], float]
"""(truth, drawn) → value."""

LARGEST = 255.0
STABLE_MEAN, STABLE_VARIANCE = (0.01 * LARGEST) ** 2, (0.03 * LARGEST) ** 2
"""C1 and C2 of SSIM (Wang et al. 2004, equation 13)."""

SIGMA, RADIUS = 1.5, 5
"""Of SSIM's Gaussian window: 11 taps."""

SMALLEST_ERROR = 1e-8
"""What CAIN adds to the mean squared error of pictures in 0 … 1."""

LUMA = (65.481, 128.553, 24.966)
"""R, G, B to Y in 16 … 235, for RGB in 0 … 1 (ITU-R BT.601)."""


def psnr(truth: Picture, drawn: Picture) -> float:
    """10·log10(255²/MSE) in dB, the mean over pixels and channels; inf for equal pictures."""
    error = float(np.mean((truth - drawn) ** 2))
    return float("inf") if error == 0 else float(10 * np.log10(LARGEST**2 / error))


def psnr_bounded(truth: Picture, drawn: Picture) -> float:
    """PSNR as CAIN (Choi et al. 2020) has it for SNU-FILM: `SMALLEST_ERROR` is added, so that 80 dB is the most."""
    error = float(np.mean(((truth - drawn) / LARGEST) ** 2))
    return float(-10 * np.log10(error + SMALLEST_ERROR))


def absolute_error(truth: Picture, drawn: Picture) -> float:
    """Mean absolute difference in 0 … 255: what RIFE's Middlebury benchmark calls interpolation error (IE)."""
    return float(np.mean(np.abs(truth - drawn)))


def ssim_volume(truth: Picture, drawn: Picture) -> float:
    """SSIM over the picture as a volume of three layers, with a Gaussian window of 11×11×11 and replicated borders.

    The window mixes the colours. This is what the field calls "ssim_matlab"; RIFE, CAIN and many papers since use it.
    """
    blur = partial(gaussian, sigma=SIGMA, truncate=RADIUS / SIGMA, mode="nearest", preserve_range=True)
    mean_true, mean_drawn = blur(truth), blur(drawn)
    variances = blur(truth * truth) + blur(drawn * drawn) - mean_true**2 - mean_drawn**2
    covariance = blur(truth * drawn) - mean_true * mean_drawn
    likeness = (2 * mean_true * mean_drawn + STABLE_MEAN) * (2 * covariance + STABLE_VARIANCE)
    return float(np.mean(likeness / ((mean_true**2 + mean_drawn**2 + STABLE_MEAN) * (variances + STABLE_VARIANCE))))


def ssim_uniform(truth: Picture, drawn: Picture) -> float:
    """SSIM with scikit-image's defaults: a uniform 7×7 window, each channel alone, borders left out."""
    return float(structural_similarity(truth, drawn, data_range=LARGEST, channel_axis=2))


def ssim_luma(truth: Picture, drawn: Picture) -> float:
    """SSIM as XVFI (Sim et al. 2021) has it: a uniform 7×7 window on BT.601 luma; the range is the drawn picture's."""
    luma_true, luma_drawn = _luma(np.rint(truth)), _luma(drawn)
    return float(structural_similarity(luma_true, luma_drawn, data_range=float(np.ptp(luma_drawn)) or LARGEST))


def _luma(picture: Picture) -> Picture:
    luma: Picture = picture @ np.array(LUMA) / LARGEST + 16
    return luma
