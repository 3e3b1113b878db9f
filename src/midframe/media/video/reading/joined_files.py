"""Files with another file after them, in formats whose readers stop at the end of the first."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

HEAD = 9
"""Bytes at the beginning of a file by which its format is recognised again."""

BEHIND = 1 << 20
"""Bytes after the last picture in which another beginning is looked for: there may be sound and an index before."""


def followed_by_another(path: Path, container_format: str, last_place: int) -> bool:
    """Whether a second file begins in a file, which FFmpeg does not read.

    Args:
        path: The file.
        container_format: FFmpeg's demuxer.
        last_place: Where the last picture that was found lies, in bytes.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        if container_format.startswith("mov"):
            return _types_of_files(file) > 1
        if not container_format.startswith(("flv", "asf", "matroska")):
            return False
        head = file.read(HEAD)
        file.seek(last_place)
        return last_place > 0 and head in file.read(BEHIND)


def _types_of_files(file: BinaryIO) -> int:
    """How many boxes say what kind of file this is: one at the beginning of each (ISO/IEC 14496-12, 4.3)."""
    found, place, end = 0, 0, file.seek(0, 2)
    while place + 8 <= end:
        file.seek(place)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        size = int.from_bytes(head[8:16], "big") if size == 1 else size or end - place
        if size < 8:
            break
        found += head[4:8] == b"ftyp"
        place += size
    return found
