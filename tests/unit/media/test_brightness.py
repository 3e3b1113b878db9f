"""Frames made brighter or darker as a whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from midframe.media.brightness import with_gain
from midframe.types import Alpha, Frame, FrameFormat, SampleCoding


def frame(dtype: str, channels: int, alpha: Alpha | None = None, coding: SampleCoding | None = None) -> Frame:
    """A ramp over all values of the type, or from 0 to 1."""
    largest = coding.largest if coding else 1 if dtype.startswith("f") else np.iinfo(dtype).max
    ramp = np.linspace(0, largest, 16 * 16).reshape(16, 16, 1).repeat(channels, axis=2)
    return Frame(ramp.astype(dtype), FrameFormat(16, 16, channels, np.dtype(dtype), alpha, coding=coding))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float32"])
@pytest.mark.parametrize("gain", [0.9, 1.1])
def test_colours_are_multiplied_and_white_stays(dtype: str, gain: float) -> None:
    given = frame(dtype, 3)
    made = with_gain(given, gain)
    assert (made.samples.dtype, made.format, made.path) == (given.samples.dtype, given.format, None)
    largest = float(given.samples.max())
    before, after = (each.samples.astype(np.float64) / largest for each in (given, made))
    lower = before < 0.89
    tolerance = {"uint8": 0.51 / 255, "float16": 1e-3}.get(dtype, 1e-4)
    np.testing.assert_allclose(after[lower], before[lower] * gain, atol=tolerance)
    assert (after.min(), after.max()) == (0, 1)
    # No tone goes past another one.
    assert (np.diff(after[..., 0].ravel()) >= 0).all()


@pytest.mark.parametrize(("channels", "alpha"), [(2, 1), (4, 3)])
def test_alpha_stays(channels: int, alpha: int) -> None:
    given = frame("uint8", channels, Alpha(alpha, premultiplied=False))
    made = with_gain(given, 0.8)
    np.testing.assert_array_equal(made.samples[..., alpha], given.samples[..., alpha])
    assert (made.samples[..., 0] != given.samples[..., 0]).any()


def test_frames_that_rounding_leaves_are_the_same_objects() -> None:
    given = frame("uint8", 3)
    assert with_gain(given, 1.0001) is given
    wide = frame("uint16", 3)
    assert with_gain(wide, 1.0001) is not wide


@pytest.mark.parametrize("bits", [8, 10])
def test_code_values_of_video(bits: int) -> None:
    """Black and grey have codes of their own, and footroom and headroom stay."""
    coding = SampleCoding("bt709", full_range=False, bits=bits)
    dtype = np.uint8 if bits == 8 else np.uint16
    scale = 1 << (bits - 8)
    rows: list[tuple[tuple[int, int, int], tuple[int, int, int]]] = [
        ((16, 128, 128), (16, 128, 128)),
        ((116, 148, 108), (126, 150, 106)),
        ((235, 128, 128), (235, 128, 128)),
        ((250, 128, 128), (250, 128, 128)),
        ((230, 128, 128), (235, 128, 128)),
    ]
    codes = np.array([given for given, _ in rows], dtype) * scale
    given = Frame(codes[:, np.newaxis], FrameFormat(1, len(rows), 3, np.dtype(dtype), coding=coding))
    made = with_gain(given, 1.1).samples[:, 0] / scale
    np.testing.assert_allclose(made, [expected for _, expected in rows], atol=0.5)


def test_values_beyond_white_stay() -> None:
    samples: Any = np.array([[[1.5], [1.0], [0.5], [-0.1]]], np.float32)
    given = Frame(samples, FrameFormat(4, 1, 1, np.dtype("float32")))
    for gain in (0.9, 1.1):
        np.testing.assert_allclose(
            with_gain(given, gain).samples.ravel(), [1.5, 1.0, 0.5 * gain, -0.1 * gain], atol=1e-6
        )
