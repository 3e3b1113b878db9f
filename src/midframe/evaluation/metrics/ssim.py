"""Structural similarity in the variants that papers and benchmarks use; they differ by more than rounding.

Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli: "Image quality assessment: from error visibility to structural
similarity", IEEE Transactions on Image Processing 13(4), 2004. docs/datasets.md has the sources of the variants.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.filters import gaussian
from skimage.metrics import structural_similarity

from midframe.evaluation.metrics.protocol import MetricImage
from midframe.evaluation.metrics.psnr import CODE_PEAK
from midframe.evaluation.results import Metric

SSIM = Metric("ssim", "SSIM", "", higher_is_better=True)

_similarity: Any = structural_similarity
"""Without its type: the library has none."""

WINDOW_SIDE = 11
"""Side of the Gaussian window in pixels; `ssim` is undefined for smaller images."""

SIGMA, RADIUS = 1.5, 5
"""The Gaussian weights in the window: standard deviation in pixels, and where they are cut off (11 taps)."""

STABLE_MEAN, STABLE_VARIANCE = (0.01 * CODE_PEAK) ** 2, (0.03 * CODE_PEAK) ** 2
"""C₁ and C₂ (equation 13 of the paper) for codes 0 … 255."""

LUMA_WEIGHTS = (65.481, 128.553, 24.966)
"""R, G, B to Y in 16 … 235, for RGB in 0 … 1 (ITU-R BT.601)."""


def ssim(truth: MetricImage, other: MetricImage) -> float:
    """SSIM of views in [0, 1] as in the paper: mean over the channels and all places where the window fits.

    Gaussian window of 11×11 pixels with a standard deviation of 1.5, K₁ = 0.01, K₂ = 0.03, population statistics, full
    resolution. Images are at least as large as the window.
    """
    return float(
        _similarity(
            truth,
            other,
            data_range=1.0,
            channel_axis=2,
            gaussian_weights=True,
            sigma=SIGMA,
            use_sample_covariance=False,
            K1=0.01,
            K2=0.03,
        )
    )


def ssim_uniform(truth: MetricImage, other: MetricImage) -> float:
    """SSIM of codes with scikit-image's defaults: a uniform 7×7 window, each channel alone, borders left out.

    The variant of the Xiph benchmark of S. Niklaus, F. Liu, "Softmax splatting for video frame interpolation", CVPR
    2020.
    """
    return float(_similarity(truth, other, data_range=CODE_PEAK, channel_axis=2))


def ssim_luma(truth: MetricImage, other: MetricImage) -> float:
    """SSIM of codes on BT.601 luma with a uniform 7×7 window; the data range is that of the interpolated image.

    The variant of H. Sim, J. Oh, M. Kim, "XVFI: extreme video frame interpolation", ICCV 2021.
    """
    true_luma, luma = _luma(np.rint(truth)), _luma(other)
    return float(_similarity(true_luma, luma, data_range=float(np.ptp(luma)) or CODE_PEAK))


def ssim_volume(truth: MetricImage, other: MetricImage) -> float:
    """SSIM of codes as a volume of three layers, with a Gaussian window of 11×11×11 and replicated borders.

    The window mixes the colours. The variant is known as "ssim_matlab"; RIFE (Z. Huang et al., "Real-time intermediate
    flow estimation for video frame interpolation", ECCV 2022), CAIN and many papers since use it.
    """
    blur = partial(gaussian, sigma=SIGMA, truncate=RADIUS / SIGMA, mode="nearest", preserve_range=True)
    true_mean, mean = blur(truth), blur(other)
    variances = blur(truth * truth) + blur(other * other) - true_mean**2 - mean**2
    covariance = blur(truth * other) - true_mean * mean
    similarity = (2 * true_mean * mean + STABLE_MEAN) * (2 * covariance + STABLE_VARIANCE)
    return float(np.mean(similarity / ((true_mean**2 + mean**2 + STABLE_MEAN) * (variances + STABLE_VARIANCE))))


def _luma(image: MetricImage) -> NDArray[np.float64]:
    luma: NDArray[np.float64] = image @ np.array(LUMA_WEIGHTS) / CODE_PEAK + 16
    return luma
