"""Reading videos: order, times, damage."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.clips import HEIGHT, WIDTH, planes, write_clip

from midframe.errors import SequenceError, UnreadableFileError, UnsupportedFormatError
from midframe.media.sources import open_source
from midframe.media.video.reading.rgb_source import RgbVideoSource
from midframe.media.video.reading.source import VideoSource
from midframe.media.video.stream_info import DecodedPicture
from midframe.types import Alpha, SampleCoding


def test_frames_in_any_order_are_those_of_the_file(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 130, options={"preset": "veryfast", "g": "20"})
    lumas = [frame[0] for frame in planes(clip)]
    source = VideoSource(clip)

    assert len(source) == 130
    for index in (0, 1, 2, 5, 4, 129, 0, 90, 91, 60, 128, 129):
        frame = source.read(index)
        assert frame.index == index
        np.testing.assert_array_equal(frame.samples[..., 0], lumas[index])
    source.close()


def test_frames_say_what_they_are(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mkv", 3, codec="ffv1", pixels="yuva444p10le", options={}, tags=(9, 9, 16, 1))
    source = VideoSource(clip)

    assert source.codec_name == "ffv1"
    assert source.format.coding == SampleCoding("bt2020", False, 10)
    assert source.format.alpha == Alpha(3, premultiplied=False)
    assert source.format.dtype == np.uint16
    frame = source.read(1)
    assert isinstance(frame.metadata, DecodedPicture)
    assert frame.metadata.samples is frame.samples
    drawn = frame.with_samples(frame.samples.copy())
    assert frame.metadata.samples is not drawn.samples


@pytest.mark.parametrize(("size", "matrix"), [((64, 48), "bt601"), ((1280, 16), "bt709"), ((32, 720), "bt709")])
def test_a_matrix_that_is_not_named_goes_by_the_size(size: tuple[int, int], matrix: str, tmp_path: Path) -> None:
    source = VideoSource(write_clip(tmp_path / "a.mp4", 2, size=size))

    assert source.format.coding is not None
    assert source.format.coding.matrix == matrix


def test_real_times_are_in_the_index(tmp_path: Path) -> None:
    ticks = [0, 3, 4, 9, 10]
    clip = write_clip(tmp_path / "a.mp4", 5, ticks=ticks, unit=Fraction(1, 90))
    index = VideoSource(clip).index

    assert index.stamps is not None
    assert [stamp * index.time_base for stamp in index.stamps] == [Fraction(tick, 90) for tick in ticks]


def test_as_pictures_colours_are_right(tmp_path: Path) -> None:
    def flat(number: int, height: int, width: int) -> np.ndarray:
        return np.full((height, width), 0.6)

    clip = write_clip(
        tmp_path / "a.mkv", 2, codec="ffv1", pixels="yuv420p10le", options={}, paint=flat, tags=(1, 1, 1, 1)
    )
    source = RgbVideoSource(VideoSource(clip))

    assert source.format.coding is None
    assert source.format.dtype == np.uint16
    # All codes are 4 · 147.4: Y = 0.6, Cb = Cr = 19.4 / 224 of the whole range, in BT.709.
    chroma = (0.6 * 219 + 16 - 128) / 224
    expected = [0.6 + 1.5748 * chroma, 0.6 - (0.1873 + 0.4681) * chroma, 0.6 + 1.8556 * chroma]
    np.testing.assert_allclose(source.read(0).samples[20, 30] / 65535, expected, atol=0.002)


def test_truncated_in_the_middle_gives_the_frames_before(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mkv", 30, options={"g": "1", "crf": "20"})
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 2])
    source = open_source(clip)

    assert 5 < len(source) < 25
    source.read(len(source) - 2)


def test_damaged_frames_are_replaced_and_reported(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mkv", 20, codec="ffv1", options={"g": "1", "slicecrc": "1"})
    data = bytearray(clip.read_bytes())
    # Wipe most of a packet in the middle: Matroska stores them one after the other.
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    clip.write_bytes(data)
    try:
        source = VideoSource(clip)
    except UnreadableFileError:
        pytest.fail("one bad spot must not cost the file")

    frames = [source.read(index).samples for index in range(len(source))]
    assert len(frames) >= 15


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\0" * 4000, "cannot be read as a video"),
        (b"#EXTM3U\n#EXTINF:1,\nother.ts\n", "list of other files, which midframe never follows"),
        (b"ffconcat version 1.0\nfile other.mp4\n", "list of other files"),
        (b"not a video at all\n" * 99, "it is not a video, or its start is damaged"),
    ],
)
def test_files_that_are_no_videos(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)

    with pytest.raises(UnreadableFileError, match=message):
        open_source(path)


@pytest.mark.parametrize("name", ["list.m3u8", "list.txt", "list.ffconcat"])
def test_playlists_are_not_followed(name: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.ts", 5)
    text = f"ffconcat version 1.0\nfile {clip.name}\n" if "concat" in name else f"#EXTM3U\n#EXTINF:1,\n{clip.name}\n"
    (tmp_path / name).write_text(text)

    with pytest.raises(UnsupportedFormatError, match="neither an image nor a video"):
        open_source(tmp_path / name)


def test_one_frame_is_too_few(tmp_path: Path) -> None:
    with pytest.raises(SequenceError, match="only one frame"):
        open_source(write_clip(tmp_path / "a.mp4", 1))


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    import av

    path = tmp_path / "a.m4a"
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=48000, layout="mono")
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), format="s16", layout="mono")
        tone.sample_rate = 48000
        container.mux(stream.encode(tone))
        container.mux(stream.encode(None))
    path = path.rename(tmp_path / "a.mp4")

    with pytest.raises(UnreadableFileError, match="no video, only audio"):
        open_source(path)


def test_animations_are_videos(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.gif", 4, Fraction(10), codec="gif", pixels="gray", options={})
    source = open_source(clip)

    assert isinstance(source, VideoSource)
    assert len(source) == 4
    assert source.format.coding == SampleCoding("rgb", True, 8)
    assert (source.format.width, source.format.height) == (WIDTH, HEIGHT)
