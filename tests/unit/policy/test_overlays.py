from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from midframe.policy.overlays import FRAMES, OverlayDetector, apply_mask

Picture = NDArray[np.float32]

HEIGHT, WIDTH = 90, 150
LETTERS = (slice(60, 72), slice(30, 120))


def ground(number: int, speed: int = 3) -> Picture:
    """Coarse random patches that move to the right."""
    patches = np.random.default_rng(3).random((HEIGHT // 6, 60, 3)).astype(np.float32)
    whole = np.repeat(np.repeat(patches, 6, axis=0), 6, axis=1)
    return np.roll(whole, speed * number, axis=1)[:HEIGHT, :WIDTH].copy()


def with_letters(picture: Picture) -> Picture:
    """White strokes, 3 pixels wide, 3 apart, with black between."""
    picture[LETTERS] = 0.0
    picture[LETTERS][:, ::6] = picture[LETTERS][:, 1::6] = picture[LETTERS][:, 2::6] = 1.0
    return picture


def masks(frames: list[Picture]) -> list[NDArray[np.float32] | None]:
    detector = OverlayDetector()
    found = []
    for frame in frames:
        detector.push(frame)
        found.append(detector.mask())
    return found


def test_letters_over_a_moving_ground_are_held_and_nothing_else() -> None:
    found = masks([with_letters(ground(number)) for number in range(20)])
    assert found[: FRAMES - 1] == [None] * (FRAMES - 1)
    mask = found[-1]
    assert mask is not None
    assert mask.shape == (HEIGHT, WIDTH)
    assert mask.dtype == np.float32
    assert mask[LETTERS].mean() > 0.95
    mask[LETTERS] = 0
    assert mask.mean() < 0.01


def test_noise_of_an_encoder_does_not_end_it() -> None:
    random = np.random.default_rng(1)
    frames = [with_letters(ground(number)) for number in range(20)]
    noisy = [(frame + random.normal(0, 1.5 / 255, frame.shape)).astype(np.float32) for frame in frames]
    mask = masks(noisy)[-1]
    assert mask is not None
    assert mask[LETTERS].mean() > 0.8


def test_letters_that_go_are_let_go() -> None:
    frames = [with_letters(ground(number)) for number in range(20)] + [ground(number) for number in range(20, 22)]
    found = masks(frames)
    for mask in found[20:]:
        assert mask is None or mask[LETTERS].mean() < 0.05


def test_a_still_picture_holds_nothing() -> None:
    assert masks([with_letters(ground(0)) for _ in range(15)]) == [None] * 15


def test_a_moving_picture_without_overlay_holds_next_to_nothing() -> None:
    assert all(mask is None or mask.mean() < 0.01 for mask in masks([ground(number) for number in range(20)]))


def test_an_even_ground_past_which_things_move_holds_nothing() -> None:
    def frame(number: int) -> Picture:
        picture = np.full((HEIGHT, WIDTH, 3), 0.6, np.float32)
        picture[50:] = ground(number)[50:]
        return picture

    found = masks([frame(number) for number in range(20)])
    assert all(mask is None or mask[:44].max() == 0 for mask in found)


def test_a_still_ground_is_not_held_where_something_passes_for_the_first_time() -> None:
    """The object jumps over places that it covers in neither frame of a pair: they must be drawn."""

    def frame(number: int) -> Picture:
        picture = ground(0)
        left = 10 + 12 * number
        picture[40:48, left : left + 6] = 1.0
        return picture

    for number, mask in enumerate(masks([frame(number) for number in range(11)])):
        if mask is not None:
            assert mask[40:48, 10 + 12 * (number - 1) : 16 + 12 * number].max() == 0


def test_frames_of_any_size() -> None:
    for size in ((1, 1), (3, 5), (8, 9), (17, 31)):
        random = np.random.default_rng(0)
        assert len(masks([random.random((*size, 3), dtype=np.float32) for _ in range(8)])) == 8


def test_the_same_frames_give_the_same_masks() -> None:
    frames = [with_letters(ground(number)) for number in range(12)]
    for first, second in zip(masks(frames), masks(frames), strict=True):
        assert (first is None) == (second is None)
        if first is not None:
            np.testing.assert_array_equal(first, second)


class TestApplyMask:
    def test_blends_where_it_holds_and_keeps_the_bits_elsewhere(self) -> None:
        drawn = np.array([[[9.0, np.nan], [9.0, 9.0], [9.0, 9.0]]], np.float32)
        left, right = np.full((1, 3, 2), 100.0, np.float32), np.full((1, 3, 2), 104.0, np.float32)
        before = drawn.copy()
        result = apply_mask(drawn, left, right, Fraction(1, 4), np.array([[0.0, 1.0, 0.5]], np.float32))
        np.testing.assert_array_equal(result, np.array([[[9.0, np.nan], [101.0, 101.0], [55.0, 55.0]]], np.float32))
        np.testing.assert_array_equal(drawn, before)

    @pytest.mark.parametrize("channels", [1, 2, 3, 4, 7])
    def test_any_number_of_channels_and_any_range(self, channels: int) -> None:
        random = np.random.default_rng(2)
        drawn, left, right = (random.normal(0, 4000, (5, 6, channels)).astype(np.float32) for _ in range(3))
        result = apply_mask(drawn, left, right, 0.5, np.ones((5, 6), np.float32))
        np.testing.assert_allclose(result, (left + right) / 2, atol=0.01)

    def test_equal_samples_stay_exactly_as_they_are(self) -> None:
        still = np.random.default_rng(2).random((5, 6, 3), dtype=np.float32)
        zeros = np.zeros_like(still)
        np.testing.assert_array_equal(
            apply_mask(zeros, still, still, Fraction(1, 3), np.ones((5, 6), np.float32)), still
        )
