"""Frames of files as arrays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.support.clips import write_clip
from tests.support.command_line import write_png
from tests.support.rows import pan

import midframe
from midframe.errors import SequenceError, UnreadableFileError


@pytest.mark.parametrize(
    ("pixels", "codec", "dtype"), [("yuv420p", "libx264", "uint8"), ("yuv420p10le", "ffv1", "uint16")]
)
def test_videos_are_rgb(tmp_path: Path, pixels: str, codec: str, dtype: str) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 3, codec=codec, pixels=pixels, options={})
    frames = list(midframe.read_frames(clip))
    assert [(frame.shape, str(frame.dtype)) for frame in frames] == [((48, 64, 3), dtype)] * 3
    # Waves in full range, and not the codes of limited range.
    assert frames[0].max() > 0.7 * np.iinfo(dtype).max


def test_images_are_as_stored(tmp_path: Path) -> None:
    pictures = pan(3)
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path, picture in zip(paths, pictures, strict=True):
        write_png(path, picture)
    for source in (tmp_path, str(tmp_path / "*.png"), paths):
        np.testing.assert_array_equal(np.stack(list(midframe.read_frames(source))), np.stack(pictures))


def test_what_does_not_exist_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(SequenceError, match="does not exist"):
        midframe.read_frames(tmp_path / "missing.mp4")


def test_a_damaged_frame_is_said_when_it_comes(tmp_path: Path) -> None:
    for number, picture in enumerate(pan(3)):
        write_png(tmp_path / f"{number}.png", picture)
    damaged = tmp_path / "2.png"
    frames = midframe.read_frames(tmp_path)
    damaged.write_bytes(damaged.read_bytes()[:200])
    with pytest.raises(UnreadableFileError):
        list(frames)
