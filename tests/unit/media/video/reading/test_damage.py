"""Damaged and cut-off videos: told of, mended where asked, never taken for whole."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.clips import moving, planes, write_clip

from midframe.errors import UnreadableFileError
from midframe.media.sources import open_source
from midframe.media.video.reading.damage import signs_of_damage
from midframe.media.video.reading.index import VideoIndex
from midframe.media.video.reading.source import VideoSource

INTRA = {"g": "1"}


def noisy(number: int, height: int, width: int) -> np.ndarray:
    """Something that takes many bytes."""
    return 0.8 * moving(number, height, width) + 0.2 * np.random.default_rng(number).random((height, width))


def spoil(clip: Path, number: int, share: float = 0.2) -> Path:
    """Overwrite the middle of a packet with noise; the container stays sound."""
    with av.open(str(clip)) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][number]
        content = bytes(packet)
    data = bytearray(clip.read_bytes())
    start = data.index(content) + len(content) // 2
    for place in range(start, start + int(share * len(content))):
        data[place] = random.Random(place).randrange(256)
    clip.write_bytes(data)
    return clip


def drop_packets(clip: Path, numbers: Sequence[int], path: Path) -> Path:
    """The same file without some packets: as if they had been lost on the way."""
    with av.open(str(clip)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(packet for packet in source.demux(video=0) if packet.size):
            if number not in numbers:
                packet.stream = stream
                target.mux(packet)
    return path


@pytest.mark.parametrize(
    ("suffix", "codec", "options"),
    [(".mkv", "libx264", None), (".webm", "libvpx-vp9", {}), (".flv", "libx264", None)],
)
def test_a_file_that_was_cut_off_says_so(
    suffix: str, codec: str, options: dict[str, str] | None, tmp_path: Path
) -> None:
    clip = write_clip(tmp_path / f"a{suffix}", 60, codec=codec, options=options, paint=noisy)
    assert VideoSource(clip).notes == ()
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 6 // 10])

    source = VideoSource(clip)

    assert 5 < len(source) < 55
    assert "was cut off or is damaged" in source.notes[0]
    for index in range(len(source)):
        source.read(index)
    with pytest.raises(UnreadableFileError, match="was cut off"):
        VideoSource(clip, "stop")


def test_too_little_of_a_file_is_no_video_of_one_frame(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.avi", 60, codec="mpeg4", options={}, paint=noisy)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 6 // 10])

    with pytest.raises(UnreadableFileError, match=r"it states 60 frames, and 1 frame can be read"):
        VideoSource(clip)


def test_mp4_with_its_index_in_front_that_was_cut_off(tmp_path: Path) -> None:
    clip = tmp_path / "a.mp4"
    with (
        av.open(str(write_clip(tmp_path / "b.mp4", 60, paint=noisy))) as late,
        av.open(str(clip), "w", container_options={"movflags": "faststart"}) as target,
    ):
        stream = target.add_stream_from_template(late.streams.video[0])
        for packet in late.demux(video=0):
            if packet.size:
                packet.stream = stream
                target.mux(packet)
    whole = planes(clip)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 6 // 10])

    source = VideoSource(clip)

    assert "it states 60 frames" in source.notes[0]
    frames = [source.read(index).samples[..., 0] for index in range(len(source))]
    assert 10 < len(frames) < 55
    for number in range(5):
        np.testing.assert_array_equal(frames[number], whole[number][0])


def test_mp4_without_its_index_says_what_is_missing(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 60, paint=noisy)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])

    with pytest.raises(UnreadableFileError, match="was cut off, as its index, which comes last, is missing"):
        open_source(clip)


def test_frames_missing_in_the_middle_are_a_gap(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mkv", 60, options={"g": "1", "crf": "20"})

    source = VideoSource(drop_packets(clip, range(30, 36), tmp_path / "b.mkv"))

    assert len(source) == 54
    assert any("no frames between 1.16 and 1.44 s" in note for note in source.notes)
    with pytest.raises(UnreadableFileError, match="no frames between"):
        VideoSource(tmp_path / "b.mkv", "stop")


@pytest.mark.parametrize(
    "stamps",
    [
        list(range(0, 4000, 40)),
        [round(k * 1000 / 30) for k in range(100)],
        [k * 1000 // 24000 * 1001 // 1000 for k in range(0, 100000, 1000)],
        np.cumsum(np.random.default_rng(0).integers(10, 90, 100)).tolist(),
        [k * (40 if k < 50 else 60) + (0 if k < 50 else -1000) for k in range(100)],
        [40 * k + 40 * (k // 10) for k in range(100)],
    ],
    ids=["even", "30", "film", "wild", "two rates", "every tenth dropped"],
)
def test_rates_that_vary_are_no_gaps(stamps: list[int]) -> None:
    index = VideoIndex(tuple(dict.fromkeys(stamps)), len(stamps), 40, Fraction(1, 1000), (), Fraction(0))

    assert signs_of_damage(Path("a.mkv"), index) == ()


@pytest.mark.parametrize(
    ("codec", "pixels", "suffix", "words"),
    [
        ("mpeg4", "yuv420p", ".mkv", "only in part"),
        ("mpeg2video", "yuv420p", ".mkv", "only in part"),
        ("prores_ks", "yuv422p10le", ".mov", "only in part"),
        ("ffv1", "yuv420p", ".mkv", "only in part"),
    ],
)
def test_a_frame_that_is_decoded_with_errors_is_reported(
    codec: str, pixels: str, suffix: str, words: str, tmp_path: Path
) -> None:
    options = {"level": "3", "slicecrc": "1", "g": "1"} if codec == "ffv1" else {}
    clip = write_clip(
        tmp_path / f"a{suffix}", 30, codec=codec, pixels=pixels, options=options, paint=noisy, size=(192, 128)
    )
    source = VideoSource(spoil(clip, 15))

    for index in range(30):
        source.read(index)

    assert len(source.notes) == 1
    assert words in source.notes[0]
    assert "15 (at 0.60 s)" in source.notes[0]
    strict = VideoSource(clip, "stop")
    for index in range(15):
        strict.read(index)
    with pytest.raises(UnreadableFileError, match=r"Frame 15 of .* \(at 0\.60 s\) can"):
        strict.read(15)


def test_a_frame_that_cannot_be_decoded_is_replaced(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mkv", 30, options={"g": "1", "crf": "12"}, paint=noisy)
    good = planes(clip)
    with av.open(str(clip)) as container:
        contents = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    data = clip.read_bytes()
    clip.write_bytes(data.replace(contents[12], bytes(len(contents[12]))))

    source = VideoSource(clip)
    frames = [source.read(index).samples[..., 0] for index in range(30)]

    np.testing.assert_array_equal(frames[12], good[11][0])
    np.testing.assert_array_equal(frames[13], good[13][0])
    assert source.notes == (
        "Damage in a.mkv: 1 frame could not be decoded; the previous frame replaces it: 12 (at 0.48 s).",
    )
    with pytest.raises(UnreadableFileError, match=r"Frame 12 of .* cannot be decoded"):
        [VideoSource(clip, "stop").read(index) for index in range(30)]


@pytest.mark.parametrize("numbers", [(0,), (29,), (0, 1, 2), (27, 28, 29)])
def test_damage_at_the_ends_costs_no_frame(numbers: tuple[int, ...], tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mkv", 30, codec="mjpeg", pixels="yuvj420p", options={}, paint=noisy)
    good = planes(clip)
    with av.open(str(clip)) as container:
        contents = [bytes(packet) for packet in container.demux(video=0) if packet.size]
    data = clip.read_bytes()
    for number in numbers:
        data = data.replace(contents[number], bytes(len(contents[number])))
    clip.write_bytes(data)

    source = VideoSource(clip)
    frames = [source.read(index).samples[..., 0] for index in range(30)]

    nearest = 3 if numbers == (0, 1, 2) else 1 if 0 in numbers else numbers[0] - 1
    for number in numbers:
        np.testing.assert_array_equal(frames[number], good[nearest][0])
    assert f"{len(numbers)} frame{'s' if len(numbers) > 1 else ''} could not be decoded" in source.notes[0]
