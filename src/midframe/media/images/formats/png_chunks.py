"""The chunk structure of PNG files: enough to recognise what a file is and to carry chunks over to another one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = b"\0\0\0\0IEND\xaeB`\x82"


class Chunk(NamedTuple):
    """Where a chunk lies. `offset` is that of its length field; the chunk is `length` + 12 bytes long."""

    kind: bytes
    offset: int
    length: int

    @property
    def data_offset(self) -> int:
        """Where the content starts."""
        return self.offset + 8

    @property
    def end(self) -> int:
        """Where the next chunk starts."""
        return self.offset + self.length + 12


class Header(NamedTuple):
    """The IHDR fields that decide the pixel layout, and what the chunks before the pixels say."""

    width: int
    height: int
    bit_depth: int
    colour_type: int
    has_transparency: bool
    animated: bool


def chunks(stream: BinaryIO) -> Iterator[Chunk]:
    """Walk the chunk headers from the start; stops after IEND or where the file ends."""
    offset = len(SIGNATURE)
    while True:
        stream.seek(offset)
        head = stream.read(8)
        if len(head) < 8:
            return
        chunk = Chunk(head[4:8], offset, int.from_bytes(head[:4], "big"))
        yield chunk
        if chunk.kind == b"IEND":
            return
        offset = chunk.end


def read_png_header(stream: BinaryIO) -> Header:
    """Read what stands before the pixels.

    Raises:
        ValueError: There is no IHDR, or no pixel data follows.
    """
    image_header, has_transparency, animated = b"", False, False
    for chunk in chunks(stream):
        if chunk.kind == b"IDAT":
            break
        if chunk.kind == b"IHDR":
            image_header = _content(stream, chunk)
        elif chunk.kind == b"tRNS":
            has_transparency = True
        elif chunk.kind == b"acTL":
            animated = int.from_bytes(_content(stream, chunk)[:4], "big") > 1
    else:
        raise ValueError("no pixel data")
    if len(image_header) != 13:
        raise ValueError("no image header")
    width, height = int.from_bytes(image_header[:4], "big"), int.from_bytes(image_header[4:8], "big")
    return Header(width, height, image_header[8], image_header[9], has_transparency, animated)


def png_is_complete(stream: BinaryIO, size: int) -> bool:
    """Whether the file reaches its IEND chunk; bytes after that do not matter."""
    stream.seek(max(0, size - len(END)))
    if stream.read() == END:
        return True
    return any(chunk.kind == b"IEND" and chunk.end <= size for chunk in chunks(stream))


def select_chunks(data: bytes, stream: BinaryIO, kinds: frozenset[bytes]) -> tuple[bytes, ...]:
    """Whole and undamaged chunks of the requested kinds, byte for byte, in file order. `stream` reads from `data`."""
    return tuple(
        data[chunk.offset : chunk.end]
        for chunk in chunks(stream)
        if chunk.kind in kinds and _is_whole(data[chunk.offset : chunk.end])
    )


def pixels_alone(data: bytes, stream: BinaryIO) -> bytes:
    """The file without the chunks that pixels do not depend on: decoders comment on damage in those, in vain.

    Args:
        data: The whole file.
        stream: Reads from `data`.
    """
    # A capital letter at the beginning means that a decoder must understand the chunk.
    needed = [chunk for chunk in chunks(stream) if chunk.kind[:1].isupper() or chunk.kind == b"tRNS"]
    return b"".join([SIGNATURE, *(data[chunk.offset : chunk.end] for chunk in needed)])


def _is_whole(chunk: bytes) -> bool:
    return zlib.crc32(chunk[4:-4]) == int.from_bytes(chunk[-4:], "big")


def insert_after_header(encoded: bytes, extra: tuple[bytes, ...]) -> bytes:
    """Put whole chunks right after IHDR, where all carried kinds are allowed."""
    start = len(SIGNATURE) + 25
    return b"".join((encoded[:start], *extra, encoded[start:]))


def make_chunk(kind: bytes, content: bytes) -> bytes:
    """A whole chunk."""
    return b"".join((len(content).to_bytes(4, "big"), kind, content, zlib.crc32(kind + content).to_bytes(4, "big")))


def content_of(chunk: bytes) -> bytes:
    """The content of a whole chunk."""
    return chunk[8:-4]


def read_content(stream: BinaryIO, kind: bytes) -> bytes | None:
    """The content of the first chunk of a kind; None if there is none."""
    found = next((chunk for chunk in chunks(stream) if chunk.kind == kind), None)
    return None if found is None else _content(stream, found)


def _content(stream: BinaryIO, chunk: Chunk) -> bytes:
    stream.seek(chunk.data_offset)
    return stream.read(chunk.length)
