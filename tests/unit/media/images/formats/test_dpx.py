"""DPX against FFmpeg, in every packing; and what of a header is kept."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Literal

import av
import numpy as np
import pytest

from midframe.errors import UnreadableFileError, UnsupportedFormatError
from midframe.media.images.depths import gathered, spread
from midframe.media.images.formats.dpx import DpxCodec, DpxMetadata, _new_header
from midframe.types import Alpha, Frame, FrameFormat

RANDOM = np.random.default_rng(7)
CODEC = DpxCodec()


def frame(bits: int, channels: int, width: int = 13, height: int = 5) -> Frame:
    dtype = np.dtype("uint8" if bits == 8 else "uint16")
    stored = RANDOM.integers(0, 1 << bits, (height, width, channels)).astype(dtype)
    alpha = Alpha(3, premultiplied=False) if channels == 4 else None
    return Frame(spread(stored, (1 << bits) - 1, dtype), FrameFormat(width, height, channels, dtype, alpha))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize(("bits", "packing"), [(8, 0), (10, 0), (10, 1), (10, 2), (12, 0), (12, 1), (12, 2), (16, 0)])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_every_packing_comes_back(
    tmp_path: Path, bits: int, packing: int, channels: int, aligned: bool, order: Literal["<", ">"]
) -> None:
    given = frame(bits, channels)
    header = bytearray(_new_header(given.format))
    if order == "<":
        header[:4] = b"XPDS"
        for offset, kind in ((4, "I"), (768, "H"), (770, "H"), (772, "I"), (776, "I"), (808, "I"), (812, "I")):
            (value,) = struct.unpack_from(f">{kind}", header, offset)
            struct.pack_into(f"<{kind}", header, offset, value)
    header[803] = bits
    struct.pack_into(f"{order}HH", header, 804, packing, 0)
    header[1556:1560] = b"\x12\x34\x56\x78"
    metadata = DpxMetadata(bytes(header), bits, packing, aligned)
    CODEC.write(tmp_path / "a.dpx", Frame(given.samples, given.format, metadata=metadata))
    read = CODEC.read(tmp_path / "a.dpx")
    np.testing.assert_array_equal(read.samples, given.samples)
    assert isinstance(read.metadata, DpxMetadata)
    assert (read.metadata.bits, read.metadata.packing) == (bits, packing)
    assert read.metadata.header[1556:1560] == b"\x12\x34\x56\x78"
    CODEC.write(tmp_path / "b.dpx", read)
    assert (tmp_path / "b.dpx").read_bytes() == (tmp_path / "a.dpx").read_bytes()


@pytest.mark.parametrize(
    ("pixels", "bits", "width"),
    [("rgb24", 8, 13), ("gbrp10be", 10, 13), ("gbrp12be", 12, 14), ("rgb48be", 16, 13), ("gbrp10le", 10, 12)],
)
def test_files_of_ffmpeg(tmp_path: Path, pixels: str, bits: int, width: int) -> None:
    given = frame(bits, 3, width=width, height=8)
    stored = gathered(given.samples, (1 << bits) - 1)
    wide = "rgb24" if bits == 8 else "rgb48le"
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(given.samples), format=wide)
    with av.open(str(tmp_path / "a.dpx"), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("dpx", rate=1)
        stream.width, stream.height, stream.pix_fmt = width, 8, pixels
        container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    read = CODEC.read(tmp_path / "a.dpx")
    error = np.abs(gathered(read.samples, (1 << bits) - 1).astype(int) - stored.astype(int))
    assert error.max() <= 1  # FFmpeg's scaler rounds differently on the way to 10 and 12 bits


def changed(path: Path, offset: int, value: bytes) -> Path:
    data = bytearray(path.read_bytes())
    data[offset : offset + len(value)] = value
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("offset", "value", "problem"),
    [
        (800, b"\x64", "pixels of type 100"),
        (803, b"\x20", "32 bits"),
        (806, b"\0\1", "run lengths"),
        (768, b"\0\1", "another order"),
    ],
)
def test_what_is_not_read_is_said(tmp_path: Path, offset: int, value: bytes, problem: str) -> None:
    CODEC.write(tmp_path / "a.dpx", frame(8, 3))
    with pytest.raises(UnsupportedFormatError, match=problem):
        CODEC.read(changed(tmp_path / "a.dpx", offset, value))


def test_a_header_alone_is_incomplete(tmp_path: Path) -> None:
    CODEC.write(tmp_path / "a.dpx", frame(8, 3))
    (tmp_path / "a.dpx").write_bytes((tmp_path / "a.dpx").read_bytes()[:2048])
    with pytest.raises(UnreadableFileError, match="ends too early"):
        CODEC.read(tmp_path / "a.dpx")
