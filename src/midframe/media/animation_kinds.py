"""What a file holds, by its content: names of animations are often those of single images."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from midframe.errors import InputError
from midframe.media.images.animated import is_animated_webp
from midframe.media.images.codec_io import HEAD_LENGTH, content_name
from midframe.media.images.formats.png_chunks import read_png_header
from midframe.media.video.reading.index import index_video

AnimationKind = Literal["WebP", "AVIF", "video"]
"""What an animation is; a "video" is what FFmpeg reads, GIF and APNG among it."""

IMAGE_SEQUENCE = b"avis"
"""Brand of AVIF files that hold a sequence."""

SUFFIXES = {"PNG": ".apng", "GIF": ".gif", "WebP": ".webp", "AVIF": ".webp"}
"""Suffix of an animation that is made of another: AVIF sequences are only read."""


def animation_kind(path: Path) -> AnimationKind | None:
    """What reads a file that holds several images as an animation; None for all other files."""
    if is_animated_webp(path):
        return "WebP"
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_LENGTH)
            name = content_name(head)
            if name == "PNG":
                return "video" if read_png_header(stream).animated else None
        if name == "GIF":
            return "video" if index_video(path).count > 1 else None
    except (InputError, OSError, ValueError):
        # What is wrong with the file is found again, and reported, by what reads it.
        return None
    return "AVIF" if head[4:8] == b"ftyp" and head[8:12] == IMAGE_SEQUENCE else None


def animation_suffix(path: Path) -> str | None:
    """The suffix of an animation of a file's own kind; None where it is none."""
    if animation_kind(path) is None:
        return None
    with path.open("rb") as stream:
        return SUFFIXES.get(content_name(stream.read(HEAD_LENGTH)) or "")
