from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from midframe.visualization.flow_legend import MARGIN, with_legend
from midframe.visualization.flow_picture import flow_picture, longest_motion


def still(height: int, width: int, corner: float = 20.0) -> NDArray[np.float32]:
    """Nothing moves but for the first pixel."""
    flow = np.zeros((height, width, 2), np.float32)
    flow[0, 0, 0] = corner
    return flow


def legend_of(marked: NDArray[np.uint8], plain: NDArray[np.uint8]) -> NDArray[np.uint8]:
    changed = np.argwhere((marked != plain).any(axis=2))
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0)
    assert (bottom, right) == (plain.shape[0] - 1, plain.shape[1] - 1)
    return marked[top:, left:]


def test_the_wheel_has_the_colours_of_the_picture() -> None:
    flow = still(200, 300)
    plain = flow_picture(flow)

    legend = legend_of(with_legend(plain, flow), plain)

    diameter = 48
    left, middle = (legend.shape[1] - diameter) // 2, MARGIN + diameter // 2
    ends = {
        "right": (middle, left + diameter - 2),
        "left": (middle, left + 1),
        "down": (MARGIN + diameter - 2, left + diameter // 2),
    }
    offsets = {"right": (1, 0), "left": (-1, 0), "down": (0, 1)}
    for name, place in ends.items():
        motion = np.array([[offsets[name]]], np.float32)
        np.testing.assert_allclose(
            legend[place].astype(int), flow_picture(motion)[0, 0].astype(int), atol=25, err_msg=name
        )
    assert (legend[middle, left + diameter // 2] > 230).all(), "white in the middle, where nothing moves"


def test_the_picture_beside_it_is_unchanged() -> None:
    flow = still(200, 300)
    plain = flow_picture(flow)
    before = plain.copy()

    marked = with_legend(plain, flow)

    np.testing.assert_array_equal(plain, before)
    np.testing.assert_array_equal(marked[:100], plain[:100])


def test_the_scale_is_that_of_full_colour() -> None:
    flow, other = still(200, 300), still(200, 300, 7.0)
    plain = np.full((200, 300, 3), 255, np.uint8)

    same = with_legend(plain, flow, 20.0)

    np.testing.assert_array_equal(with_legend(plain, other, 20.0), same)
    assert (with_legend(plain, other) != same).any()
    np.testing.assert_array_equal(with_legend(plain, flow), same)


@pytest.mark.parametrize("size", [(48, 64), (90, 200), (1, 1), (400, 50)])
def test_small_pictures_have_none(size: tuple[int, int]) -> None:
    flow = still(*size)
    plain = flow_picture(flow)

    np.testing.assert_array_equal(with_legend(plain, flow), plain)


def test_unknown_motion_is_not_the_longest() -> None:
    flow = still(2, 2, 3.0)
    flow[1, 1] = np.inf

    assert longest_motion(flow) == 3.0
    assert longest_motion(np.full((2, 2, 2), np.nan, np.float32)) == 0.0
