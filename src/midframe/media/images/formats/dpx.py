"""DPX, the format of film scans and grading (SMPTE 268M): one image element, uncompressed."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from midframe.errors import UnsupportedFormatError
from midframe.media.images.codec_io import damaged, plain_refusal, require_accepted, truncated, writing
from midframe.media.images.depths import gathered, spread
from midframe.media.images.whole_file import WholeFileCodec
from midframe.types import Alpha, AnnotationKind, Frame, FrameFormat, Samples
from midframe.wording import counted

MAGIC: dict[bytes, Literal["<", ">"]] = {b"SDPX": ">", b"XPDS": "<"}
HEADER_LENGTH, LEAST_HEADER = 2048, 1664
"""Bytes of the header, with the part for film and television and without it."""

CHANNELS = {6: 1, 50: 3, 51: 4}
"""Channels by descriptor of the image element: luma, RGB, RGBA."""

DESCRIPTORS = {channels: code for code, channels in CHANNELS.items()}
UNDEFINED = 0xFFFFFFFF
PACKED, LOW_ENDED, HIGH_ENDED = 0, 1, 2
"""Packing: without gaps; filled up at the lower end ("method A"); filled up at the upper end ("method B")."""

IMAGE_OFFSET, FILE_SIZE_OFFSET, ORIENTATION_OFFSET = 4, 16, 768
WIDTH_OFFSET, DESCRIPTOR_OFFSET, ENCODING_OFFSET, ELEMENT_DATA_OFFSET = 772, 800, 804, 808
END_OF_LINE_OFFSET = 812
UNSTATED = 0
"""Code of a transfer curve, or of colour primaries, that the file says nothing about."""


@dataclass(frozen=True)
class DpxMetadata:
    """How to write a file like the one that was read.

    Attributes:
        header: All bytes before the pixels: film and television data, time code among them, and the user's own.
        bits: Bits of a sample.
        packing: 0 packed, 1 filled by method A, 2 filled by method B.
        aligned: Whether every row begins at a multiple of four bytes.
    """

    header: bytes
    bits: int
    packing: int
    aligned: bool


@dataclass(frozen=True)
class _Header:
    order: Literal["<", ">"]
    width: int
    height: int
    channels: int
    bits: int
    packing: int
    data_offset: int
    data_end: int
    end_of_line: int

    @property
    def row_bytes(self) -> int:
        """Bytes of a row, without what fills it up."""
        return _row_bytes(self.width * self.channels, self.bits, self.packing)

    @property
    def aligned(self) -> bool:
        """Whether rows are filled up to whole words of 32 bits: as the standard has it, and not all programs."""
        whole = (_aligned(self.row_bytes) + self.end_of_line) * self.height - self.end_of_line
        return self.data_end - self.data_offset >= whole

    @property
    def stride(self) -> int:
        """Bytes from one row to the next."""
        return (_aligned(self.row_bytes) if self.aligned else self.row_bytes) + self.end_of_line


class DpxCodec(WholeFileCodec):
    """Luma, RGB and RGBA of 8, 10, 12 and 16 bits, spread over 8 or 16."""

    name = "DPX"
    suffixes: tuple[str, ...] = (".dpx",)
    writable = True
    carries = frozenset[AnnotationKind]()
    damage: tuple[type[Exception], ...] = (ValueError, LookupError, struct.error, OverflowError)

    def decode(self, path: Path, data: bytes) -> Frame:
        """See `WholeFileCodec.decode`."""
        if len(data) < LEAST_HEADER:
            raise truncated(path, self.name)
        header = _read_header(path, data)
        stride = header.stride
        if len(data) < max(header.data_end, header.data_offset + stride * header.height - header.end_of_line):
            raise truncated(path, self.name)
        padded = data[header.data_offset : header.data_offset + stride * header.height].ljust(stride * header.height)
        rows = np.frombuffer(padded, np.uint8).reshape(header.height, stride)[:, : header.row_bytes]
        stored = _unpacked(np.ascontiguousarray(rows), header)
        dtype = np.dtype("uint8" if header.bits == 8 else "uint16")
        samples = spread(stored, (1 << header.bits) - 1, dtype).reshape(header.height, header.width, header.channels)
        alpha = Alpha(3, premultiplied=False) if header.channels == 4 else None
        return Frame(
            samples,
            FrameFormat(header.width, header.height, header.channels, dtype, alpha),
            path=path,
            metadata=DpxMetadata(data[: header.data_offset], header.bits, header.packing, header.aligned),
        )

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        return plain_refusal(
            self.name,
            frame_format,
            dtypes=(np.dtype("uint8"), np.dtype("uint16")),
            layouts=((1, None), (3, None), (4, 3)),
            layout_names="grey, RGB and RGBA",
            longest_side=1 << 30,
        )

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`. Without metadata: 8 or 16 bits, big-endian."""
        require_accepted(self.name, self.refusal(frame.format))
        given = frame.format
        metadata = frame.metadata
        fits = isinstance(metadata, DpxMetadata) and (metadata.bits == 8) == (given.dtype == np.uint8)
        if not isinstance(metadata, DpxMetadata) or not fits:
            metadata = DpxMetadata(_new_header(given), 8 * given.dtype.itemsize, PACKED, aligned=True)
        order = MAGIC[metadata.header[:4]]
        stored = gathered(frame.samples, (1 << metadata.bits) - 1).reshape(given.height, -1)
        rows = np.ascontiguousarray(_packed(stored, metadata.bits, metadata.packing, order)).view(np.uint8)
        if metadata.aligned:
            rows = np.pad(rows, ((0, 0), (0, _aligned(rows.shape[1]) - rows.shape[1])))
        pixels = rows.tobytes()
        header = bytearray(metadata.header)
        struct.pack_into(f"{order}I", header, FILE_SIZE_OFFSET, len(header) + len(pixels))
        struct.pack_into(f"{order}II", header, WIDTH_OFFSET, given.width, given.height)
        header[DESCRIPTOR_OFFSET] = DESCRIPTORS[given.channels]
        # Rows follow each other without gaps here.
        struct.pack_into(f"{order}I", header, END_OF_LINE_OFFSET, 0)
        with writing(path, self.name):
            path.write_bytes(bytes(header) + pixels)


def _read_header(path: Path, data: bytes) -> _Header:
    order = MAGIC[data[:4]]
    (offset,) = struct.unpack_from(f"{order}I", data, IMAGE_OFFSET)
    orientation, elements, width, height = struct.unpack_from(f"{order}HHII", data, ORIENTATION_OFFSET)
    descriptor, bits = data[DESCRIPTOR_OFFSET], data[DESCRIPTOR_OFFSET + 3]
    packing, encoding, element_offset, end_of_line = struct.unpack_from(f"{order}HHII", data, ENCODING_OFFSET)
    problem = None
    if descriptor not in CHANNELS or elements != 1:
        parts = counted(elements, "element")
        problem = f"contains pixels of type {descriptor} in {parts}; only RGB, RGBA and grey can be read"
    elif bits not in (8, 10, 12, 16) or packing > HIGH_ENDED:
        problem = f"has samples of {bits} bits with packing {packing}"
    elif encoding not in (0, 0xFFFF):
        problem = "is compressed by run lengths"
    elif orientation not in (0, 0xFFFF):
        problem = "has rows or columns in another order"
    if problem is not None:
        raise UnsupportedFormatError(
            f"{path} {problem}. Convert it to 10-bit or 16-bit RGB DPX, or to TIFF.", path=path
        )
    start = element_offset if LEAST_HEADER <= element_offset < UNDEFINED else offset
    if not width or not height or not 1 <= start <= len(data):
        raise damaged(path, "DPX")
    gap = 0 if end_of_line == UNDEFINED else end_of_line
    if gap > len(data):
        raise damaged(path, "DPX")
    (size,) = struct.unpack_from(f"{order}I", data, FILE_SIZE_OFFSET)
    end = size if start < size < UNDEFINED else len(data)
    return _Header(order, width, height, CHANNELS[descriptor], bits, packing, start, end, gap)


def _aligned(length: int) -> int:
    return -(-length // 4) * 4


def _row_bytes(samples: int, bits: int, packing: int) -> int:
    if bits == 8 or bits == 16:
        return samples * bits // 8
    if packing == PACKED:
        return -(-samples * bits // 32) * 4
    return -(-samples // 3) * 4 if bits == 10 else samples * 2


def _unpacked(rows: NDArray[np.uint8], header: _Header) -> NDArray[Any]:
    """Samples in their own range, by row."""
    count = header.width * header.channels
    if header.bits == 8:
        return rows
    if header.bits == 16:
        return rows.view(f"{header.order}u2")
    if header.packing == PACKED:
        # Words of 32 bits, filled from the lower end on.
        words = rows.view(f"{header.order}u4").astype("<u4")
        bits = np.unpackbits(words.view(np.uint8), axis=1, bitorder="little")
        chosen = bits[:, : count * header.bits].reshape(header.height, count, header.bits)
        weights = (1 << np.arange(header.bits)).astype(np.uint32)
        return (chosen.astype(np.uint32) @ weights).astype(np.uint16)
    if header.bits == 12:
        values = rows.view(f"{header.order}u2")
        return values >> 4 if header.packing == LOW_ENDED else values & 0xFFF
    words = rows.view(f"{header.order}u4").astype(np.uint32)
    shifts = (22, 12, 2) if header.packing == LOW_ENDED else (20, 10, 0)
    parts = np.stack([(words >> shift) & 0x3FF for shift in shifts], axis=-1)
    return parts.reshape(header.height, -1)[:, :count].astype(np.uint16)


def _packed(samples: Samples, bits: int, packing: int, order: Literal["<", ">"]) -> NDArray[Any]:
    """The opposite of `_unpacked`."""
    rows, count = samples.shape
    if bits == 8:
        return samples
    if bits == 16:
        return samples.astype(f"{order}u2")
    if packing == PACKED:
        places = ((samples[..., None].astype(np.uint32) >> np.arange(bits, dtype=np.uint32)) & 1).astype(np.uint8)
        filled = np.zeros((rows, _row_bytes(count, bits, packing) * 8), np.uint8)
        filled[:, : count * bits] = places.reshape(rows, -1)
        return np.packbits(filled, axis=1, bitorder="little").view("<u4").astype(f"{order}u4")
    if bits == 12:
        return (samples << 4 if packing == LOW_ENDED else samples).astype(f"{order}u2")
    filled = np.zeros((rows, -(-count // 3) * 3), np.uint32)
    filled[:, :count] = samples
    first, second, third = (filled[:, start::3] for start in range(3))
    shifts = (22, 12, 2) if packing == LOW_ENDED else (20, 10, 0)
    words = (first << shifts[0]) | (second << shifts[1]) | (third << shifts[2])
    return words.astype(f"{order}u4")


def _new_header(frame_format: FrameFormat) -> bytes:
    """A header that says no more than it must; what is undefined is all ones, as the standard has it."""
    header = bytearray(b"\xff" * HEADER_LENGTH)
    header[0:16] = b"SDPX" + struct.pack(">I", HEADER_LENGTH) + b"V2.0\0\0\0\0"
    # Names, dates and so on are texts: empty.
    for start, end in ((36, 660), (664, 768), (1432, 1620), (1664, 1716), (1732, 1876)):
        header[start:end] = bytes(end - start)
    struct.pack_into(">III", header, 20, 1, 1664, 384)
    struct.pack_into(">HHII", header, ORIENTATION_OFFSET, 0, 1, frame_format.width, frame_format.height)
    struct.pack_into(">IIfIf", header, 780, 0, 0, 0.0, (1 << 8 * frame_format.dtype.itemsize) - 1, 0.0)
    header[DESCRIPTOR_OFFSET : DESCRIPTOR_OFFSET + 4] = bytes(
        (DESCRIPTORS[frame_format.channels], UNSTATED, UNSTATED, 8 * frame_format.dtype.itemsize)
    )
    struct.pack_into(">HHIII", header, ENCODING_OFFSET, 0, 0, HEADER_LENGTH, 0, 0)
    return bytes(header)
