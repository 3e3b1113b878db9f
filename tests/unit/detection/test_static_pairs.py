from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.metrics import structural_similarity

from midframe.detection.static_pairs import DEFAULT_STATIC_THRESHOLD, TILE, WINDOW, static_score

Picture = NDArray[np.float32]


@cache
def still(height: int = 720, width: int = 1280) -> Picture:
    """A smooth ground, as 8-bit frames have it."""
    rows, columns = np.mgrid[:height, :width]
    waves = [0.5 + 0.3 * np.sin(columns / (30 + 7 * channel)) * np.cos(rows / 50) for channel in range(3)]
    picture: Picture = (np.rint(np.stack(waves, axis=-1) * 255) / 255).astype(np.float32)
    picture.flags.writeable = False
    return picture


def with_object(ground: Picture, row: int, column: int, contrast: float, size: int = 3) -> Picture:
    picture = ground.copy()
    picture[row : row + size, column : column + size] += np.float32(contrast)
    return picture


def noisy(picture: Picture, sigma: float, seed: int) -> Picture:
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 1).astype(np.float32)


class TestSmallObjects:
    """A picture of 1280×720 must not stand still while a few of its pixels move."""

    @pytest.mark.parametrize("contrast", [0.5, -0.3, 0.1, 10 / 255], ids=["bright", "dark", "low", "very low"])
    @pytest.mark.parametrize(("row", "column"), [(360, 640), (0, 0), (717, 1275), (27, 27), (335, 699)])
    def test_three_pixels_wide_moving_by_two(self, contrast: float, row: int, column: int) -> None:
        ground = still()
        score = static_score(with_object(ground, row, column, contrast), with_object(ground, row, column + 2, contrast))
        assert score < DEFAULT_STATIC_THRESHOLD

    def test_in_one_channel_only(self) -> None:
        left, right = still().copy(), still().copy()
        left[300:303, 300:303, 2] += 0.1
        right[300:303, 302:305, 2] += 0.1
        assert static_score(left, right) < DEFAULT_STATIC_THRESHOLD

    def test_that_appears(self) -> None:
        assert static_score(still(), with_object(still(), 500, 500, 0.1)) < DEFAULT_STATIC_THRESHOLD

    def test_wherever_it_is_it_counts_alike(self) -> None:
        flat = np.full((280, 280, 3), 0.5, np.float32)
        scores = [
            static_score(with_object(flat, row, column, 0.2), with_object(flat, row, column + 2, 0.2))
            for row in (0, 100, 200)
            for column in (0, 100, 200)
        ]
        assert max(scores) < DEFAULT_STATIC_THRESHOLD


class TestStillPictures:
    @pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 2), (7, 7), (29, 57), (720, 1280)])
    def test_equal_frames_score_exactly_1(self, size: tuple[int, int]) -> None:
        picture = noisy(np.full((*size, 3), 0.5, np.float32), 0.2, 1)
        assert static_score(picture, picture.copy()) == 1.0

    @pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
    def test_flat_frames(self, value: float) -> None:
        flat = np.full((100, 100, 3), value, np.float32)
        assert static_score(flat, flat.copy()) == 1.0

    def test_slight_noise_is_static(self) -> None:
        left, right = noisy(still(), 0.2 / 255, 1), noisy(still(), 0.2 / 255, 2)
        assert not np.array_equal(left, right)
        assert DEFAULT_STATIC_THRESHOLD <= static_score(left, right) < 1

    def test_noise_that_can_be_seen_is_not(self) -> None:
        assert static_score(noisy(still(), 4 / 255, 1), noisy(still(), 4 / 255, 2)) < DEFAULT_STATIC_THRESHOLD


class TestMovingPictures:
    def test_the_whole_picture_shifts(self) -> None:
        texture = noisy(np.full((200, 300, 3), 0.5, np.float32), 0.2, 3)
        assert static_score(texture[:, :-2], texture[:, 2:]) < 0.5

    def test_fade(self) -> None:
        assert static_score(still() * np.float32(0.5), still() * np.float32(0.6)) < DEFAULT_STATIC_THRESHOLD

    def test_black_to_white(self) -> None:
        black, white = np.zeros((50, 50, 3), np.float32), np.ones((50, 50, 3), np.float32)
        assert static_score(black, white) < 0.01

    @pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (2, 3), (6, 8), (8, 6)])
    def test_tiny_frames_have_a_score(self, size: tuple[int, int]) -> None:
        left, right = np.full((*size, 3), 0.2, np.float32), np.full((*size, 3), 0.9, np.float32)
        assert -1 <= static_score(left, right) < 0.6

    def test_inverse_is_least_alike(self) -> None:
        texture = noisy(np.full((70, 70, 3), 0.5, np.float32), 0.3, 3)
        assert -1 <= static_score(texture, 1 - texture) < -0.5


class TestEnough:
    def test_below_it_the_score_is_an_upper_bound_below_it(self) -> None:
        left = noisy(still(), 0.1, 1)
        right = left.copy()
        right[0:20, 0:20] = 0.5
        right[-20:, -20:] = 1 - right[-20:, -20:]
        full = static_score(left, right)
        bound = static_score(left, right, enough=0.996)
        assert full < bound < 0.996

    def test_above_it_nothing_changes(self) -> None:
        left, right = noisy(still(), 1e-4, 1), noisy(still(), 1e-4, 2)
        assert static_score(left, right, enough=0.9) == static_score(left, right)


def test_is_the_mean_ssim_of_the_least_similar_tile() -> None:
    """Against scikit-image, whose map is read at the centres of our windows."""
    side = TILE * WINDOW
    left = noisy(still(3 * side, 5 * side), 0.05, 1)
    right = noisy(left, 0.02, 2)
    wanted = 1.0
    for channel in range(3):
        _, similarity = structural_similarity(
            left[..., channel].astype(np.float64),
            right[..., channel].astype(np.float64),
            win_size=WINDOW,
            use_sample_covariance=False,
            full=True,
            data_range=1,
        )
        windows = similarity[WINDOW // 2 :: WINDOW, WINDOW // 2 :: WINDOW]
        tiles = windows.reshape(3, TILE, 5, TILE).mean(axis=(1, 3))
        wanted = min(wanted, float(tiles.min()))
    assert static_score(left, right) == pytest.approx(wanted, rel=1e-9)


def test_windows_cut_by_the_edge_are_scored_by_the_pixels_they_have() -> None:
    left = np.full((30, 30, 1), 0.5, np.float32)
    right = left.copy()
    right[29, 29] = 0.6
    # The corner window holds 2×2 pixels, one of which differs, and is a tile of its own.
    mean, variance = 0.525, 0.1**2 * 3 / 16
    luminance = (2 * 0.5 * mean + 1e-4) / (0.25 + mean**2 + 1e-4)
    assert static_score(left, right) == pytest.approx(luminance * 9e-4 / (variance + 9e-4), rel=1e-4)
