"""Errors as colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

INFERNO = np.array(
    [
        *((0, 0, 4), (11, 7, 36), (33, 12, 74), (60, 9, 101), (87, 16, 109), (112, 25, 110), (137, 34, 106)),
        *((163, 43, 97), (187, 55, 85), (209, 70, 68), (227, 89, 50), (241, 113, 30), (249, 141, 10)),
        *((252, 171, 15), (249, 202, 50), (242, 232, 101), (252, 255, 164)),
    ],
    np.float32,
)
"""Anchors at equal steps of the colour map "inferno" by Stéfan van der Walt and Nathaniel Smith (2015, CC0), which is
perceptually even; darker is less. What lies between them by straight lines is off by at most 7 of 255 levels."""

TOPS = (8, 16, 32, 64, 128, 255)
"""Ends that a scale may have, in levels of 255."""


def error_of(truth: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Mean absolute difference over the channels: (height, width) float32 in levels 0 … 255."""
    difference = np.abs(truth.astype(np.int16) - other)
    error: NDArray[np.float32] = difference.mean(axis=2, dtype=np.float32)
    return error


def scale_top(error: NDArray[np.float32]) -> int:
    """The end of a scale on which all but one pixel in five hundred of an error map can be distinguished."""
    reached = float(np.quantile(error, 0.998))
    return next((top for top in TOPS if top >= reached), TOPS[-1])


def heat_map(error: NDArray[np.float32], top: float) -> NDArray[np.uint8]:
    """Colours (height, width, 3) uint8 RGB of an error map; `top` levels and more are brightest."""
    ramp = np.stack(
        [
            np.interp(np.linspace(0, 1, 256), np.linspace(0, 1, len(INFERNO)), INFERNO[:, channel])
            for channel in range(3)
        ],
        axis=1,
    )
    steps = np.rint(np.clip(error / top, 0, 1) * 255).astype(np.uint8)
    colours: NDArray[np.uint8] = np.rint(ramp).astype(np.uint8)[steps]
    return colours


def worst_corner(error: NDArray[np.float32], size: Sequence[int]) -> tuple[int, int]:
    """Top and left of the window of `size` (height, width) that is centred on the worst place, as far as edges allow.

    The worst place is the square of a quarter of the window's longer side with the largest mean squared error.
    """
    side = max(1, min(max(size) // 4, *error.shape))
    sums = np.zeros((error.shape[0] + 1, error.shape[1] + 1))
    sums[1:, 1:] = np.square(error, dtype=np.float64).cumsum(axis=0).cumsum(axis=1)
    windows = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    place = np.unravel_index(int(np.argmax(windows)), windows.shape)
    corner = [
        int(np.clip(start + side // 2 - length // 2, 0, whole - length))
        for start, length, whole in zip(place, size, error.shape, strict=True)
    ]
    return corner[0], corner[1]
