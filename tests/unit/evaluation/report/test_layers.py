from __future__ import annotations

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from tests.support.evaluations import INTERPOLATED, TRUTH, worst_frame

from midframe.evaluation.report.layers import (
    LAYER_DETAIL_SIDE,
    LONGEST_LAYER_SIDE,
    PAGE_PIXELS,
    SHORTEST_SIDE,
    layered_image,
    longest_side,
)
from midframe.evaluation.results import MethodInfo


def decoded(uri: str) -> np.ndarray:
    start = "data:image/webp;base64,"
    assert uri.startswith(start)
    return np.asarray(Image.open(BytesIO(b64decode(uri.removeprefix(start)))).convert("RGB")).astype(int)


def method_infos(*names: str) -> tuple[MethodInfo, ...]:
    return tuple(MethodInfo(name, name.upper(), {}) for name in names)


def test_layers_are_the_pictures_they_are_named_after() -> None:
    picture = layered_image(worst_frame(1, ["a", "b"]), method_infos("a", "b"), 1000)
    names = [layer.name for layer in picture.layers]
    assert names == ["truth", "drawn-0", "drawn-1", "error-0", "error-1", "flow", "left", "right"]
    assert [layer.label for layer in picture.layers][1:4] == ["A", "B", "Error of A"]
    for layer, colour in zip(picture.layers, (TRUTH, *INTERPOLATED[:2]), strict=False):
        assert np.abs(decoded(layer.whole) - colour).max() <= 6
        assert layer.detail == ""
    assert picture.size == picture.source_size == (160, 90)


def test_method_without_the_frame_is_left_out() -> None:
    picture = layered_image(worst_frame(1, ["b"], flow=False), method_infos("a", "b"), 1000)
    assert [layer.name for layer in picture.layers] == ["truth", "drawn-1", "error-1", "left", "right"]


def test_large_frames_are_scaled_down_and_have_a_detail_that_is_not() -> None:
    shown = worst_frame(1, ["a"], (1200, 1600))
    shown.interpolated["a"][:] = TRUTH
    shown.interpolated["a"][1000:1010, 1500:1510] = INTERPOLATED[0]
    picture = layered_image(shown, method_infos("a"), 800)
    assert picture.size == (800, 600)
    assert picture.detail_size == (384, 288)
    assert decoded(picture.layers[0].whole).shape == (600, 800, 3)
    detail = decoded(picture.layers[1].detail)
    assert detail.shape == (288, 384, 3)
    left, top = picture.detail_corner
    assert np.abs(detail[1005 - top, 1505 - left] - INTERPOLATED[0]).max() <= 12
    assert np.abs(detail[1020 - top, 1505 - left] - TRUTH).max() <= 12


def test_detail_keeps_the_shape_of_the_frame() -> None:
    picture = layered_image(worst_frame(1, ["a"], (1600, 400)), method_infos("a"), 800)
    assert picture.size == (200, 800)
    assert picture.detail_size == (LAYER_DETAIL_SIDE // 4, LAYER_DETAIL_SIDE)


@pytest.mark.parametrize("size", [(640, 272), (1920, 1080), (1080, 1920), (7680, 4320), (1, 1), (8, 3000)])
@pytest.mark.parametrize("viewers", [1, 6, 40])
def test_pictures_of_a_page_have_a_bound(viewers: int, size: tuple[int, int]) -> None:
    side = longest_side(viewers, 5, size)
    assert min(max(size), SHORTEST_SIDE) <= side <= LONGEST_LAYER_SIDE
    scale = min(1.0, side / max(size))
    pixels = size[0] * size[1] * scale**2 * viewers * 14
    assert pixels <= PAGE_PIXELS * 1.01 or side == min(max(size), SHORTEST_SIDE)


def test_few_small_frames_keep_their_size() -> None:
    assert longest_side(6, 5, (640, 272)) >= 640
