from __future__ import annotations

import numpy as np
import pytest

from midframe.finetuning.patches import cut_patches, decode_view, differ_by_noise, downscale_by_two, encode_view


def views(height: int, width: int) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.random((height, width, 3), np.float32) for _ in range(3)]


def test_codes_are_exact_for_8_bit() -> None:
    view = np.repeat(np.arange(256, dtype=np.float32)[None, :, None] / np.float32(255), 3, axis=2)
    assert np.array_equal(np.rint(decode_view(encode_view(view)) * 255), np.rint(view * 255))
    assert np.abs(decode_view(encode_view(view)) - view).max() < 1e-6


@pytest.mark.parametrize(
    ("height", "width", "wanted"), [(300, 400, (256, 256)), (100, 400, (100, 256)), (40, 50, (40, 50))]
)
def test_patches_lie_within_the_frame(height: int, width: int, wanted: tuple[int, int]) -> None:
    patches = cut_patches(views(height, width), 4, 256, np.random.default_rng(1), source=2, index=5)
    assert patches
    assert {patch.size for patch in patches} == {wanted}
    assert {(patch.source, patch.index) for patch in patches} == {(2, 5)}


def test_places_without_motion_are_not_cut_out() -> None:
    left, middle, right = views(256, 512)
    right[:, :256] = left[:, :256]
    middle[:, :256] = left[:, :256]
    patches = cut_patches([left, middle, right], 50, 128, np.random.default_rng(1), source=0, index=0)
    assert patches
    assert all(
        np.abs(decode_view(patch.planes[2]) - decode_view(patch.planes[0])).mean() > 0.5 / 255 for patch in patches
    )
    still = cut_patches([left, left, left], 5, 128, np.random.default_rng(1), source=0, index=0)
    assert still == []


def test_places_with_more_motion_are_cut_out_more_often() -> None:
    left = np.zeros((128, 512, 3), np.float32)
    right = left.copy()
    right[:, :128] = 0.02
    right[:, 384:] = 0.5
    counts = [0, 0]
    for seed in range(40):
        (patch,) = cut_patches([left, left, right], 1, 128, np.random.default_rng(seed), source=0, index=0)
        counts[int(decode_view(patch.planes[2]).max() > 0.4)] += 1
    assert counts[1] > 4 * counts[0]


def test_halved_pictures_are_means() -> None:
    picture = np.arange(2 * 5 * 4 * 3, dtype=np.float32).reshape(2, 5, 4, 3)
    small = downscale_by_two(picture)
    assert small.shape == (2, 2, 2, 3)
    assert np.allclose(small[1, 1, 0, 2], picture[1, 2:4, 0:2, 2].mean())


def test_noise_is_told_from_what_moves() -> None:
    rng = np.random.default_rng(0)
    still = np.kron(rng.random((20, 26, 3), np.float32), np.ones((5, 5, 1), np.float32))
    noise = rng.normal(0, 0.05, (2, *still.shape)).astype(np.float32)
    assert differ_by_noise(still + noise[0], still + noise[1])
    assert not differ_by_noise(still + noise[0], np.roll(still, 1, axis=1) + noise[1])
    assert not differ_by_noise(still, still)
    assert not differ_by_noise(still[:3], still[:3] + 1)
