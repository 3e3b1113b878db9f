"""What a job takes its frames from: a path or pattern, a pipe, or pictures that are named one by one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from midframe.atomic import is_partial_name
from midframe.errors import OptionError
from midframe.media.images.codecs import codec_for_suffix
from midframe.media.images.numbering import natural_key
from midframe.media.sources import is_single_picture
from midframe.media.video.container import VIDEO_SUFFIXES
from midframe.paths import user_path

JobSource = str | Path | tuple[Path, ...]
"""A folder, pattern, file or "-"; or the pictures themselves, in order."""

OUTPUT_STEM = re.compile(r"(.+)_[0-9.]+(?:x|fps)(?:_slow)?")
"""Name that an output has by default, see `midframe.jobs.options.default_output`: that of its input and the factor."""

NAMED_PICTURES = 3
"""Largest number of pictures that are named one by one in words."""


def parse_source(source: str | Path | Iterable[str | Path]) -> JobSource:
    """A source as it is used: pictures named one by one as a tuple of paths.

    Raises:
        OptionError: Fewer than two pictures are named.
    """
    if isinstance(source, str | Path):
        return source
    pictures = tuple(user_path(picture, option="source") for picture in source)
    if len(pictures) < 2:
        raise OptionError(f"At least two pictures are needed to interpolate, not {len(pictures)}.", option="source")
    return pictures


def are_pictures(sources: Sequence[str | Path]) -> bool:
    """Whether several inputs are the frames of one sequence: files of which each holds one picture."""
    return len(sources) > 1 and all(is_single_picture(user_path(source)) for source in sources)


def kind_of_file(path: Path) -> Literal["video", "picture"] | None:
    """What a file is by its name, as an input; None for files of other kinds."""
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return "video"
    return "picture" if codec_for_suffix(path.suffix) is not None else None


def videos_of_folders(sources: Sequence[str]) -> tuple[list[str], list[Path]]:
    """Put the videos of a folder in the place of the folder, where there are no images in it.

    Returns:
        The inputs, and the videos that were left out because they have the name of an output of another one there, or
        of an output that is not finished.
    """
    inputs: list[str] = []
    left_out: list[Path] = []
    for source in sources:
        # A pattern of the shell finds these as well.
        if len(sources) > 1 and is_partial_name(Path(source).name):
            left_out.append(Path(source))
            continue
        videos = _videos_in(user_path(source))
        stems = {video.stem for video in videos}
        made = [video for video in videos if is_partial_name(video.name) or _stem_of_input(video) in stems]
        inputs += [str(video) for video in videos if video not in made] or [source]
        left_out += made
    return inputs, left_out


def _stem_of_input(video: Path) -> str | None:
    """The name, without suffix, of the input that a video is the output of, by its own name."""
    match = OUTPUT_STEM.fullmatch(video.stem)
    return match.group(1) if match else None


def _videos_in(folder: Path) -> list[Path]:
    """The videos in a folder, in natural order; none where there is an image too, or no folder."""
    if not folder.is_dir():
        return []
    try:
        files = [path for path in folder.iterdir() if not path.name.startswith(".") and path.is_file()]
    except OSError:
        return []
    if any(codec_for_suffix(path.suffix) for path in files):
        return []
    videos = [path for path in files if path.suffix.lower() in VIDEO_SUFFIXES]
    return sorted(videos, key=lambda path: natural_key(path.name))


def describe_source(source: JobSource) -> str:
    """A source in words, for messages and reports; a path or pattern as it is."""
    if not isinstance(source, tuple):
        return str(source)
    if len(source) <= NAMED_PICTURES:
        return ", ".join(map(str, source))
    return f"{len(source)} pictures from {source[0]} to {source[-1]}"
