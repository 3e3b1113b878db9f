"""MP4 whose edit list has several pieces, as cutting programs that do not encode leave it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from tests.support.clips import frame_hashes, write_clip

from midframe.jobs.time import TimeOptions, resolve_time
from midframe.media.video.reading.continuity import InStep
from midframe.media.video.reading.source import VideoSource
from midframe.media.video.stream_info import DecodedPicture

Edits = list[tuple[int, Fraction | None]]
"""Thousandths of a second, and the time in the media at which they begin; None for nothing."""


def boxes(content: bytearray, begin: int, end: int) -> Iterator[tuple[int, int, bytes]]:
    while begin + 8 <= end:
        size = int.from_bytes(content[begin : begin + 4], "big")
        yield begin, begin + size, bytes(content[begin + 4 : begin + 8])
        begin += size


def edited(path: Path, edits: Edits) -> Path:
    """Give every track of a file, whose index is at its end, another edit list."""
    content = bytearray(path.read_bytes())
    movie, end = next((begin, end) for begin, end, kind in boxes(content, 0, len(content)) if kind == b"moov")
    for track, stop in reversed([box[:2] for box in boxes(content, movie + 8, end) if box[2] == b"trak"]):
        outer = next(begin for begin, _, kind in boxes(content, track + 8, stop) if kind == b"edts")
        header = content.index(b"mdhd", track)
        (scale,) = struct.unpack(">I", content[header + 16 : header + 20])
        (first,) = struct.unpack(">i", content[outer + 28 : outer + 32])
        rows = [(length, -1 if at is None else first + int(at * scale)) for length, at in edits]
        content[outer + 20 : outer + 36] = struct.pack(">I", len(rows)) + b"".join(
            struct.pack(">IiI", length, at, 1 << 16) for length, at in rows
        )
        for place in (outer + 8, outer, track, movie):
            (size,) = struct.unpack(">I", content[place : place + 4])
            content[place : place + 4] = struct.pack(">I", size + 12 * (len(rows) - 1))
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "edits",
    [
        [(600, Fraction(0)), (400, Fraction(6, 5))],
        [(600, Fraction(6, 5)), (600, Fraction(0))],
        [(500, Fraction(0)), (500, Fraction(0))],
        [(500, Fraction(0)), (400, None), (500, Fraction(1))],
    ],
    ids=["cut", "swapped", "repeated", "gap"],
)
def test_pictures_and_sound_are_those_that_players_show(edits: Edits, tmp_path: Path) -> None:
    clip = edited(write_clip(tmp_path / "a.mp4", 50, options={"g": "10", "preset": "veryfast"}, sound=True), edits)
    length = Fraction(sum(duration for duration, _ in edits), 1000)
    source = VideoSource(clip)

    kept = [source.read(index).metadata for index in range(len(source))]
    assert all(isinstance(each, DecodedPicture) for each in kept)
    assert len(kept) == len(frame_hashes(clip))
    time = resolve_time(source, Fraction(1), "hold", TimeOptions(), timed=True)
    assert time.schedule.end is not None
    assert abs(time.schedule.end - length) <= Fraction(1, 25)
    assert source.notes == ()
    with av.open(str(clip)) as container:
        sound = list(InStep(()).packets(container.demux(audio=0)))
    begins = [packet.dts * packet.time_base for packet in sound if packet.dts is not None and packet.size]
    assert begins == sorted(set(begins))
    assert -Fraction(1, 10) <= begins[0] <= 0
    assert abs(begins[-1] - length) < Fraction(1, 15)
    longest = max(later - earlier for earlier, later in pairwise(begins))
    assert longest < (Fraction(1, 2) if any(at is None for _, at in edits) else Fraction(1, 20))
