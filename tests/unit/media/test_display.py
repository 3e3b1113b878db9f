"""Pictures upright and in display values."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from PIL import Image, ImageOps

from midframe.media.display import FrameConversion, srgb_curve, turned_upright
from midframe.types import Alpha, Frame, FrameFormat

SAMPLES = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_as_pillow_turns(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(SAMPLES)
    image.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(image))
    np.testing.assert_array_equal(turned_upright(SAMPLES, orientation), expected)
    frame = FrameConversion(upright=True).frame(
        Frame(SAMPLES, FrameFormat(3, 2, 3, np.dtype("uint8"), orientation=orientation))
    )
    np.testing.assert_array_equal(frame.samples, expected)
    assert frame.format.orientation == 1


def test_the_curve_of_srgb() -> None:
    light = np.array([-1, 0, 0.0031308, 0.18, 1, 7], np.float32)
    # IEC 61966-2-1: 18% grey is 0.4614.
    np.testing.assert_allclose(srgb_curve(light), [0, 0, 0.04045, 0.4614, 1, 1], atol=1e-4)


@pytest.mark.parametrize("light", ["srgb", "reinhard"])
def test_scene_linear_light(light: Literal["srgb", "reinhard"]) -> None:
    given = FrameFormat(3, 1, 6, np.dtype("float32"), Alpha(3, premultiplied=True), "linear")
    samples = np.zeros((1, 3, 6), np.float32)
    samples[0, :, :3] = np.array([[0.09], [50], [np.nan]])
    samples[0, :, 3] = [0.5, 1, 0]
    frame = FrameConversion(light=light, shown=(0, 1, 2)).frame(Frame(samples, given))
    assert frame.format == FrameFormat(3, 1, 4, np.dtype("uint16"), Alpha(3, premultiplied=False))
    expected = {"srgb": 0.18, "reinhard": 0.18 / 1.18}[light]
    assert frame.samples[0, 0, 0] / 65535 == pytest.approx(srgb_curve(np.array([expected], np.float32))[0], abs=1e-4)
    assert frame.samples[0, 1, 0] > 0.98 * 65535
    assert frame.samples[0, :, 3].tolist() == [32768, 65535, 0]
    assert frame.samples[0, 2, 0] == 0


def test_ranges() -> None:
    given = FrameFormat(3, 1, 1, np.dtype("int16"))
    frame = FrameConversion(limits=(-100.0, 100.0), shown=(0,)).frame(
        Frame(np.array([[[-300], [0], [100]]], np.int16), given)
    )
    assert frame.samples[0, :, 0].tolist() == [0, 32768, 65535]


def test_what_changes_nothing() -> None:
    assert FrameConversion().changes_nothing
    assert not FrameConversion(upright=True).changes_nothing
