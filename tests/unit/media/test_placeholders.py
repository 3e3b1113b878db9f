"""Values that stand for no data."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from midframe.media.pixels import ViewTransform
from midframe.media.placeholders import data_in, no_data_in
from midframe.types import ChannelLabel, Frame, FrameFormat


def columns(*values: float) -> NDArray[np.float32]:
    return np.array([values], np.float32)[..., np.newaxis].repeat(3, axis=2)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e10, 1e30, -1e10])
def test_placeholders_are_found(value: float) -> None:
    samples = columns(0, 1, value, 3, value)
    no_data = no_data_in(samples)
    assert no_data is not None
    assert no_data[0, :, 0].tolist() == [False, False, True, False, True]
    assert sorted(data_in(samples).tolist()) == [0] * 3 + [1] * 3 + [3] * 3


def test_light_and_other_data_are_data() -> None:
    assert no_data_in(columns(-50, 0, 65504, 1e8)) is None
    assert data_in(np.arange(4, dtype=np.uint16)).tolist() == [0, 1, 2, 3]


def test_channels_are_looked_at_one_by_one() -> None:
    samples = columns(0, 1, 2, 3)
    samples[0, 1, 2] = np.nan
    no_data = no_data_in(samples)
    assert no_data is not None
    assert np.argwhere(no_data).tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("dtype", ["int16", "uint8", "float32"])
def test_a_value_that_the_file_states(dtype: str) -> None:
    samples = columns(0, 99, 2, 99).astype(dtype)
    no_data = no_data_in(samples, 99.0)
    assert no_data is not None
    assert no_data[0, :, 0].tolist() == [False, True, False, True]
    assert set(data_in(samples, 99.0).tolist()) == {0, 2}
    assert no_data_in(samples, 98.0) is None
    assert no_data_in(samples) is None


@pytest.mark.parametrize("sky", [1e10, 1e30, np.inf, np.nan])
def test_depth_alone_is_seen_before_a_sky(sky: float) -> None:
    depth = np.full((40, 40, 1), sky, np.float32)
    depth[10:30, 10:30, 0] = np.linspace(4, 6, 400).reshape(20, 20)
    layout = FrameFormat(40, 40, 1, depth.dtype, transfer="linear", labels=(ChannelLabel("Z"),))
    view = ViewTransform.fit([Frame(depth, layout)]).view(depth)
    assert np.ptp(view[10:30, 10:30]) > 0.5


@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_a_terrain_is_seen_beside_pixels_without_data(dtype: str) -> None:
    heights = np.full((40, 40, 1), -9999, dtype)
    heights[10:30, 10:30, 0] = np.linspace(400, 600, 400).reshape(20, 20)
    layout = FrameFormat(40, 40, 1, heights.dtype, no_data=-9999.0)
    view = ViewTransform.fit([Frame(heights, layout)]).view(heights)
    assert np.ptp(view[10:30, 10:30]) > 0.5
