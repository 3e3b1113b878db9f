"""The tracks of MP4 and QuickTime files, as far as PyAV does not show them (ISO/IEC 14496-12)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

MOST_BOXES = 10_000
"""Boxes of one level that are looked at; more of them are damage."""

VISUAL_ENTRY = 86
"""Bytes of a sample entry of pictures before the boxes in it."""

FULL_BOX = 4
"""Bytes of version and flags at the beginning of some boxes."""


@dataclass(frozen=True)
class Mp4Tracks:
    """What the index of a file states about its tracks.

    Attributes:
        entries: By track number, the four-character code of its first sample entry, such as "tmcd".
        chapters: Numbers of the tracks that hold the titles of chapters.
        stereo: By track number, how two views lie in one picture: 1 one above the other, 2 side by side (Google's
            Spherical Video V2).
    """

    entries: dict[int, str] = field(default_factory=dict)
    chapters: frozenset[int] = frozenset()
    stereo: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Box:
    kind: bytes
    begin: int
    end: int


def mp4_tracks(file: Path | BinaryIO) -> Mp4Tracks:
    """Read the index of a file; nothing is found in files of other formats, and where the index is damaged.

    Raises:
        OSError: The file cannot be read.
    """
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return mp4_tracks(stream)
    entries: dict[int, str] = {}
    stereo: dict[int, int] = {}
    chapters: set[int] = set()
    size = file.seek(0, 2)
    for movie in _boxes(file, 0, size, b"moov"):
        for track in _boxes(file, movie.begin, movie.end, b"trak"):
            number = _track_number(file, track)
            for entry in _descend(file, track, b"mdia", b"minf", b"stbl", b"stsd"):
                head = _read(file, entry.begin, FULL_BOX + 12)
                if number is not None and len(head) == FULL_BOX + 12:
                    entries[number] = head[FULL_BOX + 8 :].decode("latin-1")
                    # Two heads of boxes and what all kinds of pictures have in common.
                    inner = entry.begin + FULL_BOX + 4 + VISUAL_ENTRY
                    for mark in _boxes(file, inner, entry.end, b"st3d"):
                        stereo[number] = _read(file, mark.begin + FULL_BOX, 1)[0]
            for reference in _descend(file, track, b"tref", b"chap"):
                listed = _read(file, reference.begin, reference.end - reference.begin)
                chapters |= {int.from_bytes(listed[at : at + 4], "big") for at in range(0, len(listed) - 3, 4)}
    return Mp4Tracks(entries, frozenset(chapters), stereo)


def hide_empty_pictures(file: BinaryIO) -> None:
    """Take tracks of pictures that hold none out of a file, in its place.

    FFmpeg's muxer leaves one next to every cover picture, where it writes in fragments; players show it as a film that
    cannot be decoded.

    Args:
        file: A whole file, open for reading and writing.

    Raises:
        OSError: It cannot be written.
    """
    for movie in _boxes(file, 0, file.seek(0, 2), b"moov"):
        for track in _boxes(file, movie.begin, movie.end, b"trak"):
            handlers = [_read(file, box.begin, FULL_BOX + 8) for box in _descend(file, track, b"mdia", b"hdlr")]
            sizes = [
                _read(file, box.begin, FULL_BOX + 8)
                for box in _descend(file, track, b"mdia", b"minf", b"stbl", b"stsz")
            ]
            shows_pictures = any(handler[FULL_BOX + 4 :] == b"vide" for handler in handlers)
            if shows_pictures and sizes and not any(any(size[FULL_BOX + 4 :]) for size in sizes):
                file.seek(track.begin - 4)
                file.write(b"free")


def _track_number(file: BinaryIO, track: _Box) -> int | None:
    for header in _boxes(file, track.begin, track.end, b"tkhd"):
        content = _read(file, header.begin, FULL_BOX + 20)
        # Version 1 has two times of 8 bytes before the number, version 0 two of 4.
        at = FULL_BOX + (16 if content[:1] == b"\1" else 8)
        return int.from_bytes(content[at : at + 4], "big")
    return None


def _descend(file: BinaryIO, box: _Box, *kinds: bytes) -> Iterator[_Box]:
    found = [box]
    for kind in kinds:
        found = [inner for outer in found for inner in _boxes(file, outer.begin, outer.end, kind)]
    yield from found


def _boxes(file: BinaryIO, begin: int, end: int, kind: bytes) -> Iterator[_Box]:
    """The contents of boxes of a kind between two places of a file."""
    for _ in range(MOST_BOXES):
        head = _read(file, begin, 16)
        if begin + 8 > end or len(head) < 8:
            return
        size, start = int.from_bytes(head[:4], "big"), begin + 8
        if size == 1:
            size, start = int.from_bytes(head[8:16], "big"), begin + 16
        stop = end if size == 0 else begin + size
        if stop < start or stop > end:
            return
        if head[4:8] == kind:
            yield _Box(kind, start, stop)
        begin = stop


def _read(file: BinaryIO, position: int, size: int) -> bytes:
    file.seek(position)
    return file.read(min(size, 1 << 16))
