"""A VIDEO that consists of a file, or of a part of one."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import midframe
from midframe.integrations.comfyui import host


@contextmanager
def explained(video: Any) -> Iterator[None]:
    """Where ComfyUI cannot open the file of a VIDEO, say why as midframe does.

    Raises:
        InputError: midframe cannot open it either; otherwise the error remains the one of ComfyUI.
    """
    try:
        yield
    except (EOFError, OSError, ValueError):  # FFmpeg's errors are of these types, too.
        source = host.stored_file(video)
        if isinstance(source, str | os.PathLike):
            next(midframe.read_frames(Path(source)), None)
        raise


@dataclass(frozen=True)
class StoredPart:
    """A file, and the part of it that a VIDEO shows.

    Attributes:
        path: The file.
        begin: Where the part begins, in seconds; None for the beginning.
        end: Where it ends; None for the end.
    """

    path: Path
    begin: Fraction | None = None
    end: Fraction | None = None


def stored_part(video: Any, folder: Path) -> StoredPart | None:
    """What a VIDEO shows of a file.

    Args:
        video: ComfyUI's VIDEO.
        folder: A file that is only in memory is written to it.

    Returns:
        The part; None where the VIDEO has no file, or differs from it in a way that is not known here.
    """
    source = host.stored_file(video)
    if not isinstance(source, str | os.PathLike | io.BytesIO):
        return None
    whole = host.video_from_file(source)
    if whole.get_dimensions() != video.get_dimensions():
        return None
    begin, seconds = video.get_active_trim_window() if hasattr(video, "get_active_trim_window") else (0.0, 0.0)
    trimmed = bool(begin or seconds)
    if not trimmed and abs(whole.get_duration() - video.get_duration()) > 1e-3:
        return None
    path = _on_disk(source, video, folder)
    if not trimmed:
        return StoredPart(path)
    start = _microseconds(begin)
    return StoredPart(path, start, start + _microseconds(seconds) if seconds else None)


def _microseconds(seconds: float) -> Fraction:
    return Fraction(round(seconds * 1_000_000), 1_000_000)


def _on_disk(source: str | os.PathLike[str] | io.BytesIO, video: Any, folder: Path) -> Path:
    if not isinstance(source, io.BytesIO):
        return Path(source)
    # FFmpeg's names, such as "mov,mp4,m4a,3gp,3g2,mj2" and "matroska,webm".
    names = video.get_container_format().split(",")
    path = folder / f"input.{'mp4' if 'mp4' in names else 'mkv' if 'matroska' in names else names[0]}"
    source.seek(0)
    with path.open("wb") as copy:
        shutil.copyfileobj(source, copy)
    return path
