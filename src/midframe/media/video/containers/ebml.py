"""Elements of Matroska (EBML, RFC 8794): enough of it to read a track's description and to write one."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

SEGMENT, TRACKS, TRACK, VIDEO = b"\x18\x53\x80\x67", b"\x16\x54\xae\x6b", b"\xae", b"\xe0"
CRC, VOID = b"\xbf", b"\xec"


@dataclass(frozen=True)
class Element:
    """One element of a chunk of bytes.

    Attributes:
        identity: Its identity, with the bits that say how long that is.
        content: What it holds.
        begin: Where it begins.
        end: Where it ends.
    """

    identity: bytes
    content: bytes
    begin: int
    end: int


def elements(data: bytes, begin: int = 0) -> Iterator[Element]:
    """The elements of a level, up to the first that is damaged or cut off; one of unknown size has all the rest."""
    while begin < len(data):
        name = _length(data[begin])
        size_at = begin + name
        if size_at >= len(data):
            return
        width = _length(data[size_at])
        number = data[size_at : size_at + width]
        if not 0 < name <= 4 or width > 8 or len(number) < width:
            return
        size = int.from_bytes(number, "big") & ((1 << 7 * width) - 1)
        start = size_at + width
        end = len(data) if size == (1 << 7 * width) - 1 else start + size
        if end > len(data):
            return
        yield Element(data[begin:size_at], data[start:end], begin, end)
        begin = end


def find(data: bytes, *path: bytes) -> bytes | None:
    """The content of the first element at the end of a path of identities; None if there is none."""
    for identity in path:
        found = next((element.content for element in elements(data) if element.identity == identity), None)
        if found is None:
            return None
        data = found
    return data


def element(identity: bytes, content: bytes) -> bytes:
    """An element with the shortest size that holds its content."""
    width = next(width for width in range(1, 9) if len(content) < (1 << 7 * width) - 1)
    return identity + (1 << 7 * width | len(content)).to_bytes(width, "big") + content


def unsigned(identity: bytes, value: int) -> bytes:
    """An element that holds a number of at least 0."""
    return element(identity, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))


def floating(identity: bytes, value: float) -> bytes:
    """An element that holds a floating point number."""
    return element(identity, struct.pack(">d", value))


def void(size: int) -> bytes:
    """Something without meaning that is `size` bytes long, at least 2."""
    width = 1 if size <= 128 else 8
    rest = size - 1 - width
    return VOID + (1 << 7 * width | rest).to_bytes(width, "big") + bytes(rest)


def master(identity: bytes, children: Iterable[bytes]) -> bytes:
    """An element that holds others."""
    return element(identity, b"".join(children))


def _length(first: int) -> int:
    """Bytes of a number with this first byte: its leading zero bits say it; 9 for a byte without any bit."""
    return 9 - first.bit_length()
