from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image
from tests.support.jobs import FakeNetwork

from midframe.detection.rules import PairRules
from midframe.errors import SequenceError
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.media.layouts import common_format, frames_alike, in_layout, promotion_note
from midframe.media.sources import open_source
from midframe.runtime.events import Reporter
from midframe.types import Alpha, ChannelLabel, Frame, FrameFormat

RGB = FrameFormat(6, 5, 3, np.dtype("uint8"))
GREY = replace(RGB, channels=1)
GREY_ALPHA = replace(RGB, channels=2, alpha=Alpha(1, False))
RGBA = replace(RGB, channels=4, alpha=Alpha(3, False))
DEEP = replace(RGB, dtype=np.dtype("uint16"))


class TestCommonFormat:
    @pytest.mark.parametrize(
        ("formats", "wanted"),
        [
            ([RGB, RGB], RGB),
            ([GREY, RGB], RGB),
            ([RGB, RGBA], RGBA),
            ([GREY, RGBA], RGBA),
            ([GREY, GREY_ALPHA], GREY_ALPHA),
            ([GREY_ALPHA, RGB], RGBA),
            ([RGB, DEEP], DEEP),
            ([RGBA, replace(GREY, dtype=np.dtype("uint16"))], replace(RGBA, dtype=np.dtype("uint16"))),
            ([replace(RGB, dtype=np.dtype("float16")), replace(RGB, dtype=np.dtype("float32"))],
             replace(RGB, dtype=np.dtype("float32"))),
            ([replace(RGB, channels=5), replace(RGB, channels=5)], replace(RGB, channels=5)),
            ([replace(RGB, channels=5), replace(DEEP, channels=5)], replace(DEEP, channels=5)),
        ],
        ids=str,
    )  # fmt: skip
    def test_there_is_one(self, formats: list[FrameFormat], wanted: FrameFormat) -> None:
        for order in itertools.permutations(formats):
            assert common_format(order) == wanted

    @pytest.mark.parametrize(
        "formats",
        [
            [RGB, replace(RGB, width=7)],
            [RGB, replace(RGB, labels=tuple(map(ChannelLabel, "XYZ")))],
            [RGBA, replace(RGBA, alpha=Alpha(3, True))],
            [RGB, replace(RGB, channels=4)],
            [RGB, replace(RGB, channels=5)],
            [RGB, replace(RGB, dtype=np.dtype("float32"))],
            [DEEP, replace(RGB, dtype=np.dtype("int16"))],
            [replace(RGBA, alpha=Alpha(0, False)), RGB],
            [replace(RGB, dtype=np.dtype("float32"), transfer="linear"),
             replace(GREY, dtype=np.dtype("float32"), transfer="linear")],
        ],
        ids=str,
    )  # fmt: skip
    def test_there_is_none(self, formats: list[FrameFormat]) -> None:
        for order in itertools.permutations(formats):
            assert common_format(order) is None


class TestSamples:
    def test_grey_becomes_three_equal_colours(self) -> None:
        samples = np.arange(30, dtype=np.uint8).reshape(5, 6, 1)
        made = in_layout(samples, GREY, RGB)
        assert made.shape == (5, 6, 3)
        for channel in range(3):
            np.testing.assert_array_equal(made[..., channel], samples[..., 0])

    @pytest.mark.parametrize(("dtype", "full"), [("uint8", 255), ("uint16", 65535), ("float32", 1)])
    def test_frames_without_alpha_become_opaque(self, dtype: str, full: float) -> None:
        source, target = replace(RGB, dtype=np.dtype(dtype)), replace(RGBA, dtype=np.dtype(dtype))
        made = in_layout(np.zeros((5, 6, 3), dtype), source, target)
        assert (made[..., 3] == full).all()
        assert not made[..., :3].any()

    def test_8_bit_fills_16_exactly(self) -> None:
        samples = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
        made = in_layout(samples, replace(RGB, width=16, height=16), replace(DEEP, width=16, height=16))
        np.testing.assert_array_equal(made, samples.astype(np.uint16) * 257)

    def test_alpha_stays_alpha(self) -> None:
        made = in_layout(np.full((5, 6, 2), [10, 99], np.uint8), GREY_ALPHA, RGBA)
        assert made[0, 0].tolist() == [10, 10, 10, 99]


def test_two_frames_are_brought_together() -> None:
    grey, colour = Frame(np.full((5, 6, 1), 7, np.uint8), GREY, 3), Frame(np.zeros((5, 6, 3), np.uint8), RGB)
    pair = frames_alike(grey, colour)
    assert pair is not None
    assert pair[1] is colour
    assert (pair[0].format, pair[0].index, pair[0].samples.tolist()[0][0]) == (RGB, 3, [7, 7, 7])
    assert frames_alike(grey, Frame(np.zeros((5, 7, 3), np.uint8), replace(RGB, width=7))) is None


def test_the_note_counts_what_differs() -> None:
    assert promotion_note([RGB, RGB], RGB) is None
    assert promotion_note([GREY, RGB, RGB, GREY], RGB) == (
        "Not all frames have the same layout: of 4, 2 6×5 grey uint8. They are interpolated as 6×5 RGB uint8; copies "
        "are "
        "unchanged."
    )


def png(path: Path, samples: NDArray[Any]) -> bytes:
    data = bytes(imagecodecs.png_encode(samples))
    path.write_bytes(data)
    return data


def test_a_job_on_a_sequence_of_mixed_layouts(tmp_path: Path) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    originals = [
        png(folder / "0.png", np.zeros((24, 24), np.uint8)),
        png(folder / "1.png", np.full((24, 24, 3), [100, 50, 20], np.uint8)),
        png(folder / "2.png", np.full((24, 24, 4), [30000, 20000, 10000, 65535], np.uint16)),
    ]
    job = resolve_job(JobOptions(folder, out, rules=PairRules(cuts="off")))
    assert "Not all frames have the same layout" in " ".join(job.notes)
    run_job(job, FakeNetwork(), Reporter([]))
    assert [(out / f"{2 * index:07d}.png").read_bytes() for index in range(3)] == originals
    half = imagecodecs.png_decode((out / "0000001.png").read_bytes())
    assert half.dtype == np.uint16
    assert half[0, 0].tolist() == [50 * 257, 25 * 257, 10 * 257, 65535]


def test_frames_in_another_layout_are_written_like_those_in_the_common_one(tmp_path: Path) -> None:
    """A grey frame's way of writing, such as its colour profile, is none for colour."""
    tifffile.imwrite(tmp_path / "0.tif", np.zeros((24, 24), np.uint8), compression="lzw")
    tifffile.imwrite(tmp_path / "1.tif", np.zeros((24, 24, 3), np.uint8), photometric="rgb", compression="zstd")
    source = open_source(tmp_path)
    assert source.read(0).metadata == source.read(1).metadata
    assert source.read(0).path == tmp_path / "0.tif"


def test_what_cannot_be_promoted_is_refused_with_the_file_that_differs(tmp_path: Path) -> None:
    png(tmp_path / "0.png", np.zeros((24, 24, 3), np.uint8))
    png(tmp_path / "1.png", np.zeros((24, 24), np.uint8))
    png(tmp_path / "2.png", np.zeros((24, 20, 3), np.uint8))
    png(tmp_path / "3.png", np.zeros((24, 24, 3), np.uint8))
    with pytest.raises(SequenceError, match=r"2\.png is 20×24 RGB uint8, while 2 of 4 frames are 24×24 RGB"):
        open_source(tmp_path)


def test_black_and_white_mean_the_same_in_frames_of_both_kinds_of_tiff(tmp_path: Path) -> None:
    """MINISWHITE next to MINISBLACK: a ramp that rises in both."""
    ramp = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 20
    tifffile.imwrite(tmp_path / "0.tif", ramp, photometric="minisblack", metadata=None)
    tifffile.imwrite(tmp_path / "1.tif", 65535 - ramp, photometric="miniswhite", metadata=None)
    source = open_source(tmp_path)
    for index in range(2):
        np.testing.assert_array_equal(source.read(index).samples[..., 0], ramp)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "bool"])
def test_frames_between_inverted_ones_are_inverted_in_the_file(tmp_path: Path, dtype: str) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for index, value in enumerate((0, 1)):
        stored = np.full((24, 24), value, dtype) if dtype == "bool" else np.full((24, 24), 100 * value, dtype)
        tifffile.imwrite(folder / f"{index}.tif", stored, photometric="miniswhite", metadata=None)
    run_job(resolve_job(JobOptions(folder, out, rules=PairRules(cuts="off"))), FakeNetwork(), Reporter([]))
    with tifffile.TiffFile(out / "0000001.tif") as file:
        page = file.pages.first
        assert page.photometric == tifffile.PHOTOMETRIC.MINISWHITE
        assert page.asarray()[0, 0] in ((127, 128) if dtype == "bool" else (50,))


def test_photographs_whose_camera_was_upside_down(tmp_path: Path) -> None:
    picture = np.zeros((24, 32, 3), np.uint8)
    picture[:12] = 200
    for index, orientation in enumerate((1, 3, 1)):
        exif = Image.Exif()
        exif[274] = orientation
        stored = picture if orientation == 1 else picture[::-1, ::-1]
        Image.fromarray(stored).save(tmp_path / f"{index}.jpg", quality=95, exif=exif)
    source = open_source(tmp_path)
    for index in range(3):
        frame = source.read(index)
        assert frame.format.orientation == 1
        assert frame.samples[2].mean() > 190
        assert frame.samples[-2].mean() < 10


def test_pictures_that_are_turned_differently_are_brought_upright() -> None:
    """A phone that was turned over between two pictures: 6 lies on its side, 3 is upside down."""
    samples = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    lying = FrameFormat(3, 2, 3, np.dtype("uint8"), orientation=6)
    upright = FrameFormat(2, 3, 3, np.dtype("uint8"))
    assert common_format((lying, upright)) == upright
    np.testing.assert_array_equal(in_layout(samples, lying, upright), np.rot90(samples, -1))
    other = FrameFormat(3, 2, 3, np.dtype("uint8"), orientation=3)
    assert common_format((lying, other)) is None
