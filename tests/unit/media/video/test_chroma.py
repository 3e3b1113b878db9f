"""Where chroma lies: the same picture must have the same colours in every codec and container."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.clips import write_clip
from tests.support.jobs import FakeNetwork

from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.media.video.reading.source import VideoSource
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.runtime.events import Reporter

LOSSLESS_H264 = {"qp": "0", "preset": "ultrafast"}
COUNT = 2


def edges(number: int, height: int, width: int) -> NDArray[np.float64]:
    """Columns of changing colours, where the place of chroma is seen best."""
    rows, columns = np.mgrid[:height, :width]
    return np.asarray(((columns // 2 + rows // 4 + number) % 3) / 2)


def copy_of(clip: Path, path: Path, codec: str) -> VideoSource:
    """A copy, with nothing interpolated."""
    options = JobOptions(clip, path, factor=Fraction(1), encoding=EncodingOptions(codec))
    run_job(resolve_job(options), FakeNetwork(), Reporter())
    return VideoSource(path)


def plain(video: VideoSource) -> list[NDArray[np.generic]]:
    """Its frames as R, G, B."""
    pictures = video.as_pictures()
    return [pictures.read(index).samples for index in range(len(pictures))]


COPIES = [
    *(("h264", suffix) for suffix in (".mp4", ".mov", ".mkv")),
    *(("h265", suffix) for suffix in (".mp4", ".mkv")),
    *(("vp9", suffix) for suffix in (".mp4", ".mkv", ".webm")),
    *(("av1", suffix) for suffix in (".mp4", ".webm")),
    *(("prores", suffix) for suffix in (".mov", ".mkv")),
]


@pytest.mark.parametrize("stated", ["unspecified", "left", "center", "topleft"])
def test_a_lossless_copy_has_the_same_colours(stated: str, tmp_path: Path) -> None:
    clip = write_clip(
        tmp_path / "clip.mp4", COUNT, paint=edges, options=LOSSLESS_H264 | {"chroma_sample_location": stated}
    )
    original = VideoSource(clip)

    copy = copy_of(clip, tmp_path / "copy.mkv", "ffv1")

    assert copy.video_info.marks.chroma_location == original.video_info.chroma_location
    np.testing.assert_array_equal(plain(copy), plain(original))


@pytest.mark.parametrize(("codec", "suffix"), COPIES)
def test_every_codec_and_container_keeps_the_place_of_chroma(codec: str, suffix: str, tmp_path: Path) -> None:
    """Of a file that says nothing. What is lost in a lossy copy is so before it is copied again."""
    clip = write_clip(tmp_path / "clip.mp4", COUNT, paint=edges, options=LOSSLESS_H264)

    copy = copy_of(clip, tmp_path / f"copy{suffix}", codec)
    again = copy_of(copy.path, tmp_path / "again.mkv", "ffv1")

    assert [video.video_info.chroma_location for video in (copy, again)] == ["left", "left"]
    np.testing.assert_array_equal(plain(again), plain(copy))


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p"])
def test_silent_files_are_read_alike_whatever_their_codec(pixels: str, tmp_path: Path) -> None:
    expected = plain(
        VideoSource(write_clip(tmp_path / "h264.mp4", COUNT, paint=edges, pixels=pixels, options=LOSSLESS_H264))
    )
    for codec, suffix, options in (("ffv1", ".mkv", {}), ("libvpx-vp9", ".mp4", {"lossless": "1"})):
        clip = write_clip(
            tmp_path / f"{codec}{suffix}", COUNT, paint=edges, pixels=pixels, codec=codec, options=options
        )
        np.testing.assert_array_equal(plain(VideoSource(clip)), expected)


def test_chroma_in_the_centre_stays_there(tmp_path: Path) -> None:
    """Motion JPEG has it there, and its decoder says so."""
    clip = write_clip(tmp_path / "clip.mov", COUNT, codec="mjpeg", pixels="yuvj420p", paint=edges, options={})

    assert VideoSource(clip).video_info.chroma_location == "center"
    assert copy_of(clip, tmp_path / "copy.mkv", "ffv1").video_info.marks.chroma_location == "center"
