"""PBM, PGM, PPM and PAM, the formats of Netpbm; formats as in its manual pages pbm(5) to pam(5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from midframe.media.images.codec_io import (
    ChannelLayout,
    plain_refusal,
    require_accepted,
    truncated,
    writing,
)
from midframe.media.images.depths import gathered, spread
from midframe.media.images.whole_file import WholeFileCodec
from midframe.types import Alpha, AnnotationKind, Frame, FrameFormat, Samples

DAMAGE: tuple[type[Exception], ...] = (ValueError, LookupError, OverflowError)
LONGEST_HEADER = 4096
LARGEST = {np.dtype("uint8"): 255, np.dtype("uint16"): 65535}
ALPHA = {2: Alpha(1, premultiplied=False), 4: Alpha(3, premultiplied=False)}
TUPLE_TYPES = {1: "GRAYSCALE", 2: "GRAYSCALE_ALPHA", 3: "RGB", 4: "RGB_ALPHA"}

_TOKEN = re.compile(rb"(?:\s|#[^\n\r]*[\n\r])*([^\s#]+)")


@dataclass(frozen=True)
class NetpbmMetadata:
    """The largest sample value, which stands for white."""

    largest: int


@dataclass(frozen=True)
class _Header:
    kind: int
    width: int
    height: int
    channels: int
    largest: int
    data_offset: int

    @property
    def dtype(self) -> np.dtype[np.unsignedinteger]:
        return np.dtype("uint8" if self.largest < 256 else "uint16")


class PnmCodec(WholeFileCodec):
    """Grey and RGB with any largest value up to 65535; bitmaps are expanded to 8 bits."""

    name = "PNM"
    suffixes: tuple[str, ...] = (".ppm", ".pgm", ".pbm", ".pnm")
    writable = True
    carries = frozenset[AnnotationKind]()
    damage = DAMAGE
    layouts: tuple[ChannelLayout, ...] = ((1, None), (3, None))
    layout_names = "grey and RGB"

    def decode(self, path: Path, data: bytes) -> Frame:
        """See `WholeFileCodec.decode`."""
        header = _read_header(data)
        samples = _read_samples(data, header)
        if samples is None:
            raise truncated(path, self.name)
        samples = spread(samples, header.largest, header.dtype)
        frame_format = FrameFormat(
            header.width, header.height, header.channels, header.dtype, ALPHA.get(header.channels)
        )
        return Frame(samples, frame_format, path=path, metadata=NetpbmMetadata(header.largest))

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        return plain_refusal(
            self.name,
            frame_format,
            dtypes=(np.dtype("uint8"), np.dtype("uint16")),
            layouts=self.layouts,
            layout_names=self.layout_names,
            longest_side=1 << 30,
        )

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`."""
        require_accepted(self.name, self.refusal(frame.format))
        largest = LARGEST[frame.format.dtype]
        kept = frame.metadata.largest if isinstance(frame.metadata, NetpbmMetadata) else largest
        # A bitmap's 1 is black or white and nothing between.
        if 1 < kept < largest and (kept < 256) == (largest < 256):
            largest = kept
        samples = gathered(frame.samples, largest)
        with writing(path, self.name):
            stored = samples.astype(samples.dtype.newbyteorder(">"))
            path.write_bytes(self.header(frame.format, largest) + stored.tobytes())

    def header(self, frame_format: FrameFormat, largest: int) -> bytes:
        """What stands before the samples."""
        kind = {1: 5, 3: 6}[frame_format.channels]
        return f"P{kind}\n{frame_format.width} {frame_format.height}\n{largest}\n".encode()


class PamCodec(PnmCodec):
    """The same with alpha."""

    name = "PAM"
    suffixes: tuple[str, ...] = (".pam",)
    layouts: tuple[ChannelLayout, ...] = ((1, None), (2, 1), (3, None), (4, 3))
    layout_names = "grey, grey+alpha, RGB and RGBA"

    def header(self, frame_format: FrameFormat, largest: int) -> bytes:
        """See `PnmCodec.header`."""
        channels = frame_format.channels
        return (
            f"P7\nWIDTH {frame_format.width}\nHEIGHT {frame_format.height}\nDEPTH {channels}\nMAXVAL {largest}\n"
            f"TUPLTYPE {TUPLE_TYPES[channels]}\nENDHDR\n"
        ).encode()


def _read_header(data: bytes) -> _Header:
    """Raises ValueError where it is broken."""
    kind = data[1] - ord("0")
    if kind == 7:
        return _read_pam_header(data)
    numbers, offset = [], 2
    for _ in range(2 if kind in (1, 4) else 3):
        match = _TOKEN.match(data, offset, offset + LONGEST_HEADER)
        if match is None:
            raise ValueError("header ends too early")
        numbers.append(int(match.group(1)))
        offset = match.end()
    width, height, largest = (*numbers, 1)[:3]
    return _checked(_Header(kind, width, height, 3 if kind in (3, 6) else 1, largest, offset + 1))


def _read_pam_header(data: bytes) -> _Header:
    end = data.find(b"\nENDHDR\n", 0, LONGEST_HEADER)
    if end < 0:
        raise ValueError("header without end")
    lines = [line.split(None, 1) for line in data[2:end].decode("latin-1").splitlines() if line[:1] != "#"]
    values = {line[0]: line[1] for line in lines if len(line) == 2}
    sizes = [int(values[key]) for key in ("WIDTH", "HEIGHT", "DEPTH", "MAXVAL")]
    width, height, channels, largest = sizes
    return _checked(_Header(7, width, height, channels, largest, end + len(b"\nENDHDR\n")))


def _checked(header: _Header) -> _Header:
    if min(header.width, header.height) < 1 or not 1 <= header.channels <= 4 or not 1 <= header.largest <= 65535:
        raise ValueError("impossible sizes")
    return header


def _read_samples(data: bytes, header: _Header) -> Samples | None:
    """(height, width, channels) in the file's own range; None where the data end too early."""
    shape = (header.height, header.width, header.channels)
    count = header.height * header.width * header.channels
    if header.kind in (1, 2, 3):
        return _read_text(data, header, count, shape)
    if header.kind == 4:
        row = -(-header.width // 8)
        if len(data) - header.data_offset < row * header.height:
            return None
        packed = np.frombuffer(data, np.uint8, row * header.height, header.data_offset).reshape(header.height, row)
        return 1 - np.unpackbits(packed, axis=1)[:, : header.width].reshape(shape)
    dtype = header.dtype.newbyteorder(">")
    if len(data) - header.data_offset < count * dtype.itemsize:
        return None
    return np.minimum(np.frombuffer(data, dtype, count, header.data_offset), header.largest).reshape(shape)


def _read_text(data: bytes, header: _Header, count: int, shape: tuple[int, int, int]) -> Samples | None:
    text = re.sub(rb"#[^\n\r]*", b"", data[header.data_offset - 1 :])
    if header.kind == 1:
        # Bits need no space between them.
        bits = np.frombuffer(re.sub(rb"\s", b"", text), np.uint8)
        return None if len(bits) < count else (1 - (bits[:count] & 1)).reshape(shape)
    numbers = text.split()
    if len(numbers) < count or (len(numbers) == count and not text[-1:].isspace()):
        # A last number without space after it may be cut off.
        return None
    return np.minimum(np.array(numbers[:count], np.uint32), header.largest).reshape(shape)
