"""Code values of every kind of pixels, there and back."""

from __future__ import annotations

import ast
from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.clips import frame_planes

import midframe
from midframe.errors import UnsupportedFormatError
from midframe.media.video.planes import layout_of, picture_from_samples, planar, planar_name, rgb_array, samples_of

PLANAR = [
    *("yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p", "yuva420p", "yuva444p"),
    *("yuv420p10le", "yuv422p10le", "yuv444p12le", "yuva444p10le", "gray", "gray10le", "gbrp", "gbrap", "gbrp12le"),
]


@pytest.mark.parametrize("name", PLANAR)
@pytest.mark.parametrize("size", [(24, 16), (23, 17)])
def test_pictures_come_back_exactly(name: str, size: tuple[int, int]) -> None:
    layout = layout_of(name)
    picture = av.VideoFrame(*size, name)
    random = np.random.default_rng(1)
    for plane in picture.planes:
        rows = np.frombuffer(memoryview(plane), layout.dtype)
        rows[...] = random.integers(0, 1 << layout.bits, rows.size)

    samples = samples_of(picture, layout)
    again = picture_from_samples(samples, layout)

    assert samples.shape == (size[1], size[0], len(layout.planes))
    for before, after in zip(frame_planes(picture), frame_planes(again), strict=True):
        np.testing.assert_array_equal(before, after)


def test_chroma_of_a_block_is_its_mean() -> None:
    layout = layout_of("yuv420p")
    samples = np.zeros((3, 3, 3), np.uint8)
    samples[:2, :2, 1] = [[10, 20], [30, 41]]
    samples[2, 2, 2] = 77

    _, blue, red = frame_planes(picture_from_samples(samples, layout))

    assert blue.tolist() == [[25, 0], [0, 0]]
    assert red.tolist() == [[0, 0], [0, 77]]


def test_averaging_has_no_bias() -> None:
    layout = layout_of("yuv420p")
    samples = np.random.default_rng(0).integers(0, 256, (512, 512, 3), dtype=np.uint8)

    blue = frame_planes(picture_from_samples(samples, layout))[1]

    # Rounding halves up would be 0.125 off; the mean of 65,536 blocks is known to 0.15 / √65,536 of rounding noise.
    assert abs(float(blue.mean()) - float(samples[..., 1].mean())) < 0.01


@pytest.mark.parametrize(
    ("packed", "name"),
    [("nv12", "yuv420p"), ("p010le", "yuv420p10le"), ("yuyv422", "yuv422p"), ("bgra", "gbrap"), ("rgb24", "gbrp")],
)
def test_packed_pixels_become_planes(packed: str, name: str) -> None:
    assert planar_name(packed) == name
    picture = av.VideoFrame(8, 8, packed)
    assert planar(picture).format.name == name


def test_full_range_of_old_names_is_kept_as_codes_and_a_tag() -> None:
    picture = av.VideoFrame(8, 8, "yuvj420p")
    np.frombuffer(memoryview(picture.planes[0]), np.uint8)[...] = 3

    moved = planar(picture)

    assert moved.format.name == "yuv420p"
    assert int(moved.color_range) == 2
    assert set(frame_planes(moved)[0].ravel().tolist()) == {3}


@pytest.mark.parametrize("name", ["gbrpf32le", "xyz12le", "bayer_rggb8"])
def test_pixels_without_codes_are_refused(name: str) -> None:
    with pytest.raises(UnsupportedFormatError, match=name):
        planar_name(name)


def test_nothing_else_calls_the_scaler() -> None:
    """Elsewhere it could run with several threads, which damages narrow pictures now and then."""
    found = set()
    for path in sorted(Path(midframe.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                names = {keyword.arg for keyword in node.keywords}
                converts = node.func.attr == "reformat" or (node.func.attr == "to_ndarray" and "format" in names)
                if converts:
                    found.add(path.name)
                    assert any(
                        keyword.arg == "threads"
                        and isinstance(keyword.value, ast.Constant)
                        and keyword.value.value == 1
                        for keyword in node.keywords
                    )
    assert found == {"planes.py"}


def test_rgb_array_of_a_grey_picture() -> None:
    picture = av.VideoFrame.from_ndarray(np.full((16, 24), 90, np.uint8), format="gray")
    array = rgb_array(picture)
    assert (array.shape, array.dtype) == ((16, 24, 3), np.dtype(np.uint8))
    assert len(np.unique(array)) == 1
