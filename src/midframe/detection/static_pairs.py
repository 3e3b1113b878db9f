"""Detection of static pairs, which need no interpolation.

The score is the structural similarity (SSIM; Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from
error visibility to structural similarity", IEEE Transactions on Image Processing 13(4), 2004) of the *least*
similar tile. Motion in one tile is enough for a moving pair, however small the tile is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

WINDOW = 7
"""Side in pixels of the square windows of means and variances."""

TILE = 4
"""Side of a tile in windows."""

DEFAULT_STATIC_THRESHOLD = 0.996
"""Pairs with this score or more are static."""

_LUMINANCE_CONSTANT = 0.01**2
_CONTRAST_CONSTANT = 0.03**2


def static_score(left: NDArray[np.float32], right: NDArray[np.float32], *, enough: float | None = None) -> float:
    """Similarity of two frames where they are least similar.

    Args:
        left: View (height, width, channels) in [0, 1].
        right: View of the same shape and range.
        enough: Stop once the score is known to be below this; the result is then an upper bound.

    Returns:
        1 for equal frames, down to −1; never NaN.
    """
    height, _, channels = left.shape
    lowest = 1.0
    # One band of tiles at a time: it stays in the cache, and motion mostly shows in the first few.
    for top in range(0, height, TILE * WINDOW):
        bottom = min(top + TILE * WINDOW, height)
        for channel in range(channels):
            band = _tile_similarity(
                left[top:bottom, :, channel].astype(np.float64), right[top:bottom, :, channel].astype(np.float64)
            )
            lowest = min(lowest, band)
            if enough is not None and lowest < enough:
                return lowest
    return lowest


def _tile_similarity(left: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """Lowest mean SSIM of the tiles in a band at most one tile high."""
    mean_left, mean_right = _window_means(left), _window_means(right)
    variance_left = _window_means(left * left) - mean_left**2
    variance_right = _window_means(right * right) - mean_right**2
    covariance = _window_means(left * right) - mean_left * mean_right
    similarity = (
        (2 * mean_left * mean_right + _LUMINANCE_CONSTANT)
        * (2 * covariance + _CONTRAST_CONSTANT)
        / ((mean_left**2 + mean_right**2 + _LUMINANCE_CONSTANT) * (variance_left + variance_right + _CONTRAST_CONSTANT))
    )
    columns = similarity.mean(axis=0)
    starts = np.arange(0, columns.size, TILE)
    sizes = np.diff(np.append(starts, columns.size))
    return float((np.add.reduceat(columns, starts) / sizes).min())


def _window_means(plane: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Means over side-by-side windows; those at the right and bottom edge may be smaller."""
    rows = np.arange(0, plane.shape[0], WINDOW)
    columns = np.arange(0, plane.shape[1], WINDOW)
    sums = np.add.reduceat(np.add.reduceat(plane, rows, axis=0), columns, axis=1)
    heights = np.diff(np.append(rows, plane.shape[0]))
    widths = np.diff(np.append(columns, plane.shape[1]))
    means: NDArray[np.float64] = sums / np.outer(heights, widths)
    return means
