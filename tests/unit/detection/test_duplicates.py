from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.clips import write_clip

from midframe.detection.duplicates import BLOCK, DEFAULT_DUPLICATE_THRESHOLD, TILE, duplicate_score

Picture = NDArray[np.float32]


def texture(height: int = 144, width: int = 256, shift: float = 0.0) -> Picture:
    """Waves with periods from 9 pixels on, that can be moved by parts of a pixel."""
    rows, columns = np.mgrid[:height, :width].astype(np.float64)
    columns = columns - shift
    waves = 0.5 + 0.15 * np.sin(0.7 * columns + 0.2 * rows) + 0.15 * np.sin(0.31 * rows - 0.17 * columns)
    return np.repeat(waves[..., np.newaxis], 3, axis=2).astype(np.float32)


def noisy(picture: Picture, sigma: float, seed: int) -> Picture:
    return (picture + np.random.default_rng(seed).normal(0, sigma, picture.shape)).astype(np.float32)


def is_repeat(left: Picture, right: Picture) -> bool:
    return duplicate_score(left, right) >= DEFAULT_DUPLICATE_THRESHOLD


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (3, 2), (4, 4), (47, 49), (144, 256)])
def test_equal_frames_score_1_and_opposite_ones_0(size: tuple[int, int]) -> None:
    picture = noisy(texture(*size), 0.1, 1)
    assert duplicate_score(picture, picture.copy()) == 1.0
    black, white = np.zeros((*size, 3), np.float32), np.ones((*size, 3), np.float32)
    assert duplicate_score(black, white) == pytest.approx(0.0, abs=1e-6)


def test_is_the_root_mean_square_of_block_means_in_the_worst_tile() -> None:
    left = texture(3 * TILE, 2 * TILE)
    right = noisy(left, 0.05, 2)
    luma = (right - left) @ np.array([0.25, 0.65, 0.1])
    means = luma.reshape(3 * TILE // BLOCK, BLOCK, 2 * TILE // BLOCK, BLOCK).mean(axis=(1, 3))
    count = TILE // BLOCK
    tiles = (means**2).reshape(3, count, 2, count).mean(axis=(1, 3))
    assert duplicate_score(left, right) == pytest.approx(1 - np.sqrt(tiles.max()), abs=1e-5)


class TestRepeats:
    def test_noise_of_single_samples_cancels(self) -> None:
        assert is_repeat(noisy(texture(), 3 / 255, 1), noisy(texture(), 3 / 255, 2))

    def test_frames_on_twos_after_an_encoder(self, tmp_path) -> None:  # type: ignore[no-untyped-def]
        from midframe.media.video import read_rgb_frames

        def on_twos(number: int, height: int, width: int) -> NDArray[np.float64]:
            return texture(height, width, 3.0 * (number // 2))[..., 0].astype(np.float64)

        path = write_clip(tmp_path / "twos.mp4", 12, paint=on_twos, size=(256, 144), options={"crf": "23"})
        frames = [frame.astype(np.float32) / np.float32(255) for frame in read_rgb_frames(path)]
        assert not np.array_equal(frames[2], frames[3]), "the encoder repeats exactly: nothing is tested"
        found = [is_repeat(left, right) for left, right in itertools.pairwise(frames)]
        assert found == [True, False] * 5 + [True]


class TestMotions:
    @pytest.mark.parametrize("shift", [0.3, 0.5, 1.0, 4.0])
    def test_a_pan(self, shift: float) -> None:
        assert not is_repeat(texture(), texture(shift=shift))

    def test_a_slow_pan_adds_up(self) -> None:
        frames = [texture(shift=0.03 * number) for number in range(20)]
        assert is_repeat(frames[0], frames[1])
        assert not is_repeat(frames[0], frames[-1])

    @pytest.mark.parametrize(("row", "column"), [(0, 0), (60, 100), (136, 248), (28, 29)])
    def test_a_small_object_anywhere(self, row: int, column: int) -> None:
        right = texture().copy()
        right[row : row + 8, column : column + 8] += 0.25
        assert not is_repeat(texture(), right)

    def test_a_fade(self) -> None:
        assert not is_repeat(texture(), texture() * np.float32(0.97))


def test_what_is_left_at_the_end_joins_the_last_tile_or_is_one() -> None:
    for size in (TILE + BLOCK, 2 * TILE - BLOCK):
        left = np.zeros((TILE, size, 3), np.float32)
        right = left.copy()
        right[:, -BLOCK:] = 0.1
        blocks = (size if size < 1.5 * TILE else size - TILE) // BLOCK
        assert duplicate_score(left, right) == pytest.approx(1 - 0.1 / np.sqrt(blocks), abs=1e-5)


def test_enough_stops_with_an_upper_bound_below_it() -> None:
    left = texture()
    right = left.copy()
    right[:8, :8] += 0.1
    right[-8:, -8:] += 0.5
    bound = duplicate_score(left, right, enough=0.99)
    assert duplicate_score(left, right) < bound < 0.99
    assert duplicate_score(left, right, enough=0.1) == duplicate_score(left, right)
