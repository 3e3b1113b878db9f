"""Clips in memory as video files."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from PIL import Image

import midframe
from midframe.errors import OptionError, OutputExistsError, UnsupportedFormatError


def clip(channels: int = 3) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Five frames (32, 48, channels) of gradients that move, in [0, 1]."""
    rows, columns = np.mgrid[:32, :48].astype(np.float32)
    frames = []
    for number in range(5):
        planes = [rows / 32, columns / 48, (columns + number * 4) % 48 / 96, 1 - rows / 64]
        frames.append(np.stack([planes[2]] if channels == 1 else planes[:channels], axis=-1))
    return np.stack(frames)


def stream_of(path: Path) -> Any:
    with av.open(str(path)) as container:
        return container.streams.video[0]


KINDS: dict[str, Callable[[], Any]] = {
    "float numpy": clip,
    "uint8 numpy": lambda: np.rint(clip() * 255).astype(np.uint8),
    "bfloat16 torch": lambda: torch.from_numpy(clip()).movedim(-1, 1).bfloat16(),
    "images": lambda: [Image.fromarray(np.rint(frame * 255).astype(np.uint8)) for frame in clip()],
    "a batch of one": lambda: clip()[None],
    "a list of one": lambda: [torch.from_numpy(clip()).movedim(-1, 1)],
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_written(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "clip.mp4"
    summary = midframe.export_video(KINDS[kind](), path, "23.976", crf=4)
    assert (summary.output, summary.outputs) == (str(path), 5)
    shown = np.stack(list(midframe.read_frames(path))) / 255
    # What 4:2:0 and H.264 leave of gradients, and eight bits of mantissa.
    assert np.abs(shown - clip()).mean() < 0.01


def test_the_rate_and_the_colours_are_stated(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    midframe.export_video(clip(), path, 24000 / 1001)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == Fraction(24000, 1001)
        context = stream.codec_context
        assert (context.name, context.pix_fmt, context.colorspace, context.color_range) == ("h264", "yuv420p", 1, 1)


def test_floats_become_as_many_bits_as_the_video_has(tmp_path: Path) -> None:
    frames = np.linspace(0, 1, 5 * 32 * 48 * 3, dtype=np.float32).reshape(5, 32, 48, 3)
    for suffix, options, levels in ((".mkv", {"codec": "ffv1", "pix_fmt": "gbrp16le"}, 20_000), (".mkv", {}, 256)):
        path = tmp_path / f"{levels}{suffix}"
        midframe.export_video(frames, path, 24, **options)  # type: ignore[arg-type]
        shown = np.stack(list(midframe.read_frames(path)))
        assert (len(np.unique(shown)) > 256) == (levels > 256)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_alpha_and_grey(tmp_path: Path, channels: int) -> None:
    path = tmp_path / "clip.webm"
    midframe.export_video(clip(channels), path, 24)
    first = next(midframe.read_frames(path))
    assert first.shape[2] == {1: 3, 2: 4, 4: 4}[channels] or channels == 1
    if channels > 1:
        np.testing.assert_allclose(first[..., -1] / 255, clip(channels)[0, ..., -1], atol=0.03)


def test_files_that_are_there_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match=r"clip\.mp4"):
        midframe.export_video(clip(), path, 24)
    assert path.read_bytes() == b"mine"
    midframe.export_video(clip(), path, 24, overwrite=True)
    assert [each.name for each in tmp_path.iterdir()] == ["clip.mp4"]


@pytest.mark.parametrize(
    ("frames", "path", "options", "error", "message"),
    [
        (clip(), "clip.txt", {}, OptionError, "does not have the suffix of a video"),
        (clip(), "clip.mp4", {"codec": "h262"}, OptionError, "h262"),
        (clip(), "clip.mp4", {"crf": 99}, OptionError, "`crf` of"),
        (clip() * 255, "clip.mp4", {}, UnsupportedFormatError, "go from 0 to 1.*Scale them first"),
        (clip() * np.nan, "clip.mp4", {}, UnsupportedFormatError, "nan"),
        (clip()[:1], "clip.mp4", {}, UnsupportedFormatError, "at least two frames"),
        (np.stack([clip(), clip()]), "clip.mp4", {}, UnsupportedFormatError, "These are 2 clips"),
        (clip().astype(np.int16), "clip.mp4", {}, UnsupportedFormatError, "A video cannot store"),
    ],
)
def test_what_no_video_holds_is_refused(
    tmp_path: Path, frames: Any, path: str, options: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        midframe.export_video(frames, tmp_path / path, 24, **options)
    assert not list(tmp_path.iterdir())
