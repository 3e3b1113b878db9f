from __future__ import annotations

import numpy as np
import pytest

from midframe.visualization.flow_picture import flow_picture, mask_picture


def one(x: float, y: float, largest: float | None = 1.0) -> tuple[int, ...]:
    return tuple(int(value) for value in flow_picture(np.array([[[x, y]]], np.float32), largest)[0, 0])


# Made with another implementation of the wheel (the package flow_vis 0.1).
PUBLISHED = {
    (1.0, 0.0): (255, 0, 0),
    (0.0, 1.0): (255, 229, 0),
    (-1.0, 0.0): (0, 209, 255),
    (0.0, -1.0): (88, 0, 255),
    (0.5, 0.0): (255, 127, 127),
    (0.6, 0.8): (255, 135, 0),
    (-0.3, 0.4): (169, 255, 127),
    (-0.6, -0.2): (93, 185, 255),
    (0.2, -0.9): (134, 19, 255),
    (0.0, 0.0): (255, 255, 255),
}


@pytest.mark.parametrize("offset", PUBLISHED)
def test_colours_are_those_of_another_implementation(offset: tuple[float, float]) -> None:
    # Rounding down to whole numbers happens at other places there.
    assert np.abs(np.subtract(one(*offset), PUBLISHED[offset])).max() <= 1


def test_the_longest_motion_is_saturated() -> None:
    flow = np.array([[[7, 0], [3.5, 0], [0, 0]]], np.float32)
    assert flow_picture(flow).tolist() == [[[255, 0, 0], [255, 127, 127], [255, 255, 255]]]
    np.testing.assert_array_equal(flow_picture(flow), flow_picture(flow, 7))


def test_longer_than_the_largest_is_darker() -> None:
    assert one(5, 0, largest=2) == (191, 0, 0)


def test_unknown_motion_is_black_and_sets_no_scale() -> None:
    flow = np.array([[[2, 0], [np.nan, 0], [np.inf, 1], [2e9, 0]]], np.float32)
    assert flow_picture(flow).tolist() == [[[255, 0, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]]]


def test_a_still_picture_is_white() -> None:
    picture = flow_picture(np.zeros((3, 4, 2), np.float32))
    assert picture.shape == (3, 4, 3)
    assert picture.dtype == np.uint8
    assert (picture == 255).all()


def test_masks_are_grey() -> None:
    picture = mask_picture(np.array([[0, 0.5, 1]], np.float32))
    assert picture.tolist() == [[[0, 0, 0], [128, 128, 128], [255, 255, 255]]]
