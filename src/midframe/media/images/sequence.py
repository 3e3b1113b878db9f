"""Finds the files of an image sequence and puts them in order.

Rules, in the order in which they apply:

* Subfolders are not looked at. Hidden files (`._0.png`, `.DS_Store`) and files without a supported suffix
  (`1.png.bak`) are strays.
* All frames are of one file format; `.jpg` and `.jpeg` are the same one.
* Where some names have numbers, files without any (`poster.png`) are strays; but `a.png` is the first frame of
  `a (2).png` and `a (3).png`.
* Two names that differ in leading zeros only are an error, and so are names of several sequences that count the same
  frames (`color_0001.png` and `depth_0001.png`, `v1_0001.png` and `v2_0001.png`).
* Numbers may be negative, and filled up with zeros or spaces.
* The frame number is the last digit run that differs between the files. Names in which several runs differ, such
  as time stamps, are put in natural order, and gaps are not looked for.
"""

from __future__ import annotations

import glob
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path

from midframe.errors import SequenceError
from midframe.media.images.codecs import codec_for, codec_for_suffix, supported_suffixes
from midframe.media.images.numbering import (
    NamePattern,
    NumberedName,
    counted_twice,
    counting_numbers,
    missing_ranges,
    natural_key,
    parse_stems,
)
from midframe.media.missing import missing_input
from midframe.media.protocols import ImageCodec
from midframe.paths import user_path


@dataclass(frozen=True)
class ImageSequence:
    """The files of a sequence; they have not been opened yet.

    Attributes:
        paths: The frames in order; at least one.
        strays: Files in the same place that are not part of it.
        gaps: Missing frame numbers as ranges (first, last), both included.
        numbers: The number of each frame, ascending; None where no single number counts them.
        listed: Whether the frames were named one by one, so that missing numbers and their order are meant.
    """

    paths: tuple[Path, ...]
    strays: tuple[Path, ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()
    numbers: tuple[int, ...] | None = None
    listed: bool = False

    @property
    def suffix(self) -> str:
        """Suffix of the first frame in lower case, with the dot."""
        return self.paths[0].suffix.lower()

    @property
    def codec(self) -> ImageCodec:
        """The codec for all frames."""
        return codec_for(self.paths[0])


def discover(pattern: str | Path) -> ImageSequence:
    """Find the frames that a folder, a glob (`a/*.png`), a pattern (`shot_%04d.png`, `shot.####.exr`) or a file name.

    A path that exists is used unchanged, whatever brackets or other signs are in its name.

    Raises:
        SequenceError: Nothing found, or what was found is not one sequence.
    """
    path = user_path(pattern)
    if path.is_dir():
        return discover_paths(_files_in(path), f"the folder {path}")
    if path.exists():
        return discover_paths([path], str(path))
    numbered = NamePattern.from_printf(path.name)
    if numbered is None and not re.search(r"[*?]", path.name):
        numbered = NamePattern.from_symbols(path.name)
    if numbered is not None:
        return _discover_numbered(path.parent, numbered, path)
    if glob.has_magic(str(path)):
        return discover_paths(_matching(path), f"the pattern {path}")
    raise missing_input(pattern)


def discover_paths(paths: Iterable[Path], origin: str = "the list of files") -> ImageSequence:
    """Make one sequence of files, in natural order whatever the order they come in.

    Args:
        paths: Files. Those that cannot be frames become strays.
        origin: Where they come from, for messages.

    Raises:
        SequenceError: There is no frame among them, or they are not one sequence.
    """
    everything = sorted(set(paths), key=lambda path: natural_key(str(path)))
    frames = [path for path in everything if not path.name.startswith(".") and codec_for_suffix(path.suffix)]
    if not frames:
        raise SequenceError(_nothing_found(everything, origin))
    require_one_format(frames, origin)
    _require_one_folder(frames, origin)
    names = dict(zip(frames, parse_stems([path.stem for path in frames]), strict=True))
    if any(name.numbers for name in names.values()):
        frames = [path for path in frames if names[path].numbers]
    _require_distinct(frames, names)
    _require_one_count(frames, names, origin)
    numbers = counting_numbers([names[path] for path in frames])
    if len({names[path].texts for path in frames}) == 1:
        frames.sort(key=lambda path: names[path].numbers)
    else:
        frames.sort(key=lambda path: (natural_key(path.stem), path.name))
    chosen = set(frames)
    return ImageSequence(
        tuple(frames),
        tuple(path for path in everything if path not in chosen),
        missing_ranges(numbers) if numbers else (),
        tuple(sorted(numbers)) if numbers else None,
    )


def _files_in(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not path.is_dir()]
    except OSError as error:
        raise SequenceError(f"The folder {folder} cannot be read: {error.strerror}.", path=folder) from error


def _matching(pattern: Path) -> list[Path]:
    if pattern.parent.is_dir():
        return [path for path in _files_in(pattern.parent) if fnmatchcase(path.name, pattern.name)]
    return [path for path in map(Path, glob.glob(str(pattern), recursive=True)) if not path.is_dir()]  # noqa: PTH207


def _discover_numbered(folder: Path, pattern: NamePattern, original: Path) -> ImageSequence:
    if not folder.is_dir():
        raise SequenceError(f"The folder {folder} does not exist, so nothing matches {original}.", path=folder)
    numbered = {}
    for path in _files_in(folder):
        number = pattern.number(path.name)
        if number is not None:
            numbered[path] = number
    if not numbered:
        raise SequenceError(
            f"No file in {folder} matches the pattern {original.name}. Check the number of digits.", path=folder
        )
    if codec_for_suffix(original.suffix) is None:
        raise SequenceError(_nothing_found(list(numbered), f"the pattern {original}"))
    paths = sorted(numbered, key=numbered.__getitem__)
    numbers = tuple(map(numbered.__getitem__, paths))
    for (left, right), (one, other) in zip(pairwise(paths), pairwise(numbers), strict=True):
        if one == other:
            raise _same_number(left, right)
    return ImageSequence(tuple(paths), gaps=missing_ranges(numbers), numbers=numbers)


def _nothing_found(everything: list[Path], origin: str) -> str:
    visible = [path for path in everything if not path.name.startswith(".")]
    if not visible:
        return f"There are no images in {origin}."
    suffixes = Counter(path.suffix.lower() or "no suffix" for path in visible)
    found = ", ".join(f"{count} × {suffix}" for suffix, count in suffixes.most_common(5))
    return f"There are no images in {origin}, only {found}. Supported are {', '.join(supported_suffixes())}."


def require_one_format(frames: Sequence[Path], origin: str) -> None:
    """Make sure that all files have one format.

    Raises:
        SequenceError: They have not.
        UnsupportedFormatError: A suffix that no image format has.
    """
    counts = Counter(codec_for(path).name for path in frames)
    if len(counts) > 1:
        listed = [f"{count} {name}" for name, count in counts.most_common()]
        example = frames[0].parent / f"*{frames[0].suffix}"
        raise SequenceError(
            f"There are {' and '.join(listed)} files in {origin}. "
            f"Choose one format with a pattern in quotes, such as '{example}'."
        )


def _require_one_folder(frames: list[Path], origin: str) -> None:
    folders = {path.parent for path in frames}
    if len(folders) > 1:
        raise SequenceError(f"The frames of {origin} are in {len(folders)} folders. Interpolate one folder at a time.")


def _require_distinct(frames: list[Path], names: dict[Path, NumberedName]) -> None:
    seen: dict[NumberedName, Path] = {}
    for path in frames:
        other = seen.setdefault(names[path], path)
        if other is not path:
            raise _same_number(other, path)


def _same_number(one: Path, other: Path) -> SequenceError:
    return SequenceError(f"{one} and {other.name} have the same frame number. Remove one, or choose with a pattern.")


def _require_one_count(frames: list[Path], names: dict[Path, NumberedName], origin: str) -> None:
    """Two sequences in one place show in frames that both of them count."""
    clash = counted_twice([names[path] for path in frames])
    if clash is not None:
        first, second = sorted(frames[index] for index in clash)
        raise SequenceError(
            f"There is more than one sequence in {origin}: {first.name} and {second.name} have the same number. "
            f"Choose one with a pattern in quotes, such as '{first.parent / _pattern_without_last_number(first.name)}'."
        )


def _pattern_without_last_number(name: str) -> str:
    """A glob for the sequence of a file: its last number replaced by a star."""
    return re.sub(r"[0-9]+(?=[^0-9]*$)", "*", Path(name).stem) + Path(name).suffix
