from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from midframe.types import SAMPLE_DTYPES, Alpha, Frame, FrameFormat

RGB8 = FrameFormat(5, 3, 3, np.dtype("uint8"))


@pytest.mark.parametrize(("width", "height", "channels"), [(0, 3, 3), (5, 0, 3), (5, 3, 0), (-1, 3, 3)])
def test_format_needs_pixels_and_channels(width: int, height: int, channels: int) -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        FrameFormat(width, height, channels, np.dtype("uint8"))


@pytest.mark.parametrize("name", ["float64", "int8", "uint32", "bool", "complex64", ">u2"])
def test_format_refuses_types_that_float32_does_not_hold(name: str) -> None:
    with pytest.raises(ValueError, match="not supported"):
        FrameFormat(5, 3, 3, np.dtype(name))


@pytest.mark.parametrize("dtype", SAMPLE_DTYPES, ids=str)
def test_sample_types_are_exact_in_float32(dtype: np.dtype[Any]) -> None:
    if dtype.kind == "f":
        ends = np.array([np.finfo(dtype).min, np.finfo(dtype).smallest_subnormal, np.finfo(dtype).max], dtype)
    else:
        ends = np.arange(np.iinfo(dtype).min, int(np.iinfo(dtype).max) + 1).astype(dtype)
    np.testing.assert_array_equal(ends.astype(np.float32).astype(dtype), ends)


@pytest.mark.parametrize("channel", [-1, 3])
def test_alpha_must_exist(channel: int) -> None:
    with pytest.raises(ValueError, match="alpha channel"):
        FrameFormat(5, 3, 3, np.dtype("uint8"), Alpha(channel, premultiplied=False))


def test_bytes_of_a_frame() -> None:
    assert RGB8.nbytes == 45
    assert FrameFormat(5, 3, 2, np.dtype("float32")).nbytes == 120


@pytest.mark.parametrize(
    ("channels", "alpha", "words"),
    [
        (1, None, "5×3 grey uint8"),
        (2, None, "5×3 2 channels uint8"),
        (2, Alpha(1, premultiplied=False), "5×3 grey+alpha uint8"),
        (3, None, "5×3 RGB uint8"),
        (4, None, "5×3 4 channels uint8"),
        (4, Alpha(3, premultiplied=True), "5×3 RGBA uint8"),
        (7, None, "5×3 7 channels uint8"),
    ],
)
def test_format_in_words(channels: int, alpha: Alpha | None, words: str) -> None:
    assert str(FrameFormat(5, 3, channels, np.dtype("uint8"), alpha)) == words


@pytest.mark.parametrize(
    "samples",
    [np.zeros((5, 3, 3), np.uint8), np.zeros((3, 5), np.uint8), np.zeros((3, 5, 3), np.uint16)],
    ids=["transposed", "flat", "another type"],
)
def test_frame_must_fit_its_format(samples: np.ndarray) -> None:
    with pytest.raises(ValueError, match="do not match 5×3 RGB uint8"):
        Frame(samples, RGB8)


def test_synthesised_frame_has_no_file_and_keeps_the_rest() -> None:
    source = Frame(np.zeros((3, 5, 3), np.uint8), RGB8, 4, Path("a.png"), metadata="profile")
    drawn = source.with_samples(np.ones((3, 5, 3), np.uint8))
    assert (drawn.path, drawn.index, drawn.metadata, drawn.format) == (None, 4, "profile", RGB8)
    assert drawn.samples.all()
    assert source.path == Path("a.png")


def test_values_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        RGB8.width = 6  # type: ignore[misc]
