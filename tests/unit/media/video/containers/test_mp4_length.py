"""Stating when the pictures of an MP4 file end."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
from tests.support.clips import write_clip

from midframe.media.video.containers.mp4_length import state_length


def length(path: Path, kind: str) -> Fraction:
    with av.open(str(path)) as container:
        stream = next(stream for stream in container.streams if stream.type == kind)
        assert stream.duration is not None
        assert stream.time_base is not None
        return stream.duration * stream.time_base


def test_the_edit_list_ends_where_it_is_said(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 12, sound=True)
    sound = length(clip, "audio")
    state_length(clip, Fraction(8, 25))

    with av.open(str(clip)) as container:
        assert len(list(container.decode(video=0))) == 8
    assert length(clip, "video") == Fraction(8, 25)
    assert length(clip, "audio") == sound


def test_files_of_other_structure_stay_as_they_are(tmp_path: Path) -> None:
    for content in (b"", b"no MP4 at all", (16).to_bytes(4, "big") + b"moov" + bytes(8), b"\0\0\0\1mdat" + b"\xff" * 8):
        other = tmp_path / "a.mp4"
        other.write_bytes(content)
        state_length(other, Fraction(1))
        assert other.read_bytes() == content
