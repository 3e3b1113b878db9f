"""The parts of Exif data that concern the picture as a whole: its orientation, and what it says in words.

Exif data are a TIFF structure (Exif 2.32, 4.5). The orientation is changed in its place, so that everything else, notes
of the camera's maker among it, stays byte for byte.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from PIL.Image import Exif

UPRIGHT = 1
ORIENTATION = 0x0112
SHORT, ASCII = 3, 2
HEADS = {b"II*\0": "<", b"MM\0*": ">"}
NAME = b"Exif\0\0"
"""What stands before the structure in JPEG files, and in some others."""

TEXT_TAGS = {270: "ImageDescription", 271: "Make", 272: "Model", 305: "Software", 306: "DateTime", 315: "Artist"} | {
    33432: "Copyright"
}
"""TIFF's tags that hold words, with the names that Exif has for them too."""


class _Entry(NamedTuple):
    tag: int
    kind: int
    length: int
    value_offset: int


def bare_exif(data: bytes | None) -> bytes | None:
    """The structure without the name before it; None if there is none, or it is damaged."""
    if data is None:
        return None
    bare = data.removeprefix(NAME)
    return bare if bare[:4] in HEADS else None


def exif_orientation(exif: bytes | None) -> int:
    """The orientation, 1 … 8; 1 where it is not stated, or no such number."""
    entry = _orientation_entry(exif)
    if exif is None or entry is None:
        return UPRIGHT
    (value,) = struct.unpack_from(f"{HEADS[exif[:4]]}H", exif, entry.value_offset)
    return value if 1 <= value <= 8 else UPRIGHT


def exif_with_orientation(exif: bytes | None, orientation: int) -> bytes | None:
    """Exif data with an orientation; made for it if there are none and it is not upright."""
    if exif_orientation(exif) == orientation:
        return exif
    entry = _orientation_entry(exif)
    if exif is not None and entry is not None:
        changed = bytearray(exif)
        struct.pack_into(f"{HEADS[exif[:4]]}H", changed, entry.value_offset, orientation)
        return bytes(changed)
    made = Exif()
    if exif is not None:
        made.load(exif)
    made[ORIENTATION] = orientation
    return bare_exif(made.tobytes())


def exif_texts(exif: bytes | None) -> tuple[tuple[str, str], ...]:
    """What the main directory says in words, by name."""
    if exif is None:
        return ()
    found = []
    for entry in _entries(exif):
        if entry.tag in TEXT_TAGS and entry.kind == ASCII:
            offset = entry.value_offset
            if entry.length > 4:
                (offset,) = struct.unpack_from(f"{HEADS[exif[:4]]}I", exif, entry.value_offset)
            words = exif[offset : offset + entry.length].split(b"\0")[0].decode("utf-8", "replace").strip()
            if words:
                found.append((TEXT_TAGS[entry.tag], words))
    return tuple(found)


def _orientation_entry(exif: bytes | None) -> _Entry | None:
    if exif is None:
        return None
    return next((entry for entry in _entries(exif) if (entry.tag, entry.kind) == (ORIENTATION, SHORT)), None)


def _entries(exif: bytes) -> Iterator[_Entry]:
    """The entries of the main directory, as far as they lie in the data."""
    order = HEADS.get(exif[:4])
    if order is None or len(exif) < 8:
        return
    (start,) = struct.unpack_from(f"{order}I", exif, 4)
    if start + 2 > len(exif):
        return
    (count,) = struct.unpack_from(f"{order}H", exif, start)
    for number in range(count):
        offset = start + 2 + 12 * number
        if offset + 12 > len(exif):
            return
        tag, kind, length = struct.unpack_from(f"{order}HHI", exif, offset)
        yield _Entry(tag, kind, length, offset + 8)
