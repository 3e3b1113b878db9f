"""Turning pixels as display matrices say."""

from __future__ import annotations

import numpy as np
import pytest

from midframe.media.video.orientation import orientation_of

ONE = 1 << 16
STORED = np.array([[1, 2, 3], [4, 5, 6]])[..., None]


@pytest.mark.parametrize(
    ("across", "down", "shown"),
    [
        # What becomes of a step to the right and of a step down.
        ((0, 1), (-1, 0), [[4, 1], [5, 2], [6, 3]]),
        ((-1, 0), (0, -1), [[6, 5, 4], [3, 2, 1]]),
        ((0, -1), (1, 0), [[3, 6], [2, 5], [1, 4]]),
        ((-1, 0), (0, 1), [[3, 2, 1], [6, 5, 4]]),
        ((1, 0), (0, -1), [[4, 5, 6], [1, 2, 3]]),
        ((0, 1), (1, 0), [[1, 4], [2, 5], [3, 6]]),
        ((0, -1), (-1, 0), [[6, 3], [5, 2], [4, 1]]),
    ],
)
def test_right_angles_and_mirrors(across: tuple[int, int], down: tuple[int, int], shown: list[list[int]]) -> None:
    matrix = [across[0] * ONE, across[1] * ONE, 0, down[0] * ONE, down[1] * ONE, 0, 0, 0, 1 << 30]
    orientation = orientation_of(matrix)

    assert orientation is not None
    turned = orientation.shown(STORED)
    assert turned[..., 0].tolist() == shown
    assert turned.flags["C_CONTIGUOUS"]
    assert orientation.size(3, 2) == (turned.shape[1], turned.shape[0])


@pytest.mark.parametrize(
    "matrix", [None, [ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30], [56756, 32768, 0, -32768, 56756, 0, 0, 0, 1 << 30]]
)
def test_nothing_is_turned_without_need(matrix: list[int] | None) -> None:
    assert orientation_of(matrix) is None
