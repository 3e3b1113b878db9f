"""Frames from pipes: whatever comes, in whatever pieces."""

from __future__ import annotations

import io
import os
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.y4m import header_of, noise, pipe_of, random_picture, y4m

from midframe.errors import OptionError, UnreadableFileError
from midframe.media.excerpt import StreamPart
from midframe.media.pipes.raw import RawPictures, RawVideo
from midframe.media.pipes.source import PipeSource
from midframe.media.pipes.streams import PipeReader
from midframe.media.pipes.y4m import PIXELS
from midframe.media.protocols import FrameStream
from midframe.media.video.planes import convert
from midframe.media.video.reading.rgb_source import RgbStream, RgbVideoSource
from midframe.media.video.reading.source import VideoSource
from midframe.media.video.stream_info import DecodedPicture

RAW = ["yuv420p", "yuv422p10le", "yuv444p16le", "gray", "gray12le", "rgb24", "bgr24", "rgba", "rgb48le", "gbrp10le"]
RAW += ["nv12", "yuyv422", "uyvy422", "yuv420p10be", "yuva444p", "yuv440p"]


# FFmpeg reads no files with this one.
@pytest.mark.parametrize("samples", sorted(PIXELS.keys() - {"mono14"}))
def test_every_kind_of_samples_is_what_the_same_file_gives(samples: str, tmp_path: Path) -> None:
    data = y4m(noise(samples, 3), header_of(samples, rest="F30000:1001 Ip A4:3 XCOLORRANGE=FULL"))
    (tmp_path / "clip.y4m").write_bytes(data)

    pipe, file = pipe_of(data), VideoSource(tmp_path / "clip.y4m")

    assert isinstance(pipe, FrameStream)
    assert (pipe.rate, pipe.codec_name) == (Fraction(30000, 1001), "Y4M")
    assert pipe.format == file.format
    assert (pipe.video_info.colour, pipe.video_info.layout, pipe.video_info.aspect) == (
        file.video_info.colour,
        file.video_info.layout,
        file.video_info.aspect,
    )
    frames = list(pipe.frames())
    assert [frame.index for frame in frames] == [0, 1, 2]
    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.samples, file.read(index).samples)
    plain_pipe, plain_file = RgbStream(pipe_of(data)), RgbVideoSource(file)
    assert isinstance(plain_pipe, FrameStream)
    assert plain_pipe.format == plain_file.format
    np.testing.assert_array_equal(next(plain_pipe.frames()).samples, plain_file.read(0).samples)


@pytest.mark.parametrize("pixels", RAW)
def test_raw_pictures_come_back_byte_for_byte(pixels: str) -> None:
    pictures = [random_picture(pixels, 24, 16, seed) for seed in range(2)]
    raw = RawPictures(24, 16, pixels)
    pipe = pipe_of(b"".join(pictures), RawVideo(24, 16, pixels))

    assert pipe.rate is None
    for frame, given in zip(pipe.frames(), pictures, strict=True):
        assert isinstance(frame.metadata, DecodedPicture)
        assert frame.metadata.samples is frame.samples
        same = frame.metadata.picture
        assert raw.encode(same if same.format.name == pixels else convert(same, pixels)) == given


@pytest.mark.parametrize("size", [(23, 17), (1, 1), (5, 2)])
def test_odd_sizes(size: tuple[int, int]) -> None:
    given = random_picture("yuv420p", *size)
    frames = list(pipe_of(y4m([given], header_of("420", *size))).frames())
    assert len(given) == size[0] * size[1] + 2 * -(-size[0] // 2) * -(-size[1] // 2)
    assert frames[0].samples[..., 0].tobytes() == given[: size[0] * size[1]]


def test_lines_before_frames_may_say_more() -> None:
    data = y4m(noise("420", 2), header_of("420"), b"FRAME Ip XQUANT=3\n")
    assert len(list(pipe_of(data).frames())) == 2


def test_bytes_may_trickle() -> None:
    data = y4m(noise("422p10", 3), header_of("422p10"))
    read, write = os.pipe()

    def send() -> None:
        with os.fdopen(write, "wb", buffering=0) as pipe:
            for begin in range(0, len(data), 97):
                pipe.write(data[begin : begin + 97])

    sender = threading.Thread(target=send)
    sender.start()
    with os.fdopen(read, "rb") as stream:
        frames = list(PipeSource(PipeReader(stream)).frames())
    sender.join()
    expected = list(pipe_of(data).frames())
    assert len(frames) == 3
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(frames, expected, strict=True))


def test_a_read_that_waits_can_be_ended() -> None:
    read, write = os.pipe()
    os.write(write, y4m(noise("420", 1), header_of("420")) + b"FRAME\nabc")
    with os.fdopen(read, "rb") as stream:
        pipe = PipeSource(PipeReader(stream))
        frames = pipe.frames()
        next(frames)
        closer = threading.Timer(0.05, pipe.close)
        closer.start()
        with pytest.raises(UnreadableFileError):
            next(frames)
        closer.join()
        pipe.close()
    os.close(write)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "No data came"),
        (b"\0" * 5000, "not Y4M"),
        (b"YUV4MPEG2 W24 H16", "no end"),
        (b"YUV4MPEG2 W24 H16" + b" Xx" * 2000 + b"\n", "no end"),
    ],
)
def test_what_is_no_y4m(data: bytes, words: str) -> None:
    with pytest.raises(UnreadableFileError, match=words):
        pipe_of(data)


@pytest.mark.parametrize("lost", [1, 5, 400, 570, 576, 578])
def test_a_pipe_that_breaks_gives_what_was_whole(lost: int) -> None:
    data = y4m(noise("420", 3), header_of("420"))
    frames = pipe_of(data[:-lost]).frames()
    assert [next(frames).index, next(frames).index] == [0, 1]
    with pytest.raises(UnreadableFileError, match=r"[Tt]he pipe .*frame 2"):
        next(frames)


def test_frames_of_another_size_are_noticed() -> None:
    data = y4m([*noise("420", 2), noise("420", 1, 26, 16)[0], noise("420", 1)[0]], header_of("420"))
    frames = pipe_of(data).frames()
    with pytest.raises(UnreadableFileError, match="frame 3 does not start where it should"):
        list(frames)


def test_interlaced_video_is_noted() -> None:
    assert "interlaced" in pipe_of(header_of("420", rest="F25:1 It") + b"\n").notes[0]
    assert not pipe_of(header_of("420", rest="F25:1 I?") + b"\n").notes


def test_part_of_a_stream() -> None:
    stream = io.BytesIO(y4m(noise("420", 9), header_of("420")))
    part = StreamPart(PipeSource(PipeReader(stream)), 2, 5)
    assert isinstance(part, FrameStream)
    whole = list(pipe_of(stream.getvalue()).frames())
    frames = list(part.frames())
    assert [frame.index for frame in frames] == [0, 1, 2]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(frames, whole[2:], strict=False))


@pytest.mark.parametrize("pixels", ["pal8", "monow", "rgb565le", "gbrpf32le", "yuv999p", "vaapi", "bayer_rggb8", ""])
def test_pixels_that_raw_planes_cannot_have(pixels: str) -> None:
    with pytest.raises(OptionError, match="such as yuv420p"):
        RawVideo(24, 16, pixels)
