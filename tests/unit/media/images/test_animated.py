"""Animated WebP and AVIF as sources, and animations under any name."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from midframe.errors import SequenceError, UnreadableFileError
from midframe.media.animation_kinds import animation_kind, animation_suffix
from midframe.media.images.animated import AnimatedImageSource
from midframe.media.sources import open_source

FRAMES = [np.full((12, 16, 3), value, np.uint8) for value in (10, 90, 200)]


def save(path: Path, frames: list[np.ndarray], **options: Any) -> Path:
    images = [Image.fromarray(frame) for frame in frames]
    images[0].save(path, save_all=True, append_images=images[1:], **options)
    return path


def test_frames_times_and_loops(tmp_path: Path) -> None:
    path = save(tmp_path / "a.webp", FRAMES, lossless=True, duration=[40, 0, 120], loop=3)
    source = AnimatedImageSource(path, "WebP")
    assert len(source) == 3
    for number in (0, 2, 1):
        np.testing.assert_array_equal(source.read(number).samples, FRAMES[number])
    index = source.video_index
    assert index.stamps == (0, 40, 140)
    assert (index.last_duration, index.time_base, source.times_played) == (120, Fraction(1, 1000), 3)
    source.close()


def test_alpha(tmp_path: Path) -> None:
    frames = [np.full((8, 9, 4), value, np.uint8) for value in (40, 200)]
    source = AnimatedImageSource(save(tmp_path / "a.webp", frames, lossless=True, duration=50, exact=True), "WebP")
    assert source.format.alpha is not None
    assert source.video_index.rates == (Fraction(20),)
    np.testing.assert_array_equal(source.read(1).samples, frames[1])


def test_avif(tmp_path: Path) -> None:
    source = AnimatedImageSource(save(tmp_path / "a.avif", FRAMES, duration=[40, 80, 120]), "AVIF")
    assert source.video_index.stamps == (0, 40, 120)
    assert abs(int(source.read(1).samples[0, 0, 0]) - 90) < 4  # lossy
    assert abs(int(source.read(0).samples[0, 0, 0]) - 10) < 4


def test_damage(tmp_path: Path) -> None:
    data = save(tmp_path / "a.webp", FRAMES, lossless=True).read_bytes()
    (tmp_path / "cut.webp").write_bytes(data[: len(data) // 2])
    with pytest.raises(UnreadableFileError, match="cut"):
        AnimatedImageSource(tmp_path / "cut.webp", "WebP")


@pytest.mark.parametrize(
    ("kind", "name", "suffix"),
    [
        ("PNG", "a.png", ".apng"),
        ("PNG", "a.jpg", ".apng"),
        ("WEBP", "a.webp", ".webp"),
        ("WEBP", "a.png", ".webp"),
        ("AVIF", "a.avif", ".webp"),
        ("GIF", "a.gif", ".gif"),
        ("GIF", "a.dat", ".gif"),
    ],
)
def test_the_content_decides_and_not_the_name(tmp_path: Path, kind: str, name: str, suffix: str) -> None:
    path = save(tmp_path / name, FRAMES, format=kind)
    assert animation_kind(path) is not None
    assert animation_suffix(path) == suffix
    source = open_source(path)
    assert len(source) == 3
    assert abs(int(source.as_pictures().read(1).samples[0, 0, 0]) - 90) < 4  # lossy WebP and conversions
    source.close()


@pytest.mark.parametrize("name", ["a.png", "a.webp", "a.gif"])
def test_single_images_are_called_so(tmp_path: Path, name: str) -> None:
    Image.fromarray(FRAMES[0]).save(tmp_path / name)
    assert animation_kind(tmp_path / name) is None
    with pytest.raises(SequenceError, match="single image"):
        open_source(tmp_path / name)
