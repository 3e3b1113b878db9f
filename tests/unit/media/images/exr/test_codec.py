"""OpenEXR: channel order, header attributes, and the files that are refused."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray

from midframe.errors import UnreadableFileError, UnsupportedFormatError
from midframe.media.channels import channel_use
from midframe.media.images.exr.codec import ExrCodec
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


PARTS: dict[str, dict[str, Any]] = {
    "beauty": {name: (PLANE + shift).astype(np.float16) for shift, name in enumerate("RGB")},
    "depth": {"Z": PLANE.astype(np.float32) * 1e5, "id": np.full(PLANE.shape, 4294967295, np.uint32)},
}


def write_parts(path: Path, parts: dict[str, dict[str, Any]], **attributes: dict[str, Any]) -> Path:
    """Parts of a file; the attributes of each are given under its name."""
    made = [OpenEXR.Part(attributes.get(name, {}), dict(planes), name) for name, planes in parts.items()]
    OpenEXR.File(made).write(str(path))
    return path


def test_channels_of_all_parts_are_one_frame_and_parts_again(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "a.exr", dict(reversed(PARTS.items())), depth={"comments": "far"})
    frame = CODEC.read(path)
    assert CODEC.probe(path) == frame.format
    assert frame.format.channel_names == ("R", "G", "B", "Z", "id")
    np.testing.assert_array_equal(frame.samples[..., 4], 4294967295.0)
    written = rewritten(tmp_path, path)
    for part, name in zip(written.parts, ("depth", "beauty"), strict=True):
        assert part.name() == name
        for channel, plane in PARTS[name].items():
            assert part.channels[channel].pixels.dtype == plane.dtype
            np.testing.assert_array_equal(part.channels[channel].pixels, plane)
    assert written.header(0)["comments"] == "far"


def test_channels_that_several_parts_have_are_named_by_their_part(tmp_path: Path) -> None:
    parts = dict.fromkeys(("diffuse", "beauty"), PARTS["beauty"])
    frame = CODEC.read(write_parts(tmp_path / "a.exr", parts))
    assert frame.format.channel_names[:3] == ("beauty.R", "beauty.G", "beauty.B")
    assert set(frame.format.channel_names[3:]) == {"diffuse.R", "diffuse.G", "diffuse.B"}


def test_windows_of_parts_may_differ(tmp_path: Path) -> None:
    shown = (np.array([0, 0], np.int32), np.array([49, 39], np.int32))
    small = (np.array([5, 6], np.int32), np.array([14, 25], np.int32))
    parts = {"beauty": PARTS["beauty"], "depth": {"Z": np.full((20, 10), 7, np.float32)}}
    path = write_parts(tmp_path / "a.exr", parts, depth={"displayWindow": shown, "dataWindow": small})
    frame = CODEC.read(path)
    inside = frame.samples[6:26, 5:15, 3]
    assert (frame.format.width, frame.format.height) == (50, 40)
    assert (inside == 7).all()
    assert frame.samples[0, 0, 0] == PLANE[0, 0]
    written = rewritten(tmp_path, path)
    np.testing.assert_array_equal(written.header(1)["dataWindow"], small)
    assert written.parts[1].channels["Z"].pixels.shape == (20, 10)


def test_parts_that_end_too_early_are_seen(tmp_path: Path) -> None:
    path = write_parts(tmp_path / "a.exr", PARTS)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UnreadableFileError, match="ends too early"):
        CODEC.probe(path)


def test_integers_are_kept_to_the_last_one(tmp_path: Path) -> None:
    numbers = np.arange(2000, dtype=np.uint32).reshape(40, 50) + np.uint32((1 << 32) - 2000)
    path = write(tmp_path / "a.exr", {"R": PLANE, "label": numbers})
    frame = CODEC.read(path)
    assert frame.format.dtype == np.float64
    assert channel_use(frame.format).rules == ("blend", "nearest")
    written = rewritten(tmp_path, path).channels()
    np.testing.assert_array_equal(written["label"].pixels, numbers)
    assert written["R"].pixels.dtype == np.float16


def handmade(path: Path, planes: dict[str, tuple[NDArray[Any], int]], left: int = 0, top: int = 0) -> Path:
    """An uncompressed file of half channels, each with a sampling, as the OpenEXR documentation describes it."""
    height, width = planes["Y"][0].shape

    def attribute(name: str, kind: str, value: bytes) -> bytes:
        return f"{name}\0{kind}\0".encode() + struct.pack("<i", len(value)) + value

    channels = b"".join(
        name.encode() + b"\0" + struct.pack("<iB3xii", 1, 0, step, step) for name, (_, step) in sorted(planes.items())
    )
    window = struct.pack("<4i", left, top, left + width - 1, top + height - 1)
    header = b"v/1\x01" + struct.pack("<I", 2) + attribute("channels", "chlist", channels + b"\0")
    header += attribute("compression", "compression", b"\0") + attribute("dataWindow", "box2i", window)
    header += attribute("displayWindow", "box2i", window) + attribute("lineOrder", "lineOrder", b"\0")
    header += attribute("pixelAspectRatio", "float", struct.pack("<f", 1))
    header += attribute("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0))
    header += attribute("screenWindowWidth", "float", struct.pack("<f", 1)) + b"\0"
    offsets, body = b"", b""
    for row in range(height):
        line = b"".join(
            plane[row // step].astype("<f2").tobytes() for _, (plane, step) in sorted(planes.items()) if row % step == 0
        )
        offsets += struct.pack("<Q", len(header) + 8 * height + len(body))
        body += struct.pack("<ii", top + row, len(line)) + line
    path.write_bytes(header + offsets + body)
    return path


@pytest.mark.parametrize("corner", [(0, 0), (4, 8)])
def test_luminance_and_chroma_come_back(tmp_path: Path, corner: tuple[int, int]) -> None:
    chroma = [PLANE[:20, :25] - shift for shift in (0, 1)]
    planes = {"Y": (PLANE, 1), "RY": (chroma[0], 2), "BY": (chroma[1], 2)}
    path = handmade(tmp_path / "a.exr", planes, *corner)
    frame = CODEC.read(path)
    assert frame.format.channel_names == ("Y", "BY", "RY")
    np.testing.assert_array_equal(frame.samples[::2, ::2, 2], chroma[0])
    middle = (chroma[0][3, 4].astype(np.float32) + chroma[0][3, 5]) / 2
    assert frame.samples[6, 9, 2] == pytest.approx(middle, abs=1e-3)
    written = rewritten(tmp_path, path).channels()
    for name, (plane, step) in planes.items():
        assert written[name].xSampling == written[name].ySampling == step
        np.testing.assert_array_equal(written[name].pixels, plane)


def test_cryptomatte_is_found_by_its_attribute(tmp_path: Path) -> None:
    ids = {f"ActorHitProxyMask00.{component}": PLANE.astype(np.float32) for component in "RG"}
    attributes = {"cryptomatte/1234567/name": "ActorHitProxyMask", "cryptomatte/1234567/hash": "MurmurHash3_32"}
    path = write(tmp_path / "a.exr", {"R": PLANE, "G": PLANE, "B": PLANE, **ids}, **attributes)
    assert channel_use(CODEC.probe(path)).rules == ("blend",) * 3 + ("nearest",) * 2
    assert rewritten(tmp_path, path).header()["cryptomatte/1234567/name"] == "ActorHitProxyMask"


@pytest.mark.parametrize("parts", [False, True])
def test_texts_that_are_no_utf8_are_carried_byte_for_byte(tmp_path: Path, parts: bool) -> None:
    if parts:
        path = write_parts(tmp_path / "a.exr", PARTS, depth={"owner": "Jos#", "comments": "Jo?# ok"})
    else:
        path = write(tmp_path / "a.exr", {"Y": PLANE}, owner="Jos#", comments="Jo?# ok")
    data = path.read_bytes()
    path.write_bytes(data.replace(b"Jos#", b"Jos\xe9").replace(b"Jo?#", b"Jo?\xff"))
    CODEC.write(tmp_path / "copy.exr", CODEC.read(path))
    copied = (tmp_path / "copy.exr").read_bytes()
    assert copied.count(b"Jos\xe9") == 1
    assert copied.count(b"Jo?\xff ok") == 1


def test_a_name_that_is_no_utf8(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.exr"))
    try:
        path.write_bytes(write(tmp_path / "a.exr", {"Y": PLANE}).read_bytes())
    except OSError:
        pytest.skip("not on this system")
    frame = CODEC.read(path)
    np.testing.assert_array_equal(frame.samples[..., 0], PLANE)
    CODEC.write(path, frame)
    np.testing.assert_array_equal(CODEC.read(path).samples[..., 0], PLANE)


@pytest.mark.parametrize(
    ("names", "order", "alpha"),
    [
        ("A", "A", None),
        ("A Z", "A Z", None),
        ("Z", "Z", None),
        ("beauty.A beauty.B beauty.G beauty.R Z", "beauty.R beauty.G beauty.B beauty.A Z", 3),
        ("A beauty.B beauty.G beauty.R", "beauty.R beauty.G beauty.B A", 3),
        ("key.B key.G key.R fill.B fill.G fill.R", "fill.B fill.G fill.R key.B key.G key.R", None),
        ("a b g r", "r g b a", 3),
    ],
)
def test_the_picture_comes_first(tmp_path: Path, names: str, order: str, alpha: int | None) -> None:
    found = CODEC.probe(write(tmp_path / "a.exr", dict.fromkeys(names.split(), PLANE)))
    assert found.channel_names == tuple(order.split())
    assert found.alpha == (None if alpha is None else Alpha(alpha, premultiplied=True))


def test_a_channel_name_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", {"R": PLANE, "mas#": PLANE})
    path.write_bytes(path.read_bytes().replace(b"mas#", b"mas\xe9"))
    with pytest.raises(UnsupportedFormatError, match="name is not UTF-8"):
        CODEC.probe(path)


def test_deep_data_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.exr", {"R": PLANE})
    data = bytearray(path.read_bytes())
    data[5] |= 0x08
    path.write_bytes(data)
    with pytest.raises(UnsupportedFormatError, match="deep data"):
        CODEC.probe(path)
