"""The files of a folder as one file that is made while it is sent."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

CHUNK = 1 << 20
"""Bytes that are read at a time."""


class _Collected:
    """What a ZIP file is written to: it has no end to go back to."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, content: bytes) -> int:
        self._parts.append(bytes(content))
        return len(content)

    def flush(self) -> None:
        """Do nothing: what is written is taken at once."""

    def take(self) -> bytes:
        content = b"".join(self._parts)
        self._parts.clear()
        return content


def zipped(paths: Sequence[Path]) -> Iterator[bytes]:
    """A ZIP file of these files, not compressed, in pieces; none of the files is held in memory.

    Args:
        paths: Files of one folder.
    """
    collected = _Collected()
    with zipfile.ZipFile(cast(BinaryIO, collected), "w", zipfile.ZIP_STORED) as archive:
        for path in paths:
            with path.open("rb") as file, archive.open(path.name, "w", force_zip64=True) as member:
                while content := file.read(CHUNK):
                    member.write(content)
                    yield collected.take()
            yield collected.take()
    yield collected.take()
