"""Masks: what is white stays as in the nearer source frame, in the samples of the file."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from midframe.errors import OptionError
from midframe.media.source_mask import FEATHER, SourceMask, read_source_mask
from midframe.types import Alpha, Frame, FrameFormat

QUARTER, HALF, LATE = Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)
WIDTH, HEIGHT = 24, 16


def frame_format(dtype: str = "uint8", channels: int = 3, alpha: Alpha | None = None, planes: int = 1) -> FrameFormat:
    return FrameFormat(WIDTH, HEIGHT * planes, channels, np.dtype(dtype), alpha, planes=planes)


def flat(kind: FrameFormat, *values: float) -> Frame:
    samples = np.empty((kind.height, kind.width, kind.channels), kind.dtype)
    samples[...] = values
    return Frame(samples, kind)


def weights() -> NDArray[np.float32]:
    """White on the left, grey in the middle, black on the right."""
    made = np.zeros((HEIGHT, WIDTH), np.float32)
    made[:, :8], made[:, 8:16] = 1, 0.5
    return made


def painted(path: Path, values: NDArray[Any]) -> Path:
    Image.fromarray(values).save(path)
    return path


@pytest.mark.parametrize(("time", "nearer"), [(QUARTER, 10), (HALF, 10), (LATE, 30)])
def test_white_is_the_nearer_source_frame(time: Fraction, nearer: int) -> None:
    kind = frame_format()
    made = SourceMask(weights()).applied(flat(kind, 100), flat(kind, 10), flat(kind, 30), time, kind)
    assert (made.samples[:, :8] == nearer).all()
    assert (made.samples[:, 8:16] == (nearer + 100) / 2).all()
    assert (made.samples[:, 16:] == 100).all()


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float16", "float32"])
def test_pixels_of_one_frame_are_kept_to_the_last_bit(dtype: str) -> None:
    kind = frame_format(dtype)
    rng = np.random.default_rng(1)
    left, made = (
        Frame(
            (rng.random((HEIGHT, WIDTH, 3)) * 200 - (50 if dtype != "uint8" else 0)).astype(np.int16).astype(dtype),
            kind,
        )
        for _ in range(2)
    )
    masked = SourceMask(weights()).applied(made, left, made, QUARTER, kind)
    np.testing.assert_array_equal(masked.samples[:, :8], left.samples[:, :8])
    np.testing.assert_array_equal(masked.samples[:, 16:], made.samples[:, 16:])
    if dtype.startswith("float"):
        mixed = (left.samples[:, 8:16].astype(float) + made.samples[:, 8:16]) / 2
        np.testing.assert_allclose(masked.samples[:, 8:16], mixed, rtol=2e-3)


def test_unusual_values_stay_where_they_are() -> None:
    kind = frame_format("float32")
    left, made = flat(kind, np.nan), flat(kind, 1.0)
    masked = SourceMask(weights()).applied(made, left, made, QUARTER, kind).samples
    assert np.isnan(masked[:, :16]).all()
    assert (masked[:, 16:] == 1).all()


def test_colours_are_mixed_by_their_alpha() -> None:
    kind = frame_format(channels=4, alpha=Alpha(3, premultiplied=False))
    opaque, clear = flat(kind, 200, 100, 50, 255), flat(kind, 0, 0, 0, 0)
    masked = SourceMask(weights()).applied(clear, opaque, opaque, QUARTER, kind).samples
    assert masked[0, 0].tolist() == [200, 100, 50, 255]
    # Half transparent, and of the one colour that is seen.
    assert masked[0, 8].tolist() == [200, 100, 50, 128]
    assert masked[0, 20].tolist() == [0, 0, 0, 0]


def test_channels_that_are_not_mixed_come_from_one_frame() -> None:
    kind = frame_format("uint16", 4)
    masked = SourceMask(weights()).applied(
        flat(kind, 0, 0, 0, 7), flat(kind, 8, 8, 8, 9), flat(kind, 0), QUARTER, kind, (3,)
    )
    assert masked.samples[0, 8].tolist() == [4, 4, 4, 9]
    assert masked.samples[0, 20].tolist() == [0, 0, 0, 7]


def test_the_frame_before_is_untouched() -> None:
    kind = frame_format()
    made, left = flat(kind, 100), flat(kind, 10)
    SourceMask(weights()).applied(made, left, left, QUARTER, kind)
    assert (made.samples == 100).all()
    assert (left.samples == 10).all()


def test_a_mask_without_white_changes_nothing() -> None:
    kind, made = frame_format(), flat(frame_format(), 100)
    mask = SourceMask(np.zeros((HEIGHT, WIDTH), np.float32))
    assert mask.applied(made, made, made, HALF, kind) is made
    assert "no white" in mask.note


def test_hard_edges_fade_out_around_the_white(tmp_path: Path) -> None:
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    values[6:10, 10:14] = 255
    mask = read_source_mask(painted(tmp_path / "mask.png", values), frame_format())
    assert mask.feathered
    np.testing.assert_allclose(mask.weights[8, 4:12], [0, 0, 0.2, 0.4, 0.6, 0.8, 1, 1], atol=1e-6)
    assert f"{FEATHER} pixels" in mask.note


def test_greys_are_taken_as_they_are(tmp_path: Path) -> None:
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    values[:, 12:], values[:, 11] = 255, 51
    mask = read_source_mask(painted(tmp_path / "mask.png", values), frame_format())
    assert not mask.feathered
    np.testing.assert_allclose(mask.weights[3, 9:14], [0, 0, 0.2, 1, 1], atol=1e-6)


def test_transparent_pixels_are_black(tmp_path: Path) -> None:
    values = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    values[:, 4:, 3] = 0
    mask = read_source_mask(painted(tmp_path / "mask.png", values), frame_format())
    assert mask.weights[0, 3] == 1
    assert mask.weights[0, 20] == 0


def test_each_picture_of_a_stack_gets_the_mask(tmp_path: Path) -> None:
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    values[:2] = 255
    mask = read_source_mask(painted(tmp_path / "mask.png", values), frame_format(planes=3))
    assert mask.weights.shape == (3 * HEIGHT, WIDTH)
    assert mask.weights[HEIGHT, 0] == 1


def test_masks_that_cannot_be_used(tmp_path: Path) -> None:
    small = painted(tmp_path / "small.png", np.zeros((8, 8), np.uint8))
    with pytest.raises(OptionError, match=r"small.png is 8×8, and the frames are 24×16") as raised:
        read_source_mask(small, frame_format())
    assert (raised.value.option, raised.value.path) == ("mask", small)
    with pytest.raises(OptionError, match="mask cannot be used"):
        read_source_mask(tmp_path / "missing.png", frame_format())
    with pytest.raises(OptionError, match="not an image"):
        read_source_mask(tmp_path / "notes.txt", frame_format())
