"""Errors of single pixels: peak signal-to-noise ratio in two variants, and the mean absolute difference."""

from __future__ import annotations

from math import inf

import numpy as np

from midframe.evaluation.metrics.protocol import MetricImage
from midframe.evaluation.results import Metric

PSNR = Metric("psnr", "PSNR", "dB", higher_is_better=True)
INTERPOLATION_ERROR = Metric("ie", "IE", "", higher_is_better=False)

CODE_PEAK = 255.0
"""Peak of images in codes 0 … 255."""

SMALLEST_ERROR = 1e-8
"""Added to the mean squared error of images in 0 … 1 by `psnr_bounded`."""


def squared_error(truth: MetricImage, other: MetricImage) -> float:
    """Mean squared difference over all pixels and the three channels, summed in float64."""
    return float(np.mean((truth - other) ** 2, dtype=np.float64))


def psnr_of_error(error: float, peak: float = 1.0) -> float:
    """10·log₁₀(peak² / error) in dB for a mean squared error; inf for no error."""
    return inf if error == 0 else float(10 * np.log10(peak**2 / error))


def psnr(truth: MetricImage, other: MetricImage, peak: float = 1.0) -> float:
    """Peak signal-to-noise ratio in dB over all pixels and the three channels at once; inf for equal images.

    Args:
        truth: The true frame.
        other: The frame that is measured, of the same shape and range.
        peak: 1 for views, 255 for codes.
    """
    return psnr_of_error(squared_error(truth, other), peak)


def psnr_bounded(truth: MetricImage, other: MetricImage) -> float:
    """PSNR of codes 0 … 255 with `SMALLEST_ERROR` added to the error, so that 80 dB is the most.

    The variant of the SNU-FILM benchmark: M. Choi et al., "Channel attention is all you need for video frame
    interpolation" (CAIN), AAAI 2020.
    """
    error = float(np.mean(((truth - other) / CODE_PEAK) ** 2))
    return float(-10 * np.log10(error + SMALLEST_ERROR))


def mean_absolute_error(truth: MetricImage, other: MetricImage) -> float:
    """Mean absolute difference of codes 0 … 255: the "interpolation error" (IE) of RIFE's Middlebury benchmark."""
    return float(np.mean(np.abs(truth - other)))
