"""Frames by cells."""

from __future__ import annotations

import numpy as np

from midframe.evaluation.review.cells import FrameCells, around, cell_means, middles, warped


def ramp(height: int = 16, width: int = 24) -> np.ndarray:
    """Brightness that rises by 1/100 with each column."""
    columns = np.arange(width, dtype=np.float32) / 100
    return np.broadcast_to(columns[None, :, None], (height, width, 3)).copy()


def test_means_of_cells() -> None:
    means = cell_means(ramp())
    assert means.shape == (4, 6, 3)
    assert np.allclose(means[0, :, 0], (np.arange(6) * 4 + 1.5) / 100)


def test_cells_that_reach_beyond_the_frame_repeat_its_last_pixels() -> None:
    means = cell_means(ramp(5, 10))
    assert means.shape == (2, 3, 3)
    assert np.isclose(means[1, 2, 0], (8 + 9 + 9 + 9) / 4 / 100)


def test_texture_is_the_squared_change_from_pixel_to_pixel() -> None:
    texture = FrameCells.of(ramp()).texture
    assert texture.shape == (4, 6, 3)
    assert np.allclose(texture[..., 0], 0.01**2)
    assert np.allclose(texture[..., 1:], 0)


def test_reading_at_offsets_between_cells_and_beyond_the_edge() -> None:
    cells = np.arange(12, dtype=np.float32).reshape(3, 4, 1)
    offsets = np.zeros((3, 4, 2), np.float32)
    offsets[1, 1] = (0.5, -0.5)
    offsets[2, 3] = (9, 9)
    read = warped(cells, offsets)
    assert read[1, 1, 0] == (1 + 2 + 5 + 6) / 4
    assert read[2, 3, 0] == 11
    assert read[0, 0, 0] == 0


def test_means_around() -> None:
    plane = np.zeros((5, 5), np.float32)
    plane[2, 2] = 9
    assert around(plane, 3)[1:4, 1:4].tolist() == [[1, 1, 1]] * 3
    assert around(plane, 3)[0, 0] == 0


def test_samples_in_the_middles_of_cells() -> None:
    rows = (np.arange(6)[:, None] * 10 + np.arange(9)).astype(np.float32)
    assert middles(rows).tolist() == [[22, 26, 28], [52, 56, 58]]
