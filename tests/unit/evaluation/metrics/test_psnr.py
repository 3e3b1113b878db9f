"""Errors of pixels against figures worked out by hand, and against another implementation."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio
from tests.support.rows import pan

from midframe.evaluation.metrics.psnr import mean_absolute_error, psnr, psnr_bounded, psnr_of_error, squared_error

code_psnr = partial(psnr, peak=255.0)


def flat(value: float, height: int = 16, width: int = 16) -> NDArray[np.float64]:
    return np.full((height, width, 3), value)


def test_psnr_of_a_constant_difference() -> None:
    assert code_psnr(flat(100), flat(105)) == pytest.approx(20 * math.log10(255 / 5))
    assert code_psnr(flat(7), flat(7)) == math.inf


def test_psnr_of_one_wrong_sample() -> None:
    drawn = flat(100)
    drawn[3, 4, 1] += 48
    assert code_psnr(flat(100), drawn) == pytest.approx(10 * math.log10(255**2 / (48**2 / (16 * 16 * 3))))


def test_bounded_psnr_ends_at_80_db() -> None:
    assert psnr_bounded(flat(7), flat(7)) == pytest.approx(80)
    assert psnr_bounded(flat(0), flat(255)) == pytest.approx(0, abs=1e-6)


def test_interpolation_error_is_the_mean_absolute_difference() -> None:
    drawn = flat(10)
    drawn[:8] = 13
    drawn[8:] = 9
    assert mean_absolute_error(flat(10), drawn) == pytest.approx(2)


def test_psnr_of_views_is_that_of_another_library() -> None:
    left, right = (picture / np.float32(255) for picture in pan(2))
    other = peak_signal_noise_ratio(left, right, data_range=1.0)
    assert psnr(left, right) == other
    assert psnr_of_error(squared_error(left, right)) == other
    assert psnr(left, left) == math.inf
