"""Views of Y, Cb, Cr against the formulas in floating point."""

from __future__ import annotations

import numpy as np
import pytest

from midframe.media.ycbcr import RED_AND_BLUE, black, coded_view
from midframe.types import SampleCoding

COLOURS = np.array(
    [[0, 0, 0], [1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0.2, 0.7, 0.4], [0.9, 0.1, 0.5]], np.float64
)


def encode(rgb: np.ndarray, coding: SampleCoding) -> np.ndarray:
    """R, G, B as code values, not rounded: the definition in H.273, from the other side."""
    red, blue = RED_AND_BLUE[coding.matrix]
    luma = rgb @ [red, 1 - red - blue, blue]
    cb = (rgb[:, 2] - luma) / (2 * (1 - blue))
    cr = (rgb[:, 0] - luma) / (2 * (1 - red))
    scale = 1 << (coding.bits - 8)
    if coding.full_range:
        largest = 2**coding.bits - 1
        return np.stack([luma * largest, cb * largest + 128 * scale, cr * largest + 128 * scale], -1)
    return np.stack([219 * luma + 16, 224 * cb + 128, 224 * cr + 128], -1) * scale


@pytest.mark.parametrize("matrix", list(RED_AND_BLUE))
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("bits", [8, 10, 12])
def test_views_invert_the_definition(matrix: str, full_range: bool, bits: int) -> None:
    coding = SampleCoding(matrix, full_range, bits)  # type: ignore[arg-type]
    codes = encode(COLOURS, coding).astype(np.float32)[None]

    np.testing.assert_allclose(coded_view(codes, coding)[0], COLOURS, atol=2e-6)


def test_grey_and_rgb_have_no_matrix() -> None:
    grey = coded_view(np.array([[[64.0], [940.0]]], np.float32), SampleCoding("bt601", False, 10))
    np.testing.assert_allclose(grey, [[[0, 0, 0], [1, 1, 1]]], atol=1e-6)
    rgb = coded_view(np.array([[[0.0, 255.0, 51.0]]], np.float32), SampleCoding("rgb", True, 8))
    np.testing.assert_allclose(rgb, [[[0, 1, 0.2]]], atol=1e-6)


def test_black_is_seen_as_black() -> None:
    for coding in (SampleCoding("bt709", False, 10), SampleCoding("bt601", True, 8), SampleCoding("rgb", True, 8)):
        assert coded_view(black(coding, 3)[None, None], coding).max() < 1e-6
