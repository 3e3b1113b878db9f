"""OpenEXR: channel order, header attributes, and the files that are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from midframe.errors import UnreadableFileError, UnsupportedFormatError
from midframe.media.images.exr import ExrCodec
from midframe.types import Alpha

CODEC = ExrCodec()
PLANE = np.random.default_rng(2).random((40, 50)).astype(np.float16)


def write(path: Path, channels: dict[str, Any], **attributes: object) -> Path:
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **attributes}
    OpenEXR.File(header, dict(channels)).write(str(path))
    return path


def rewritten(tmp_path: Path, path: Path) -> OpenEXR.File:
    CODEC.write(tmp_path / "copy.exr", CODEC.read(path))
    return OpenEXR.File(str(tmp_path / "copy.exr"), separate_channels=True)


def test_channels_come_in_the_stated_order(tmp_path: Path) -> None:
    names = ("A", "B", "G", "R", "Z", "diffuse.R")
    planes = {name: (PLANE + position).astype(np.float16) for position, name in enumerate(names)}
    frame = CODEC.read(write(tmp_path / "a.exr", planes))
    assert frame.format.alpha == Alpha(3, True)
    assert frame.format.transfer == "linear"
    for index, name in enumerate(("R", "G", "B", "A", "Z", "diffuse.R")):
        np.testing.assert_array_equal(frame.samples[..., index], planes[name])
    written = rewritten(tmp_path, tmp_path / "a.exr").channels()
    assert {name: channel.pixels.shape for name, channel in written.items()} == dict.fromkeys(names, (40, 50))


def test_half_and_float_channels_keep_their_own_type(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", {"R": PLANE, "Z": PLANE.astype(np.float32) * 1e5})
    assert CODEC.read(path).format.dtype == np.float32
    types = {name: channel.pixels.dtype for name, channel in rewritten(tmp_path, path).channels().items()}
    assert types == {"R": np.dtype("float16"), "Z": np.dtype("float32")}


@pytest.mark.parametrize(
    "name", ["NO", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB", "HTJ2K256", "HTJ2K32", "LJ2K"]
)
def test_compression_is_kept_and_completeness_is_seen(tmp_path: Path, name: str) -> None:
    compression = getattr(OpenEXR, f"{name}_COMPRESSION", None)
    if compression is None:
        pytest.skip("newer than this OpenEXR")
    tall = np.tile(PLANE, (15, 1))  # 600 lines make several chunks whatever their height
    path = write(tmp_path / "a.exr", {"R": tall, "G": tall, "B": tall}, compression=compression)
    assert rewritten(tmp_path, path).header()["compression"] == compression
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UnreadableFileError, match="ends too early"):
        CODEC.probe(path)


def test_windows_tiles_and_other_attributes_are_kept(tmp_path: Path) -> None:
    tiles = OpenEXR.TileDescription()
    tiles.xSize = tiles.ySize = 16
    display = (np.array([0, 0], np.int32), np.array([99, 79], np.int32))
    data = (np.array([10, 20], np.int32), np.array([59, 59], np.int32))
    path = write(
        tmp_path / "a.exr",
        {"Y": PLANE},
        type=OpenEXR.tiledimage,
        tiles=tiles,
        dataWindow=data,
        displayWindow=display,
        owner="a studio",
    )
    frame = CODEC.read(path)
    assert (frame.format.width, frame.format.height) == (50, 40)
    np.testing.assert_array_equal(frame.samples[..., 0], PLANE)
    header = rewritten(tmp_path, path).header()
    assert header["owner"] == "a studio"
    assert header["type"] == OpenEXR.tiledimage
    assert (header["tiles"].xSize, header["tiles"].ySize) == (16, 16)
    np.testing.assert_array_equal(header["dataWindow"], data)
    np.testing.assert_array_equal(header["displayWindow"], display)


def test_what_belongs_to_the_original_alone_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", {"Y": PLANE}, timeCode=OpenEXR.TimeCode())
    assert "timeCode" in OpenEXR.File(str(path)).header()
    assert "timeCode" not in rewritten(tmp_path, path).header()


def test_not_a_number_and_infinity_survive(tmp_path: Path) -> None:
    plane = PLANE.astype(np.float32)
    plane[0, :3] = (np.nan, np.inf, -np.inf)
    path = write(tmp_path / "a.exr", {"Y": plane})
    np.testing.assert_array_equal(rewritten(tmp_path, path).channels()["Y"].pixels, plane)


def test_several_parts_are_refused(tmp_path: Path) -> None:
    parts = [OpenEXR.Part({}, {"R": PLANE.copy()}, name) for name in ("left", "right")]
    OpenEXR.File(parts).write(str(tmp_path / "a.exr"))
    with pytest.raises(UnsupportedFormatError, match="several parts"):
        CODEC.probe(tmp_path / "a.exr")


def test_integer_channels_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", {"R": PLANE, "id": np.zeros((40, 50), np.uint32)})
    with pytest.raises(UnsupportedFormatError, match="integer channel 'id'"):
        CODEC.read(path)


def test_deep_data_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", {"R": PLANE})
    data = bytearray(path.read_bytes())
    data[5] |= 0x08
    path.write_bytes(data)
    with pytest.raises(UnsupportedFormatError, match="deep data"):
        CODEC.probe(path)
