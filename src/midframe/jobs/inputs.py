"""What a job takes its frames from: a path or pattern, a pipe, or pictures that are named one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from midframe.errors import OptionError
from midframe.media.sources import is_single_picture

JobSource = str | Path | tuple[Path, ...]
"""A folder, pattern, file or "-"; or the pictures themselves, in order."""

NAMED_PICTURES = 3
"""Largest number of pictures that are named one by one in words."""


def parse_source(source: str | Path | Iterable[str | Path]) -> JobSource:
    """A source as it is used: pictures named one by one as a tuple of paths.

    Raises:
        OptionError: Fewer than two pictures are named.
    """
    if isinstance(source, str | Path):
        return source
    pictures = tuple(Path(picture).expanduser() for picture in source)
    if len(pictures) < 2:
        raise OptionError(f"At least two pictures are needed to interpolate, not {len(pictures)}.", option="source")
    return pictures


def are_pictures(sources: Sequence[str | Path]) -> bool:
    """Whether several inputs are the frames of one sequence: files of which each holds one picture."""
    return len(sources) > 1 and all(is_single_picture(Path(source).expanduser()) for source in sources)


def describe_source(source: JobSource) -> str:
    """A source in words, for messages and reports; a path or pattern as it is."""
    if not isinstance(source, tuple):
        return str(source)
    if len(source) <= NAMED_PICTURES:
        return ", ".join(map(str, source))
    return f"{len(source)} pictures from {source[0]} to {source[-1]}"
