"""The shape of pixels in Matroska and WebM.

FFmpeg's muxer takes it from a place that PyAV does not reach, so it is written into the file afterwards, in the room
that the track's title is given for it.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from fractions import Fraction
from typing import BinaryIO

from midframe.media.video.containers.ebml import (
    CRC,
    SEGMENT,
    TRACK,
    TRACKS,
    VIDEO,
    Element,
    element,
    elements,
    find,
    unsigned,
    void,
)

MATROSKA_FORMATS = ("matroska", "webm")

PADDING = " " * 40
"""What a track's title ends in until the shape is written: more than three numbers and their names take."""

HEAD = 1 << 20
"""Bytes at the beginning of a file in which the tracks are described."""

NAME = b"\x53\x6e"
WIDTH, HEIGHT = b"\xb0", b"\xba"
SHOWN_WIDTH, SHOWN_HEIGHT, SHOWN_UNIT = b"\x54\xb0", b"\x54\xba", b"\x54\xb2"
RATIO = 3
"""The unit of shown sizes that are a ratio only."""


@dataclass(frozen=True)
class _Place:
    begin: int
    found: Element


def state_aspect(file: BinaryIO, aspect: Fraction, *, ratios: bool) -> bool:
    """Write the shape of pixels into the first track of a file, in its place.

    Args:
        file: Open for reading and writing; its track's title ends in `PADDING`.
        aspect: Width over height of a pixel.
        ratios: Whether sizes that are not whole numbers can be written as ratios: in Matroska, not in WebM.

    Returns:
        Whether the file says it now.

    Raises:
        OSError: It cannot be written.
    """
    file.seek(0)
    head = file.read(HEAD)
    tracks = _tracks(head)
    if tracks is None:
        return False
    start = tracks.begin + tracks.found.end - tracks.found.begin - len(tracks.found.content)
    content = tracks.found.content
    track = next((each for each in elements(content) if each.identity == TRACK), None)
    if track is None:
        return False
    changed = _with_aspect(track.content, aspect, ratios=ratios)
    spare = len(track.content) - len(changed)
    if spare and spare < 2:
        return False
    changed += void(spare) if spare else b""
    at = track.end - len(track.content)
    content = content[:at] + changed + content[track.end :]
    first = next(elements(content))
    if first.identity == CRC:
        rest = content[first.end :]
        content = element(CRC, zlib.crc32(rest).to_bytes(4, "little")) + rest
    file.seek(start)
    file.write(content)
    return True


def _tracks(head: bytes) -> _Place | None:
    """The description of the tracks, and where it begins."""
    segment = next((each for each in elements(head) if each.identity == SEGMENT), None)
    if segment is None:
        # Of a segment of known size only the beginning was read.
        at = head.find(SEGMENT)
        width = 9 - head[at + 4].bit_length() if 0 <= at < len(head) - 4 else 0
        inside, offset = head[at + 4 + width :], at + 4 + width
    else:
        inside, offset = segment.content, segment.end - len(segment.content)
    found = next((each for each in elements(inside) if each.identity == TRACKS), None)
    return None if found is None else _Place(offset + found.begin, found)


def _with_aspect(track: bytes, aspect: Fraction, *, ratios: bool) -> bytes:
    """A track's description with the shape of its pixels, and its title without the space for it."""
    made = b""
    for each in elements(track):
        whole = track[each.begin : each.end]
        if each.identity == VIDEO:
            made += element(VIDEO, _shown(each.content, aspect, ratios=ratios))
        elif each.identity == NAME and each.content.endswith(PADDING.encode()):
            title = each.content[: -len(PADDING)]
            made += element(NAME, title) if title else b""
        elif each.identity != b"\xec":
            made += whole
    return made


def _shown(video: bytes, aspect: Fraction, *, ratios: bool) -> bytes:
    def number(*identities: bytes) -> int:
        return next(int.from_bytes(value, "big") for value in (find(video, each) for each in identities) if value)

    # Where one picture holds two views, the muxer has stated the size of one of them.
    unit = int.from_bytes(find(video, SHOWN_UNIT) or b"", "big")
    pixels = unit == 0
    width = (number(SHOWN_WIDTH, WIDTH) if pixels else number(WIDTH)) * aspect
    height = number(SHOWN_HEIGHT, HEIGHT) if pixels else number(HEIGHT)
    kept = b"".join(
        video[each.begin : each.end]
        for each in elements(video)
        if each.identity not in (SHOWN_WIDTH, SHOWN_HEIGHT, SHOWN_UNIT)
    )
    if width.denominator == 1 or not ratios:
        return kept + unsigned(SHOWN_WIDTH, round(width)) + unsigned(SHOWN_HEIGHT, height)
    shape = width / height
    sizes = unsigned(SHOWN_WIDTH, shape.numerator) + unsigned(SHOWN_HEIGHT, shape.denominator)
    return kept + sizes + unsigned(SHOWN_UNIT, RATIO)
