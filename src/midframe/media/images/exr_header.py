"""The header and the chunk table of single-part OpenEXR files.

The OpenEXR library reports incomplete files on the terminal and hands out what it has, so completeness is found out
here, before it is asked for pixels. Format: "OpenEXR File Layout" in the OpenEXR documentation.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

TILED, DEEP, MULTI_PART = 0x200, 0x800, 0x1000
PIXEL_TYPES = {0: "uint32", 1: "float16", 2: "float32"}
LINES_PER_CHUNK = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256, 10: 256, 11: 32, 12: 256}
"""By number of the compression; files with a newer one are not checked for completeness."""

LONGEST_ATTRIBUTE_NAME = 255
LARGEST_VALUE = 1 << 26


@dataclass(frozen=True)
class ExrChannel:
    """One entry of the channel list."""

    name: str
    dtype: str
    perceptually_linear: bool
    sampling: tuple[int, int]


@dataclass(frozen=True)
class ExrHeader:
    """What decides the layout of the pixels.

    Attributes:
        flags: `TILED`, `DEEP`, `MULTI_PART`.
        channels: Channels in the order of the file, which is alphabetical.
        data_window: Left, top, right, bottom, all inclusive.
        compression: Number of the compression.
        tile: Width and height of tiles, and the level mode, or None.
        table_offset: Where the chunk table starts.
    """

    flags: int
    channels: tuple[ExrChannel, ...]
    data_window: tuple[int, int, int, int]
    compression: int
    tile: tuple[int, int, int] | None
    table_offset: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the data window."""
        left, top, right, bottom = self.data_window
        return right - left + 1, bottom - top + 1


def read_exr_header(stream: BinaryIO) -> ExrHeader:
    """Parse the first (or only) header.

    Raises:
        ValueError: It is broken or ends too early.
        struct.error: As for `ValueError`.
    """
    stream.seek(0)
    reader = _Reader(stream)
    flags = int.from_bytes(reader.take(8)[4:], "little")
    values: dict[str, bytes] = {}
    while name := reader.text():
        reader.text()
        values[name] = reader.take(int.from_bytes(reader.take(4), "little", signed=True))
    if not {"channels", "dataWindow", "compression"} <= values.keys():
        raise ValueError("required attributes are missing")
    window = struct.unpack("<4i", values["dataWindow"])
    if window[2] < window[0] or window[3] < window[1]:
        raise ValueError("empty data window")
    tile = None
    if flags & TILED and "tiles" in values:
        tile_width, tile_height, mode = struct.unpack("<IIB", values["tiles"])
        if not tile_width or not tile_height:
            raise ValueError("empty tiles")
        tile = (tile_width, tile_height, mode & 0x0F)
    channels = _channels(values["channels"])
    return ExrHeader(flags, channels, window, values["compression"][0], tile, stream.tell())


def exr_is_complete(stream: BinaryIO, header: ExrHeader, size: int) -> bool:
    """Whether every chunk of a flat single-part file lies inside of the file."""
    width, height = header.size
    if header.tile is not None:
        count = -(-width // header.tile[0]) * -(-height // header.tile[1])
        leader = 20
    elif header.compression in LINES_PER_CHUNK:
        count = -(-height // LINES_PER_CHUNK[header.compression])
        leader = 8
    else:
        return True
    end_of_table = header.table_offset + 8 * count
    if end_of_table > size:
        return False
    stream.seek(header.table_offset)
    offsets = struct.unpack(f"<{count}Q", stream.read(8 * count))
    if min(offsets) < end_of_table or max(offsets) + leader > size:
        return False
    stream.seek(max(offsets) + leader - 4)
    packed_size = int.from_bytes(stream.read(4), "little")
    end: int = max(offsets) + leader + packed_size
    return end <= size


class _Reader:
    """Names and values from a stream; a ValueError where it ends too early."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream

    def text(self) -> str:
        value = bytearray()
        while (byte := self.take(1)) != b"\0":
            value += byte
            if len(value) > LONGEST_ATTRIBUTE_NAME:
                raise ValueError("name without end")
        return value.decode("utf-8", "replace")

    def take(self, length: int) -> bytes:
        if not 0 <= length <= LARGEST_VALUE:
            raise ValueError("value of impossible length")
        value = self.stream.read(length)
        if len(value) < length:
            raise ValueError("header ends too early")
        return value


def _channels(value: bytes) -> tuple[ExrChannel, ...]:
    reader = _Reader(BytesIO(value))
    found = []
    while name := reader.text():
        pixel_type, linear, across, down = struct.unpack("<iB3xii", reader.take(16))
        found.append(ExrChannel(name, PIXEL_TYPES.get(pixel_type, "unknown"), bool(linear), (across, down)))
    if not found:
        raise ValueError("no channels")
    return tuple(found)
