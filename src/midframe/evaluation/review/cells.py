"""Frames and motion by cells of 4 × 4 pixels, which is where a review looks for signs of bad interpolation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midframe.engines.agreement import CELL, cell_counts
from midframe.engines.flow_fields import MotionField
from midframe.media.pixels import ViewSamples

Cells = NDArray[np.float32]
"""(rows, columns) or (rows, columns, channels) by cells."""


@dataclass(frozen=True, eq=False)
class FrameCells:
    """A frame by cells.

    Attributes:
        colours: (rows, columns, 3): mean colour in [0, 1].
        texture: (rows, columns, 3): the structure tensor, that is means of gx², gy² and gx·gy over pixels and colours,
            where gx and gy are differences to the next pixel.
    """

    colours: Cells
    texture: Cells

    @staticmethod
    def of(view: ViewSamples) -> FrameCells:
        """The cells of a view (height, width, 3) in [0, 1]."""
        return FrameCells(cell_means(view), _texture(view))


@dataclass(frozen=True, eq=False)
class MotionCells:
    """The motion of a pair at half its time, by cells.

    Attributes:
        to_left: (rows, columns, 2): offsets to the left frame in pixels, x and y.
        to_right: The same to the right frame.
        left_share: (rows, columns): share of the left frame in the blend, in [0, 1].
    """

    to_left: Cells
    to_right: Cells
    left_share: Cells

    @staticmethod
    def of(field: MotionField) -> MotionCells:
        """Samples in the middles of cells: motion is smooth enough for that."""
        left, right, share = (middles(plane) for plane in (field.to_left, field.to_right, field.left_share))
        return MotionCells(left, right, share)

    @property
    def velocity(self) -> Cells:
        """Pixels from the left frame to the right one, (rows, columns, 2)."""
        return self.to_right - self.to_left


def cell_means(view: ViewSamples) -> Cells:
    """Means over cells of (height, width, channels); those at the right and bottom edge repeat the last pixels."""
    height, width = view.shape[:2]
    if height % CELL or width % CELL:
        view = np.pad(view, ((0, -height % CELL), (0, -width % CELL), (0, 0)), mode="edge")
    lines = sum((view[first::CELL] for first in range(1, CELL)), view[0::CELL])
    total = sum((lines[:, first::CELL] for first in range(1, CELL)), lines[:, 0::CELL])
    means: Cells = total * np.float32(1 / CELL**2)
    return means


def middles(planes: NDArray[np.float32]) -> Cells:
    """Samples of (height, width, …) in the middles of cells."""
    rows, columns = (
        np.minimum(np.arange(count) * CELL + CELL // 2, length - 1)
        for count, length in zip(cell_counts(*planes.shape[:2]), planes.shape[:2], strict=True)
    )
    sampled: Cells = planes[rows[:, None], columns]
    return sampled


def warped(cells: Cells, offsets: Cells) -> Cells:
    """Cells (rows, columns, channels) read at offsets (rows, columns, 2) in cells, bilinear; edges repeat."""
    rows, columns = cells.shape[:2]
    x = np.clip(np.arange(columns, dtype=np.float32) + offsets[..., 0], 0, columns - 1)
    y = np.clip(np.arange(rows, dtype=np.float32)[:, None] + offsets[..., 1], 0, rows - 1)
    left, top = x.astype(np.intp), y.astype(np.intp)
    right, bottom = np.minimum(left + 1, columns - 1), np.minimum(top + 1, rows - 1)
    across, down = (x - left)[..., None], (y - top)[..., None]
    upper = cells[top, left] + across * (cells[top, right] - cells[top, left])
    lower = cells[bottom, left] + across * (cells[bottom, right] - cells[bottom, left])
    read: Cells = upper + down * (lower - upper)
    return read


def around(plane: Cells, side: int) -> Cells:
    """Means over windows of side × side cells; windows reach beyond the edge, where its cells repeat."""
    margin = side // 2
    padded = np.pad(plane, margin, mode="edge")
    lines = sum((padded[first : first + plane.shape[0]] for first in range(1, side)), padded[: plane.shape[0]])
    total = sum((lines[:, first : first + plane.shape[1]] for first in range(1, side)), lines[:, : plane.shape[1]])
    means: Cells = total * np.float32(1 / side**2)
    return means


def _texture(view: ViewSamples) -> Cells:
    """See `FrameCells.texture`; from every second pixel of every second row, which is a quarter of the work."""
    height, width = view.shape[:2]
    if height % CELL or width % CELL:
        view = np.pad(view, ((0, -height % CELL), (0, -width % CELL), (0, 0)), mode="edge")
    here = view[1::2, 1::2]
    across, down = here - view[1::2, 0::2], here - view[0::2, 1::2]
    products = np.stack([np.einsum("yxc,yxc->yx", *pair) for pair in _pairs(across, down)], axis=-1)
    cells: Cells = products.reshape(products.shape[0] // 2, 2, products.shape[1] // 2, 2, 3).mean(axis=(1, 3))
    return cells * np.float32(1 / view.shape[2])


def _pairs(across: NDArray[np.float32], down: NDArray[np.float32]) -> tuple[tuple[NDArray[np.float32], ...], ...]:
    return (across, across), (down, down), (across, down)
