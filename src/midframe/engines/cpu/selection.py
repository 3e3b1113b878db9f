"""Where the last two blocks of a network are worth their time, for the precision "fast".

The last two blocks are most of the work and change almost nothing in most of a picture. They refine flow, which matters
where three things meet:

- the warped views still disagree,
- the block before changed the warped views: it has not come to rest there, and there is texture that shows it,
- flow differs among neighbours: the outline of something that moves by itself.

The need of a cell is the product of the three. A patch needs what its cells do on average. Patches with the least need
are left out as long as what they need stays, in sum, below a share of how much the whole pair disagrees: where the
network errs anyway, a little more counts less. docs/quality.md has what that gives and what else was tried.

That goes by outlines, and says nothing of a camera that moves. Where the block before still shifted the flow of more
than half of the cells and so changed the warped views, and these show little noise, the picture moves as a whole and is
precise: then everything is computed.

Around the chosen patches their neighbours are computed too, and count less and less toward their outer edges: it
serves as the margin that convolutions need, and leaves no seams.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from midframe.engines.agreement import CELL
from midframe.engines.cpu.buffers import WINOGRAD_TILE
from midframe.engines.cpu.kernels.library import PatchCornersStruct
from midframe.models.rife.spec import Spec

PATCH = 4 * WINOGRAD_TILE
"""Pixels along each side of a patch where the last block works at full resolution: one of its Winograd tiles."""

LEFT_OUT = 0.0025 / 255
"""Mean need that may be left out, per root mean square of disagreement, both of the view's [0, 1]."""

LEFT_OUT_OF_COARSE = LEFT_OUT / 4
"""The same for versions that know less when it is decided: two blocks instead of three, or none finer than 8 pixels."""

SHIFTED, CHANGED, NOISY = 0.07, 0.035 / 255, 1.1 / 255
"""A cell's flow still moves above the first, in pixels; that shows above the second; and matters below the third."""

SIGNS = 5
"""Values of a cell that it goes by: need, squares, change, shift and noise, see `midframe_need` in selection.cpp."""

ALMOST_ALL = 0.7
"""Share of a block's tiles above which it is computed as a whole: little would be saved."""


@dataclass(frozen=True, eq=False)
class Tiles:
    """Some of a block's Winograd tiles.

    Attributes:
        numbers: Those to compute, int32, ascending, counted row by row.
        around: Those next to them, which their convolutions reach into.
        step: Patches from one corner of the block's output to the next.
    """

    numbers: NDArray[np.int32]
    around: NDArray[np.int32]
    step: float


@dataclass(frozen=True, eq=False)
class Selection:
    """The patches of a pair that the last blocks are computed for.

    Attributes:
        chosen: (rows, columns) of patches.
        patch: Pixels along each side of a patch.
    """

    chosen: NDArray[np.bool_]
    patch: int

    @property
    def empty(self) -> bool:
        """Whether nothing was chosen."""
        return not self.chosen.any()

    @cached_property
    def corners(self) -> NDArray[np.float32]:
        """(rows + 1, columns + 1): 1 where a patch next to the corner was chosen, else 0."""
        padded = np.pad(self.chosen, 1)
        above = padded[:-1, :-1] | padded[:-1, 1:]
        below = padded[1:, :-1] | padded[1:, 1:]
        return np.ascontiguousarray(above | below, np.float32)

    def struct(self, step: float) -> PatchCornersStruct:
        """The structure that kernels read; it holds no more than an address."""
        return PatchCornersStruct(self.corners.ctypes.data, *self.corners.shape, step)

    def tiles(self, scale: float, rows: int, columns: int) -> Tiles | None:
        """What a block computes, or None where it is almost everything.

        Args:
            scale: Working scale of the block, at least 1.
            rows: Rows of its Winograd tiles.
            columns: Columns of them.
        """
        ratio = round(WINOGRAD_TILE * 4 * scale) // self.patch
        if ratio < 1:
            return None
        wanted = np.zeros((rows * ratio, columns * ratio), bool)
        grown = _grown(self.chosen)[: rows * ratio, : columns * ratio]
        wanted[: grown.shape[0], : grown.shape[1]] = grown
        tiles: NDArray[np.bool_] = np.any(wanted.reshape(rows, ratio, columns, ratio), axis=(1, 3))
        if np.count_nonzero(tiles) > ALMOST_ALL * tiles.size:
            return None
        around = _grown(tiles) & ~tiles
        return Tiles(_numbers(tiles), _numbers(around), ratio / WINOGRAD_TILE)


def share_left_out(spec: Spec) -> float:
    """Mean need that may be left out with a version of the network."""
    *before, _, _ = spec.scales
    return LEFT_OUT if len(before) >= 3 and before[-1] <= 4 else LEFT_OUT_OF_COARSE


def choose_patches(signs: NDArray[np.float32], height: int, width: int, patch: int, left_out: float) -> Selection:
    """Decide which patches are computed.

    Args:
        signs: (`SIGNS`, rows, columns) of cells.
        height: Pixels of the frame with padding.
        width: The same across.
        patch: Pixels along each side of a patch, a multiple of `CELL`.
        left_out: Mean need that may be left out, see `share_left_out`.
    """
    need, squares, change, shift, noise = signs
    cells = patch // CELL
    rows, columns = -(-height // patch), -(-width // patch)
    if _most(shift > SHIFTED) and _most(change > CHANGED) and _most(noise < NOISY):
        return Selection(np.ones((rows, columns), bool), patch)
    whole = np.zeros((rows * cells, columns * cells), np.float32)
    whole[: need.shape[0], : need.shape[1]] = need
    means = whole.reshape(rows, cells, columns, cells).sum(axis=(1, 3), dtype=np.float64) / cells**2
    order = np.argsort(means, axis=None, kind="stable")
    sums = np.cumsum(means.ravel()[order])
    limit = left_out * np.sqrt(np.mean(squares, dtype=np.float64)) * means.size
    chosen = np.ones(means.size, bool)
    # NaN is not left out.
    chosen[order[sums <= limit]] = False
    return Selection(chosen.reshape(means.shape), patch)


def _most(cells: NDArray[np.bool_]) -> bool:
    return 2 * int(np.count_nonzero(cells)) > cells.size


def _grown(places: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """With all neighbours, those across corners included."""
    padded = np.pad(places, 1)
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    grown: NDArray[np.bool_] = rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]
    return grown


def _numbers(places: NDArray[np.bool_]) -> NDArray[np.int32]:
    return np.flatnonzero(places).astype(np.int32)
