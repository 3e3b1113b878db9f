"""Whether a frame repeats the one before it, as far as lossy compression lets one tell.

Encoders do not code a repeat exactly: they refine or coarsen it, so that single samples differ everywhere by a
little. Means over small blocks mostly cancel that, while anything that moves, even by a fraction of a pixel, changes
them where it is. So the measure is the mean square difference of block means, in the tile of the picture where it is
largest. How well that works, and how the threshold was found, is in docs/still.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BLOCK = 4
"""Side of the square blocks that are averaged, in pixels."""

TILE = 32
"""Side of a tile, in pixels; a multiple of `BLOCK`."""

DEFAULT_DUPLICATE_THRESHOLD = 0.991
"""Frames whose score reaches this are repeats."""

_LUMA = np.array([0.25, 0.65, 0.1], np.float32)
"""Between the weights of ITU-R BT.601 and BT.709: a view does not say which its colours had."""


def duplicate_score(left: NDArray[np.float32], right: NDArray[np.float32], *, enough: float | None = None) -> float:
    """How nearly one frame repeats another: 1 − root mean square difference where it is largest.

    In a run of repeats, compare each frame with the first of the run rather than with the one before it: then a
    motion too slow to be seen from frame to frame adds up, and ends the run once it can be.

    Args:
        left: (height, width, 3) in [0, 1], as the network sees the frame.
        right: Likewise, of the same shape.
        enough: Stop looking once the score is known to be below this; the result is then an upper bound.

    Returns:
        1 for equal frames, down to 0 for black and white ones; NaN never.
    """
    height, width, _ = left.shape
    # What a last incomplete block would hold is left out.
    block_height, block_width = min(BLOCK, height), min(BLOCK, width)
    down, across = height // block_height, width // block_width
    weights = np.tile(_LUMA, block_width) / np.float32(block_height * block_width)
    tiles = _starts(across, TILE // BLOCK)
    widths = np.diff(tiles, append=across)
    bands = _starts(down, TILE // BLOCK)
    score = 1.0
    # One band of tiles at a time: it stays in the cache, and frames that move show it in the first few.
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
    """Where tiles begin; what is left over at the end joins the last one if it is under half of one."""
    return np.arange(max(1, (blocks + step // 2) // step)) * step
