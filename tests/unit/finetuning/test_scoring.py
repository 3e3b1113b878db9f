"""Measuring what is interpolated on patches."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from midframe.finetuning.patches import Patch, encode_view
from midframe.finetuning.scoring import PatchScorer, gradient_error


def patch(side: int, seed: int = 0) -> Patch:
    """Noise that grows brighter evenly: the mean of the outer pictures is the one in the middle."""
    noise = 0.4 + 0.2 * np.random.default_rng(seed).random((side, side, 3), np.float32)
    return Patch(np.stack([encode_view(noise + step) for step in (-0.1, 0.0, 0.1)]), 0, 1)


def mean_of(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    return (left + right) / np.float32(2)


def left_of(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    return left


def flat(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.full_like(left, 0.5)


def test_what_is_right_scores_best() -> None:
    scorer = PatchScorer([[patch(200), patch(200, 1)], [patch(200, 2)]])
    right, wrong = scorer(mean_of), scorer(left_of)
    assert len(right) == len(wrong) == 2
    names = {"psnr", "ssim", "ms_ssim", "sharpness", "gradient_error", "near_psnr", "near_ssim"}
    for good, bad in zip(right, wrong, strict=True):
        assert good.keys() == bad.keys() == names
        assert good["psnr"] > 50 > 25 > bad["psnr"]
        assert good["ssim"] > bad["ssim"]


def test_blur_shows_in_sharpness_and_the_error_of_gradients() -> None:
    scorer = PatchScorer([[patch(64)]])
    ((sharp,), (blurred,)) = scorer(mean_of), scorer(flat)
    assert sharp["sharpness"] == pytest.approx(1, abs=0.02)
    assert blurred["sharpness"] == 0
    assert sharp["gradient_error"] < 0.01
    assert blurred["gradient_error"] == pytest.approx(1)


def test_small_patches_leave_measures_out_for_all() -> None:
    (scores, _) = PatchScorer([[patch(200)], [patch(100)]])(mean_of)
    assert "ms_ssim" not in scores
    assert "ssim" in scores


def test_gradient_error() -> None:
    picture = np.random.default_rng(0).random((32, 32, 3), np.float32)
    flat_picture = np.full_like(picture, 0.5)
    assert gradient_error(picture, picture) == 0
    assert gradient_error(picture, picture + 0.1) < 1e-9, "an even change of brightness moves no gradient"
    assert gradient_error(picture, np.roll(picture, 1, axis=1)) > 1
    assert gradient_error(flat_picture, picture) == 0, "a flat picture has no detail to lose"
