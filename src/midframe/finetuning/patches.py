"""Patches of three consecutive frames, the samples of training and validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midframe.media.pixels import ViewSamples

LEVELS = 65535
"""Views in [0, 1] are kept as 16-bit codes: exact for 8-bit footage, and half the size of float32."""

STRIDE = 32
"""Pixels between possible positions of a patch."""

STILL_DIFFERENCE = 0.5 / 255
"""Mean difference between the outer frames below which a patch is not used."""

NOISE_CELL = 4
"""Side in pixels of the cells whose means are compared with single pixels."""

NOISE_RATIO = 1.3
"""Variance of cell means over that of pixels, relative to white noise: 1 for white noise; at least 2.2 in a dozen
films and stacks with motion."""


@dataclass(frozen=True, eq=False)
class Patch:
    """The same square of three frames at equal distances in time.

    Attributes:
        planes: (3, height, width, 3) uint16 codes of the views of the left, middle and right frame.
        source: Index of the clip.
        index: Index of the middle frame in its clip.
    """

    planes: NDArray[np.uint16]
    source: int
    index: int

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.planes.shape[1], self.planes.shape[2]


def decode_view(planes: NDArray[np.uint16]) -> NDArray[np.float32]:
    """16-bit codes as values in [0, 1]."""
    return planes.astype(np.float32) / np.float32(LEVELS)


def encode_view(view: ViewSamples) -> NDArray[np.uint16]:
    """Values in [0, 1] as 16-bit codes."""
    rounded: NDArray[np.uint16] = np.rint(view * np.float32(LEVELS)).astype(np.uint16)
    return rounded


def downscale_by_two(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Frames (..., height, width, 3) at half the size: means of 2×2 pixels; an odd last row or column is dropped.

    Motion in pixels is halved as well: frames at twice the distance then move as neighbouring frames do.
    """
    height, width = (side // 2 for side in planes.shape[-3:-1])
    cells = planes[..., : 2 * height, : 2 * width, :].reshape(*planes.shape[:-3], height, 2, width, 2, 3)
    means: NDArray[np.float32] = cells.mean(axis=(-4, -2), dtype=np.float32)
    return means


def differ_by_noise(left: ViewSamples, right: ViewSamples) -> bool:
    """Whether two views (height, width, 3) differ by noise alone, without motion.

    Means of 4×4 pixels of white noise have a sixteenth of its variance; differences due to motion keep more.
    """
    difference = (right - left)[: left.shape[0] // NOISE_CELL * NOISE_CELL, : left.shape[1] // NOISE_CELL * NOISE_CELL]
    cells = downscale_by_two(downscale_by_two(difference))
    energy = float(np.mean(difference**2)) if difference.size else 0.0
    return energy > 0 and NOISE_CELL**2 * float(np.mean(cells**2)) < NOISE_RATIO * energy


def cut_patches(
    views: Sequence[ViewSamples], count: int, size: int, rng: np.random.Generator, *, source: int, index: int
) -> list[Patch]:
    """Cut patches at random positions, without repetition; positions with more motion are more probable.

    Args:
        views: Views of the three frames, in the order of time.
        count: Largest number of patches.
        size: Side in pixels; smaller frames give patches of their own height or width.
        rng: Source of the random choices.
        source: See `Patch`.
        index: See `Patch`.

    Returns:
        Patches with motion; none where nothing moves.
    """
    height, width = views[0].shape[:2]
    rows, columns = _starts(height, size), _starts(width, size)
    difference = np.abs(views[2] - views[0]).mean(axis=-1)
    motion = _window_means(difference, rows, columns, min(size, height), min(size, width)).ravel()
    positions = np.flatnonzero(motion >= STILL_DIFFERENCE)
    if not positions.size:
        return []
    probabilities = motion[positions] / motion[positions].sum()
    chosen = rng.choice(positions, size=min(count, positions.size), replace=False, p=probabilities)
    patches = []
    for position in chosen:
        top, left = rows[position // len(columns)], columns[position % len(columns)]
        planes = np.stack([encode_view(view[top : top + size, left : left + size]) for view in views])
        patches.append(Patch(planes, source, index))
    return patches


def _starts(length: int, size: int) -> NDArray[np.intp]:
    """First pixels of the possible patches along one axis, up to its end."""
    last = max(0, length - size)
    return np.unique(np.append(np.arange(0, last + 1, STRIDE), last))


def _window_means(
    plane: NDArray[np.float32], rows: NDArray[np.intp], columns: NDArray[np.intp], height: int, width: int
) -> NDArray[np.float64]:
    """Means over windows that begin at `rows` and `columns`: (rows, columns)."""
    sums = np.zeros((plane.shape[0] + 1, plane.shape[1] + 1))
    np.cumsum(np.cumsum(plane, axis=0, dtype=np.float64), axis=1, out=sums[1:, 1:])
    top, bottom = sums[rows], sums[rows + height]
    means: NDArray[np.float64] = (bottom[:, columns + width] - bottom[:, columns] - top[:, columns + width]) + top[
        :, columns
    ]
    return means / (height * width)
