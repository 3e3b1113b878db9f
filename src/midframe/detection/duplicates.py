"""Detection of duplicates: frames that repeat the one before, apart from lossy compression.

Encoders do not code a duplicate exactly: they refine or coarsen it, so that single samples differ slightly
everywhere. Means over small blocks mostly cancel this, while motion, even by a fraction of a pixel, changes them
locally. The measure is therefore the mean square difference of block means, in the tile of the frame where it is
largest. docs/still.md has its accuracy and how the threshold was found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK = 4
"""Side of the square blocks that are averaged, in pixels."""

TILE = 32
"""Side of a tile, in pixels; a multiple of `BLOCK`."""

DEFAULT_DUPLICATE_THRESHOLD = 0.991
"""Frames with this score or more are duplicates."""

_LUMA = np.array([0.25, 0.65, 0.1], np.float32)
"""Luma weights between those of ITU-R BT.601 and BT.709: the matrix of a view is unknown."""


def duplicate_score(left: NDArray[np.float32], right: NDArray[np.float32], *, enough: float | None = None) -> float:
    """How nearly one frame repeats another: 1 − root mean square difference where it is largest.

    In a run of duplicates, compare each frame with the first one of the run rather than with the one before: slow
    motion then adds up, and ends the run once it is visible.

    Args:
        left: View (height, width, 3) in [0, 1].
        right: View of the same shape and range.
        enough: Stop once the score is known to be below this; the result is then an upper bound.

    Returns:
        1 for equal frames, down to 0 for a black and a white one; never NaN.
    """
    height, width, _ = left.shape
    # Incomplete blocks at the edges are left out.
    block_height, block_width = min(BLOCK, height), min(BLOCK, width)
    down, across = height // block_height, width // block_width
    weights = np.tile(_LUMA, block_width) / np.float32(block_height * block_width)
    tiles = _starts(across, TILE // BLOCK)
    widths = np.diff(tiles, append=across)
    bands = _starts(down, TILE // BLOCK)
    score = 1.0
    # One band of tiles at a time: it stays in the cache, and motion mostly shows in the first few.
    for first, last in zip(bands, [*bands[1:], down], strict=True):
        rows = slice(first * block_height, last * block_height)
        difference = right[rows, : across * block_width] - left[rows, : across * block_width]
        strips = difference.reshape(-1, across, block_width * 3) @ weights
        means = strips.reshape(last - first, block_height, across).sum(axis=1)
        squares = np.add.reduceat((means**2).mean(axis=0), tiles) / widths
        score = min(score, 1.0 - float(np.sqrt(squares.max())))
        if enough is not None and score < enough:
            break
    return score


def _starts(blocks: int, step: int) -> NDArray[np.intp]:
    """First block of each tile; a remainder of less than half a tile joins the last one."""
    return np.arange(max(1, (blocks + step // 2) // step)) * step
