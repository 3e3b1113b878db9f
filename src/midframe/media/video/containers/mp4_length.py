"""The length that an MP4 or MOV file states for its pictures.

FFmpeg's muxer computes it from the pictures since the last fragment began. Where pictures are stored out of order, the
one that is shown last may lie in the fragment before; then the edit list ends too early, and players never show it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import BufferedRandom
from math import ceil
from pathlib import Path

EMPTY_EDIT = -1
"""Media time of an edit during which nothing is shown (ISO/IEC 14496-12, 8.6.6)."""


@dataclass(frozen=True)
class _Box:
    """A box of the file: its kind, and where its content begins and ends."""

    kind: bytes
    begin: int
    end: int


def state_length(path: Path, end: Fraction) -> None:
    """Let the first track of a finished file end at `end` seconds, in the header, the track and its edit list.

    A file without an index, or with one of another structure, is left unchanged.

    Args:
        path: An MP4 or MOV file whose first track holds the pictures.
        end: When the last picture stops being shown, in seconds from the beginning of the file.

    Raises:
        OSError: The file cannot be read or written.
    """
    with path.open("r+b") as file:
        movie = next((box for box in _top_boxes(file) if box.kind == b"moov"), None)
        if movie is None:
            return
        file.seek(movie.begin)
        content = bytearray(file.read(movie.end - movie.begin))
        if _state(content, end):
            file.seek(movie.begin)
            file.write(content)


def _state(content: bytearray, end: Fraction) -> bool:
    """The same in the content of the "moov" box; whether anything was changed."""
    header = _find(content, b"mvhd")
    track = _find(content, b"trak")
    if header is None or track is None:
        return False
    before = bytes(content)
    # The header has two times of creation and the time scale before the duration; a track has its number there.
    scale_at = header.begin + (20 if content[header.begin] else 12)
    scale = int.from_bytes(content[scale_at : scale_at + 4], "big")
    ticks = ceil(end * scale)
    track_header = _find(content, b"tkhd", track)
    if not scale or track_header is None:
        return False
    _put_duration(content, track_header, 28 if content[track_header.begin] else 20, ticks)
    edit_list = _find(content, b"edts", track, b"elst")
    if edit_list is not None:
        _put_edit(content, edit_list, ticks)
    media_header = _find(content, b"mdia", track, b"mdhd")
    durations = _find(content, b"mdia", track, b"minf", b"stbl", b"stts")
    if media_header is not None and durations is not None:
        _put_duration(content, media_header, 24 if content[media_header.begin] else 16, _total(content, durations))
    longest = max((_duration_of(content, box) for box in _boxes(content) if box.kind == b"trak"), default=ticks)
    _put_duration(content, header, 24 if content[header.begin] else 16, longest)
    return bytes(content) != before


def _put_edit(content: bytearray, edit_list: _Box, ticks: int) -> None:
    """Let the last edit end at `ticks`, after those before it."""
    wide = content[edit_list.begin] == 1
    size, entry = (8, 20) if wide else (4, 12)
    count = int.from_bytes(content[edit_list.begin + 4 : edit_list.begin + 8], "big")
    first = edit_list.begin + 8
    if not count or first + count * entry > edit_list.end:
        return
    places = [first + number * entry for number in range(count)]
    media_time = int.from_bytes(content[places[-1] + size : places[-1] + 2 * size], "big", signed=True)
    earlier = sum(int.from_bytes(content[place : place + size], "big") for place in places[:-1])
    if media_time != EMPTY_EDIT and 0 < ticks - earlier < 1 << (8 * size):
        content[places[-1] : places[-1] + size] = (ticks - earlier).to_bytes(size, "big")


def _duration_of(content: bytearray, track: _Box) -> int:
    header = _find(content, b"tkhd", track)
    if header is None:
        return 0
    place, size = (28, 8) if content[header.begin] else (20, 4)
    return int.from_bytes(content[header.begin + place : header.begin + place + size], "big")


def _put_duration(content: bytearray, header: _Box, place: int, ticks: int) -> None:
    size = 8 if content[header.begin] else 4
    if ticks < 1 << (8 * size):
        content[header.begin + place : header.begin + place + size] = ticks.to_bytes(size, "big")


def _total(content: bytearray, durations: _Box) -> int:
    """How long all pictures last together, in the order in which they are stored (8.6.1.2)."""
    runs = struct.iter_unpack(">II", bytes(content[durations.begin + 8 : durations.end]))
    return sum(count * duration for count, duration in runs)


def _find(content: bytearray, kind: bytes, inside: _Box | None = None, *inner: bytes) -> _Box | None:
    """The first box of a kind; or, with more kinds, the first box in it that lies in boxes of these, one in another."""
    found = next((box for box in _boxes(content, inside) if box.kind == kind), None)
    return _find(content, inner[0], found, *inner[1:]) if found is not None and inner else found


def _boxes(content: bytearray, inside: _Box | None = None) -> Iterator[_Box]:
    """The boxes of a box, or of all the content."""
    place, stop = (0, len(content)) if inside is None else (inside.begin, inside.end)
    while place + 8 <= stop:
        size = int.from_bytes(content[place : place + 4], "big")
        if size < 8 or place + size > stop:
            return
        yield _Box(bytes(content[place + 4 : place + 8]), place + 8, place + size)
        place += size


def _top_boxes(file: BufferedRandom) -> Iterator[_Box]:
    """The boxes of the file, of which "mdat" may need 64 bits for its size."""
    place, stop = 0, file.seek(0, 2)
    while place + 8 <= stop:
        file.seek(place)
        head = file.read(16)
        size, start = int.from_bytes(head[:4], "big"), 8
        if size == 1:
            size, start = int.from_bytes(head[8:16], "big"), 16
        elif size == 0:
            size = stop - place
        if size < start or place + size > stop:
            return
        yield _Box(head[4:8], place + start, place + size)
        place += size
