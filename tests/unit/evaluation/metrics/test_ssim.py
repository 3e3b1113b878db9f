"""The variants of SSIM against figures worked out by hand, and against other implementations."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.metrics import structural_similarity
from tests.support.stand_ins import clip_pictures

from midframe.evaluation.metrics.ssim import (
    LUMA_WEIGHTS,
    STABLE_MEAN,
    STABLE_VARIANCE,
    ssim_luma,
    ssim_uniform,
    ssim_volume,
)

CodeImage = NDArray[np.float64]


@pytest.fixture(scope="module")
def pair(bikes: Path) -> tuple[CodeImage, CodeImage]:
    first, second = clip_pictures(bikes, 2)
    return first.astype(np.float64), second.astype(np.float64)


def flat(value: float, height: int = 16, width: int = 16) -> CodeImage:
    return np.full((height, width, 3), value)


@pytest.mark.parametrize("ssim", [ssim_volume, ssim_uniform])
def test_ssim_of_flat_pictures_is_the_ratio_of_their_means(ssim: object) -> None:
    assert callable(ssim)
    wanted = (2 * 100 * 140 + STABLE_MEAN) / (100**2 + 140**2 + STABLE_MEAN)
    assert ssim(flat(100), flat(140)) == pytest.approx(wanted)


@pytest.mark.parametrize("ssim", [ssim_volume, ssim_uniform, ssim_luma])
def test_ssim_of_equal_pictures_is_one(pair: tuple[CodeImage, CodeImage], ssim: object) -> None:
    assert callable(ssim)
    assert ssim(pair[0], pair[0]) == pytest.approx(1)
    assert ssim(*pair) < 0.99


def test_ssim_volume_is_a_plain_sum_over_11x11x11_with_repeated_borders(pair: tuple[CodeImage, CodeImage]) -> None:
    truth, drawn = (picture[20:36, 30:50] for picture in pair)
    taps = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window = taps[:, None, None] * taps[:, None] * taps
    window /= window.sum()

    def mean(volume: CodeImage) -> CodeImage:
        padded = np.pad(volume, 5, mode="edge")
        blocks = np.lib.stride_tricks.sliding_window_view(padded, (11, 11, 11))
        summed: CodeImage = np.einsum("abcijk,ijk->abc", blocks, window)
        return summed

    means = mean(truth), mean(drawn)
    covariance = mean(truth * drawn) - means[0] * means[1]
    variances = mean(truth**2) - means[0] ** 2, mean(drawn**2) - means[1] ** 2
    map_ = (2 * means[0] * means[1] + STABLE_MEAN) * (2 * covariance + STABLE_VARIANCE)
    map_ /= (means[0] ** 2 + means[1] ** 2 + STABLE_MEAN) * (sum(variances) + STABLE_VARIANCE)
    # Both are sums of the same float64 products in another order.
    assert ssim_volume(truth, drawn) == pytest.approx(float(map_.mean()), abs=1e-9)


def test_ssim_volume_mixes_colours(pair: tuple[CodeImage, CodeImage]) -> None:
    alone = [
        structural_similarity(
            truth, drawn, data_range=255, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        for truth, drawn in zip(pair[0].transpose(2, 0, 1), pair[1].transpose(2, 0, 1), strict=True)
    ]
    assert abs(ssim_volume(*pair) - float(np.mean(alone))) > 1e-4


def test_ssim_luma_takes_the_range_of_the_drawn_frame(pair: tuple[CodeImage, CodeImage]) -> None:
    lumas = [
        16 + sum(weight * picture[..., place] for place, weight in enumerate(LUMA_WEIGHTS)) / 255 for picture in pair
    ]
    spread = np.ptp(lumas[1])
    assert ssim_luma(*pair) == pytest.approx(structural_similarity(*lumas, data_range=spread))
    assert math.isfinite(ssim_luma(pair[0], flat(0, *pair[0].shape[:2])))
