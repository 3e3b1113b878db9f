"""Cut-outs of three frames in a row: what training and validation are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midframe.media.pixels import ViewSamples

LEVELS = 65535
"""Views in [0, 1] are kept as 16-bit codes: exact for 8-bit footage, and half the size of float32."""

STRIDE = 32
"""Pixels between the places where a patch may lie."""

STILL = 0.5 / 255
"""Mean difference between the outer frames below which nothing in a patch is worth learning from."""

CELL = 4
"""Side of the cells that noise averages out in, in pixels."""

NOISE = 1.3
"""Between white noise, which is 1, and anything that moves: the least of a dozen films and stacks was 2.2."""


@dataclass(frozen=True, eq=False)
class Patch:
    """The same place in three frames at even distances.

    Attributes:
        planes: (3, height, width, 3) uint16 codes of the view: left, middle and right frame.
        source: Number of the clip.
        index: Of the middle frame in its clip.
    """

    planes: NDArray[np.uint16]
    source: int
    index: int

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.planes.shape[1], self.planes.shape[2]


def floats(planes: NDArray[np.uint16]) -> NDArray[np.float32]:
    """Views in [0, 1] of codes."""
    return planes.astype(np.float32) / np.float32(LEVELS)


def codes(view: ViewSamples) -> NDArray[np.uint16]:
    """Codes of a view."""
    rounded: NDArray[np.uint16] = np.rint(view * np.float32(LEVELS)).astype(np.uint16)
    return rounded


def halved(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    """Pictures (..., height, width, 3) at half the size: means of 2×2 pixels; an odd last row or column is left out.

    Motion in pixels is halved as well: frames at twice the distance then move as neighbouring frames do.
    """
    height, width = (side // 2 for side in planes.shape[-3:-1])
    cells = planes[..., : 2 * height, : 2 * width, :].reshape(*planes.shape[:-3], height, 2, width, 2, 3)
    means: NDArray[np.float32] = cells.mean(axis=(-4, -2), dtype=np.float32)
    return means


def only_noise(left: ViewSamples, right: ViewSamples) -> bool:
    """Whether two frames (height, width, 3) differ by noise alone, and nothing in them moves.

    Means of 4×4 pixels of white noise have a sixteenth of its variance; of what moves, they keep more.
    """
    difference = (right - left)[: left.shape[0] // CELL * CELL, : left.shape[1] // CELL * CELL]
    cells = halved(halved(difference))
    energy = float(np.mean(difference**2)) if difference.size else 0.0
    return energy > 0 and CELL**2 * float(np.mean(cells**2)) < NOISE * energy


def cut_patches(
    views: Sequence[ViewSamples], count: int, size: int, rng: np.random.Generator, *, source: int, index: int
) -> list[Patch]:
    """Cut out up to `count` places of three frames, those with more motion more often, without repetition.

    Args:
        views: Of the three frames, in order of time.
        count: At most so many.
        size: Side in pixels; frames that are smaller give patches of their own height or width.
        rng: Decides.
        source: See `Patch`.
        index: See `Patch`.

    Returns:
        None of them still; empty where nothing moves.
    """
    height, width = views[0].shape[:2]
    rows, columns = _starts(height, size), _starts(width, size)
    difference = np.abs(views[2] - views[0]).mean(axis=-1)
    motion = _window_means(difference, rows, columns, min(size, height), min(size, width)).ravel()
    places = np.flatnonzero(motion >= STILL)
    if not places.size:
        return []
    chances = motion[places] / motion[places].sum()
    chosen = rng.choice(places, size=min(count, places.size), replace=False, p=chances)
    patches = []
    for place in chosen:
        top, left = rows[place // len(columns)], columns[place % len(columns)]
        planes = np.stack([codes(view[top : top + size, left : left + size]) for view in views])
        patches.append(Patch(planes, source, index))
    return patches


def _starts(length: int, size: int) -> NDArray[np.intp]:
    """Where patches may begin along one axis, its end included."""
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
