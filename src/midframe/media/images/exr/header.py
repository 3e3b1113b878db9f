"""The headers and the chunk tables of OpenEXR files.

The OpenEXR library reports incomplete files on the terminal and hands out what it has, so completeness is determined
here, before it is asked for pixels. It also refuses whole files for a text that is not UTF-8; these are found here
too. Format: "OpenEXR File Layout" in the OpenEXR documentation.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

TILED, DEEP, MULTI_PART = 0x200, 0x800, 0x1000
PIXEL_TYPES = {0: "uint32", 1: "float16", 2: "float32"}
LINES_PER_CHUNK = {0: 1, 1: 1, 2: 1, 3: 16, 4: 32, 5: 16, 6: 32, 7: 32, 8: 32, 9: 256, 10: 256, 11: 32, 12: 256}
"""By number of the compression; files with a newer one are not checked for completeness."""

LONGEST_ATTRIBUTE_NAME = 255
LARGEST_VALUE = 1 << 26
MOST_PARTS = 1 << 12

Window = tuple[int, int, int, int]
"""Left, top, right, bottom, all inclusive."""


@dataclass(frozen=True)
class ExrChannel:
    """One entry of a channel list."""

    name: str
    dtype: str
    perceptually_linear: bool
    sampling: tuple[int, int]


@dataclass(frozen=True)
class HeaderText:
    """A text in a header.

    Attributes:
        attribute: Name of the attribute whose value it is, or is in.
        offset: Where in the file it starts.
        content: Its bytes.
    """

    attribute: str
    offset: int
    content: bytes

    @property
    def is_utf8(self) -> bool:
        """Whether it is what OpenEXR says that it is."""
        try:
            self.content.decode()
        except UnicodeDecodeError:
            return False
        return True


@dataclass(frozen=True)
class ExrPart:
    """What decides the layout of the pixels of one part; files of a single part have one.

    Attributes:
        name: Name of the part; "" in files of a single part.
        channels: Channels in the order of the file, which is alphabetical.
        data_window: Where there are pixels.
        display_window: What is shown.
        compression: Number of the compression.
        tile: Width and height of tiles, and the level mode, or None.
        deep: Whether a pixel may have several samples of each channel.
        chunk_count: Number of chunks, where the header states it.
        id_layers: Layers that hold Cryptomatte IDs, as attributes say.
        texts: Texts in its header.
    """

    name: str
    channels: tuple[ExrChannel, ...]
    data_window: Window
    display_window: Window
    compression: int
    tile: tuple[int, int, int] | None
    deep: bool
    chunk_count: int | None
    id_layers: tuple[str, ...]
    texts: tuple[HeaderText, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the data window."""
        left, top, right, bottom = self.data_window
        return right - left + 1, bottom - top + 1

    @property
    def shown_window(self) -> Window:
        """The data window, counted from the left top corner of what is shown."""
        (x, y), (left, top, right, bottom) = self.display_window[:2], self.data_window
        return left - x, top - y, right - x, bottom - y

    @property
    def foreign_texts(self) -> tuple[HeaderText, ...]:
        """Texts that are not UTF-8."""
        return tuple(text for text in self.texts if not text.is_utf8)


@dataclass(frozen=True)
class ExrHeader:
    """The headers of a file.

    Attributes:
        flags: `TILED`, `DEEP`, `MULTI_PART`.
        parts: One for each part.
        table_offset: Where the chunk tables start.
    """

    flags: int
    parts: tuple[ExrPart, ...]
    table_offset: int

    @property
    def foreign_texts(self) -> tuple[HeaderText, ...]:
        """Texts that are not UTF-8, of all parts."""
        return tuple(text for part in self.parts for text in part.foreign_texts)


def read_exr_header(stream: BinaryIO) -> ExrHeader:
    """Parse the headers of all parts.

    Raises:
        ValueError: They are broken or end too early.
        struct.error: As for `ValueError`.
    """
    stream.seek(0)
    reader = _Reader(stream)
    flags = int.from_bytes(reader.take(8)[4:], "little")
    parts = []
    while True:
        values, texts = _attributes(reader)
        if flags & MULTI_PART and not values:
            break
        parts.append(_part(flags, values, texts))
        if not flags & MULTI_PART:
            break
        if len(parts) > MOST_PARTS:
            raise ValueError("parts without end")
    if not parts:
        raise ValueError("no parts")
    return ExrHeader(flags, tuple(parts), stream.tell())


def exr_is_complete(stream: BinaryIO, header: ExrHeader, size: int) -> bool:
    """Whether every chunk of a file lies inside it. Deep parts are not looked at."""
    offset = header.table_offset
    counts = [_chunk_count(part) for part in header.parts]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return True
    end_of_tables = offset + 8 * sum(known)
    if end_of_tables > size:
        return False
    for part, count in zip(header.parts, known, strict=True):
        stream.seek(offset)
        offsets = struct.unpack(f"<{count}Q", stream.read(8 * count))
        offset += 8 * count
        leader = (4 if header.flags & MULTI_PART else 0) + (20 if part.tile is not None else 8)
        if min(offsets) < end_of_tables or max(offsets) + leader > size:
            return False
        if part.deep:
            continue
        stream.seek(max(offsets) + leader - 4)
        packed_size = int.from_bytes(stream.read(4), "little")
        if max(offsets) + leader + packed_size > size:
            return False
    return True


def _chunk_count(part: ExrPart) -> int | None:
    """How many chunks a part has; None for compressions that are not known."""
    if part.chunk_count is not None:
        return part.chunk_count
    width, height = part.size
    if part.tile is not None:
        return -(-width // part.tile[0]) * -(-height // part.tile[1])
    lines = LINES_PER_CHUNK.get(part.compression)
    return None if lines is None else -(-height // lines)


def _attributes(reader: _Reader) -> tuple[dict[str, bytes], list[HeaderText]]:
    """The attributes of a header, and the texts among them."""
    values: dict[str, bytes] = {}
    texts: list[HeaderText] = []
    while name := reader.text():
        kind = reader.text()
        length = int.from_bytes(reader.take(4), "little", signed=True)
        offset = reader.stream.tell()
        value = values[name] = reader.take(length)
        if kind == "string":
            texts.append(HeaderText(name, offset, value))
        at = 0
        while kind == "stringvector" and at + 4 <= len(value):
            end = at + 4 + int.from_bytes(value[at : at + 4], "little")
            texts.append(HeaderText(name, offset + at + 4, value[at + 4 : end]))
            at = end
    return values, texts


def _part(flags: int, values: Mapping[str, bytes], texts: list[HeaderText]) -> ExrPart:
    if not {"channels", "dataWindow", "compression"} <= values.keys():
        raise ValueError("required attributes are missing")
    data = struct.unpack("<4i", values["dataWindow"])
    display = struct.unpack("<4i", values["displayWindow"]) if "displayWindow" in values else data
    for window in (data, display):
        if window[2] < window[0] or window[3] < window[1]:
            raise ValueError("empty window")
    kind = values.get("type", b"").decode("latin-1")
    several = bool(flags & MULTI_PART)
    tile = None
    if "tiles" in values and (kind in ("tiledimage", "deeptile") if several else flags & TILED):
        tile_width, tile_height, mode = struct.unpack("<IIB", values["tiles"])
        if not tile_width or not tile_height:
            raise ValueError("empty tiles")
        tile = (tile_width, tile_height, mode & 0x0F)
    return ExrPart(
        values.get("name", b"").decode("utf-8", "replace") if several else "",
        _channels(values["channels"]),
        data,
        display,
        values["compression"][0],
        tile,
        kind.startswith("deep") if several else bool(flags & DEEP),
        struct.unpack("<i", values["chunkCount"])[0] if several and "chunkCount" in values else None,
        tuple(
            value.decode("utf-8", "replace")
            for name, value in values.items()
            if name.startswith("cryptomatte/") and name.endswith("/name")
        ),
        tuple(texts),
    )


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
        if across < 1 or down < 1:
            raise ValueError("impossible sampling")
        found.append(ExrChannel(name, PIXEL_TYPES.get(pixel_type, "unknown"), bool(linear), (across, down)))
    if not found:
        raise ValueError("no channels")
    return tuple(found)
