"""Closed captions: each arrives once, whatever becomes of its frame."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.packet import Packet
from tests.support.clips import write_clip
from tests.support.jobs import FakeNetwork, Recorder

from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.jobs.time import TimeOptions
from midframe.media.video.captions import CaptionTrack, captions_of, with_av1_captions, with_h264_captions
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.runtime.events import Notice, Reporter


def words(number: int) -> bytes:
    """Three pairs of letters that belong to a frame; zeros need escaping in H.264."""
    return bytes([0xFC, 0, 0, 0xFC, 0x80, number, 0xFA, 0, 0])


def flat(number: int, height: int, width: int) -> Any:
    return np.full((height, width), 0.5)


def captioned(path: Path, count: int = 8) -> Path:
    """A clip in which nothing moves, so that frames are held, with captions in every picture."""
    plain = write_clip(path.with_name("plain.mp4"), count, paint=flat, options={"preset": "veryfast", "a53cc": "0"})
    with av.open(str(plain)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        unit = source.streams.video[0]
        for packet in source.demux(unit):
            if packet.dts is None:
                continue
            assert packet.pts is not None
            number = round(packet.pts * packet.time_base * 25)
            escaped = with_h264_captions(b"\0\0\0\1\x65", [words(number)])[4:-5]
            made: Packet[Any] = Packet(len(escaped).to_bytes(4, "big") + escaped + bytes(packet))
            made.pts, made.dts, made.time_base, made.duration = (
                packet.pts,
                packet.dts,
                packet.time_base,
                packet.duration,
            )
            made.is_keyframe = packet.is_keyframe
            made.stream = stream
            target.mux(made)
    return path


def found(path: Path) -> list[bytes]:
    """The captions of all frames, in the order in which they are shown."""
    with av.open(str(path)) as container:
        return [captions_of(frame) for frame in container.decode(video=0)]


def run(source: Path, output: Path, codec: str | None = None, **options: Any) -> list[str]:
    recorder = Recorder()
    job = JobOptions(source, output, encoding=EncodingOptions(codec), **options)
    run_job(resolve_job(job), FakeNetwork(), Reporter([recorder]))
    return [event.text for event in recorder.events if isinstance(event, Notice)]


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".mp4", "h264"), (".mp4", "h265"), (".mkv", "h265"), (".mp4", "av1"), (".webm", "av1")]
)
def test_held_frames_do_not_repeat_them(suffix: str, codec: str, tmp_path: Path) -> None:
    clip, output = captioned(tmp_path / "clip.mp4"), tmp_path / f"out{suffix}"
    assert found(clip) == [words(number) for number in range(8)]

    run(clip, output, codec)

    assert [each for each in found(output) if each] == [words(number) for number in range(8)]
    assert found(output)[::2] == [words(number) for number in range(8)]


def test_frames_that_are_left_out_hand_them_on(tmp_path: Path) -> None:
    clip, output = captioned(tmp_path / "clip.mp4"), tmp_path / "out.mkv"

    run(clip, output, time=TimeOptions(fps=Fraction(10)))

    assert b"".join(found(output)) == b"".join(words(number) for number in range(8))[: 9 * 8]


def test_an_excerpt_begins_with_its_own(tmp_path: Path) -> None:
    clip, output = captioned(tmp_path / "clip.mp4"), tmp_path / "out.mkv"

    run(clip, output, time=TimeOptions(start=Fraction(12, 100)))

    assert [each for each in found(output) if each] == [words(number) for number in range(3, 8)]


def test_what_has_no_place_for_them_is_named(tmp_path: Path) -> None:
    notes = run(captioned(tmp_path / "clip.mp4", 3), tmp_path / "out.webm")

    assert "Left out the closed captions: vp9 cannot store them." in notes


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ([2, 2, 3], [[2], [], [3]]),
        ([0, 3], [[0], [1, 2, 3]]),
        ([1, 0, 2], [[1], [], [2]]),
        ([5], [[]]),
    ],
)
def test_each_is_handed_out_once(asked: Sequence[int], given: Sequence[Sequence[int]]) -> None:
    track = CaptionTrack()
    for number in range(5):
        track.put(number, bytes([number]))

    assert [track.take(number) for number in asked] == [tuple(bytes([each]) for each in row) for row in given]


def test_units_of_av1_stand_before_the_picture() -> None:
    delimiter, header, frame = b"\x12\x00", b"\x0a\x02ab", b"\x32\x01x"

    packet = with_av1_captions(delimiter + header + frame, [words(1)])

    assert packet.startswith(delimiter + header + b"\x2a")
    assert packet.endswith(frame)
