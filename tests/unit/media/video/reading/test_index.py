"""Which frames a video has: by its packets where they hold one each, else by what the decoder gives."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.clips import frame_hashes, write_clip
from tests.support.field_pictures import write_field_pictures

from midframe.jobs.time import TimeOptions, resolve_time
from midframe.media.video.h264_fields import FieldPairs
from midframe.media.video.reading.continuity import InStep
from midframe.media.video.reading.index import ascending, index_video
from midframe.media.video.reading.source import VideoSource
from midframe.media.video.stream_info import DecodedPicture

REORDERED = {"bf": "3", "preset": "medium", "crf": "20"}


def hashes(source: VideoSource) -> list[str]:
    """A hash of every frame that a source gives, as `frame_hashes` makes them."""
    import hashlib

    found = []
    for index in range(len(source)):
        kept = source.read(index).metadata
        assert isinstance(kept, DecodedPicture)
        found.append(hashlib.sha256(kept.picture.to_ndarray().tobytes()).hexdigest())
    return found


def times_of(source: VideoSource) -> list[Fraction]:
    time = resolve_time(source, Fraction(1), "hold", TimeOptions(), timed=True)
    return [time.schedule.time(number) for number in range(len(source))]


def with_packets(path: Path, source: Path, packets: Iterable[tuple[bytes, int, bool]], rate: int = 25) -> Path:
    """A file of these packets, each with its decoding time, in the source's compression."""
    with av.open(str(source)) as given_file, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(given_file.streams.video[0])
        for content, stamp, key in packets:
            packet: Any = av.Packet(content)
            packet.pts = packet.dts = stamp
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, rate), stream, key
            target.mux(packet)
    return path


def with_times_moved(stream: bytes, first: int, ticks: int) -> bytes:
    """A transport stream of one program whose pictures from number `first` on have other time stamps."""
    content = bytearray(stream)
    seen = 0
    for place in range(0, len(content), 188):
        identity = (content[place + 1] & 31) << 8 | content[place + 2]
        if identity != 256 or not content[place + 1] & 64:
            continue
        head = place + 4 + (1 + content[place + 4] if content[place + 3] & 32 else 0)
        for stamp in range(head + 9, head + 9 + (5 if content[head + 7] & 64 == 0 else 10), 5):
            high, middle, low = content[stamp], *struct.unpack(">HH", content[stamp + 1 : stamp + 5])
            value = (high >> 1 & 7) << 30 | (middle >> 1) << 15 | low >> 1
            if seen >= first:
                value += ticks
            content[stamp] = high & 0xF1 | (value >> 30 & 7) << 1
            content[stamp + 1 : stamp + 5] = struct.pack(
                ">HH", (value >> 15 & 0x7FFF) << 1 | 1, (value & 0x7FFF) << 1 | 1
            )
        seen += 1
    return bytes(content)


class TestFields:
    @pytest.mark.parametrize("suffix", [".ts", ".mp4", ".mkv", ".mov"])
    def test_two_fields_are_one_frame(self, suffix: str, tmp_path: Path) -> None:
        clip = tmp_path / f"a{suffix}"
        lumas = write_field_pictures(clip, 12)
        source = VideoSource(clip)

        assert len(source) == 12
        assert times_of(source) == [Fraction(number, 25) for number in range(12)]
        for number, luma in enumerate(lumas):
            np.testing.assert_array_equal(source.read(number).samples[..., 0], luma)
        assert not any("decoded" in note for note in source.notes)

    def test_seeking_finds_the_same_frames(self, tmp_path: Path) -> None:
        lumas = write_field_pictures(tmp_path / "a.ts", 80)
        source = VideoSource(tmp_path / "a.ts")
        for number in (79, 3, 70, 71, 0):
            np.testing.assert_array_equal(source.read(number).samples[..., 0], lumas[number])

    @pytest.mark.parametrize("head", [b"", b"\1", b"\0\0\1\x67\x64\0\x1e", b"\1\x64\0\x1e\xff\xe1\xff\xff\x67"])
    def test_damaged_heads_are_whole_frames(self, head: bytes) -> None:
        pairs = FieldPairs(head)
        for packet in (b"", b"\0\0\1", b"\0\0\1\x65", b"\0\0\1\x61\x88", b"\0\0\0\2\x65\xff", bytes(40)):
            assert not pairs.is_second(packet)

    @given(st.binary(max_size=80), st.binary(max_size=80))
    def test_any_bytes_can_be_looked_at(self, head: bytes, packet: bytes) -> None:
        pairs = FieldPairs(b"\0\0\1\x67" + head)
        pairs.is_second(b"\0\0\1\x41" + packet)
        FieldPairs(b"\1" + head).is_second(packet)


class TestContainersWithoutPresentationTimes:
    @pytest.mark.parametrize(
        ("name", "codec"), [("a.avi", "libx264"), ("a.wmv", "libx264"), ("a.avi", "mpeg4"), ("a.wmv", "mpeg4")]
    )
    def test_reordered_pictures_come_in_order(self, name: str, codec: str, tmp_path: Path) -> None:
        options = REORDERED if codec == "libx264" else {"bf": "2"}
        clip = write_clip(tmp_path / name, 25, codec=codec, options=options)
        source = VideoSource(clip)

        assert hashes(source) == frame_hashes(clip)
        start, *others = times_of(source)
        assert [time - start for time in others] == [Fraction(number, 25) for number in range(1, 25)]
        assert source.notes == ()

    def test_packed_pictures_are_all_there(self, tmp_path: Path) -> None:
        plain = write_clip(
            tmp_path / "plain.avi", 25, codec="mpeg4", options={"bf": "1", "b_strategy": "0", "g": "100"}
        )
        with av.open(str(plain)) as container:
            whole = [bytes(packet) for packet in container.demux(video=0) if packet.size]
        kinds = ["IPBS"[content[content.index(b"\0\0\1\xb6") + 4] >> 6] for content in whole]
        # DivX marks such files in the first packet. A packet that says "nothing new" follows each pair.
        place = whole[0].index(b"\0\0\1\xb6")
        packed = [whole[0][:place] + b"\0\0\1\xb2DivX503b1393p" + whole[0][place:]]
        number = 1
        while number < len(whole):
            if kinds[number : number + 2] == ["P", "B"]:
                packed += [whole[number] + whole[number + 1], bytes.fromhex("000001b6504f")]
                number += 1
            else:
                packed.append(whole[number])
            number += 1
        clip = with_packets(
            tmp_path / "packed.avi", plain, ((content, at, not at) for at, content in enumerate(packed))
        )
        source = VideoSource(clip)

        assert hashes(source) == frame_hashes(plain)
        assert source.notes == ()

    def test_packets_without_a_picture_leave_their_time(self, tmp_path: Path) -> None:
        """A capture program that lost frames says "nothing new" in their place."""
        plain = write_clip(tmp_path / "plain.avi", 12, codec="mpeg4", options={"bf": "0"})
        with av.open(str(plain)) as container:
            whole = [bytes(packet) for packet in container.demux(video=0) if packet.size]
        nothing = bytes.fromhex("000001b6504f")
        stream = [*whole[:5], nothing, nothing, *whole[5:]]
        clip = with_packets(tmp_path / "a.avi", plain, ((content, at, not at) for at, content in enumerate(stream)))
        source = VideoSource(clip)

        start, *others = times_of(source)
        assert [(time - start) * 25 for time in others] == [1, 2, 3, 4, *range(7, 14)]
        assert hashes(source) == frame_hashes(plain)


class TestTimeStampsThatStartAgain:
    @staticmethod
    def part(path: Path, first: int, count: int, codec: str = "mpeg2video") -> bytes:
        paint = lambda number, height, width: np.full((height, width), (first + number) / 60)  # noqa: E731
        return write_clip(path, count, codec=codec, options={"g": "12"}, paint=paint).read_bytes()

    @pytest.mark.parametrize(("suffix", "codec"), [(".ts", "mpeg2video"), (".mpg", "mpeg2video"), (".mkv", "libx264")])
    def test_joined_recordings_play_one_after_the_other(self, suffix: str, codec: str, tmp_path: Path) -> None:
        # FFmpeg reads no third part of a Matroska file.
        count = 2 if suffix == ".mkv" else 3
        parts = [self.part(tmp_path / f"part{suffix}", first, 20, codec) for first in range(0, 20 * count, 20)]
        clip = tmp_path / f"joined{suffix}"
        clip.write_bytes(b"".join(parts))
        source = VideoSource(clip)

        assert len(source) == 20 * count
        start, *others = times_of(source)
        off = [time - start - Fraction(number, 25) for number, time in enumerate(others, 1)]
        # In program streams, FFmpeg guesses most of the times, some of them by a frame too late.
        assert max(map(abs, off)) <= (Fraction(1, 25) if suffix == ".mpg" else Fraction(1, 1000))
        lumas = [source.read(number).samples[0, 0, 0] for number in range(20 * count)]
        assert lumas == sorted(lumas)
        assert lumas[0] == source.read(0).samples[0, 0, 0]
        assert any("start again" in note for note in source.notes)

    def test_sound_of_each_part_stays_with_its_pictures(self, tmp_path: Path) -> None:
        parts = [write_clip(tmp_path / "part.ts", count, sound=True).read_bytes() for count in (20, 30)]
        clip = tmp_path / "joined.ts"
        clip.write_bytes(b"".join(parts))
        index = index_video(clip)
        with av.open(str(clip)) as container:
            moved = InStep(index.pieces).packets(container.demux(audio=0))
            begins = [float(packet.pts * packet.time_base) for packet in moved if packet.pts is not None]

        assert begins == sorted(begins)
        # AAC primes each part with some packets.
        assert max(later - earlier for earlier, later in pairwise(begins)) < 0.06
        assert begins[-1] - begins[0] == pytest.approx(2.0, abs=0.06)

    @pytest.mark.parametrize("suffix", [".mp4", ".flv", ".wmv"])
    def test_a_file_behind_a_file_is_reported(self, suffix: str, tmp_path: Path) -> None:
        single = write_clip(tmp_path / f"single{suffix}", 12)
        joined = tmp_path / f"joined{suffix}"
        joined.write_bytes(2 * single.read_bytes())

        assert not any("Another file" in note for note in VideoSource(single).notes)
        assert any("Another file" in note for note in VideoSource(joined).notes)

    def test_small_steps_back_keep_the_order(self, tmp_path: Path) -> None:
        plain = write_clip(tmp_path / "plain.ts", 20, codec="mpeg2video", options={"g": "1"})
        clip = tmp_path / "a.ts"
        clip.write_bytes(with_times_moved(plain.read_bytes(), first=9, ticks=-6000))
        source = VideoSource(clip)

        assert hashes(source) == frame_hashes(plain)
        steps = [later - earlier for earlier, later in pairwise(times_of(source))]
        assert min(steps) > 0
        assert sum(steps) == Fraction(19, 25) - Fraction(6000, 90000)


@given(st.lists(st.integers(-50, 400), min_size=1, max_size=30))
def test_any_stamps_can_be_made_to_ascend(stamps: list[int]) -> None:
    kept = ascending(stamps)

    assert len(kept) == len(stamps)
    assert all(earlier < later for earlier, later in pairwise(kept))
    if stamps == sorted(set(stamps)):
        assert list(kept) == stamps


class TestTheFilm:
    def test_a_still_picture_is_no_film(self, tmp_path: Path) -> None:
        still = write_clip(tmp_path / "still.mkv", 1, codec="mjpeg", pixels="yuvj420p", size=(32, 32), options={})
        film = write_clip(tmp_path / "film.mkv", 10)
        both = tmp_path / "both.mkv"
        with av.open(str(still)) as first, av.open(str(film)) as second, av.open(str(both), "w") as target:
            streams = [target.add_stream_from_template(given_file.streams.video[0]) for given_file in (first, second)]
            for given_file, stream in ((first, streams[0]), (second, streams[1])):
                for packet in given_file.demux(video=0):
                    if packet.size:
                        packet.stream = stream
                        target.mux(packet)
        source = VideoSource(both)

        assert len(source) == 10
        assert source.format.width == 64


class TestSurvey:
    def test_interlaced_parts_are_found_anywhere(self, tmp_path: Path) -> None:
        plain = write_clip(tmp_path / "a.ts", 40, codec="libx264").read_bytes()
        options = {"x264-params": "tff=1", "crf": "20"}
        interlaced = write_clip(tmp_path / "b.ts", 40, options=options).read_bytes()
        clip = tmp_path / "c.ts"
        clip.write_bytes(plain + interlaced)
        source = VideoSource(clip)

        assert any("interlaced" in note for note in source.notes)

    def test_sizes_that_change_are_scaled_to_the_first(self, tmp_path: Path) -> None:
        small = write_clip(tmp_path / "a.ts", 10).read_bytes()
        large = write_clip(tmp_path / "b.ts", 10, size=(128, 96)).read_bytes()
        clip = tmp_path / "c.ts"
        clip.write_bytes(small + large)
        source = VideoSource(clip)

        assert len(source) == 20
        assert {source.read(number).samples.shape for number in range(20)} == {(48, 64, 3)}
        assert any("128×96" in note and "64×48" in note for note in source.notes)
