"""Finds the files of an image sequence and puts them in order.

Rules, in the order in which they apply:

* Subfolders are not looked at. Hidden files (`._0.png`, `.DS_Store`) and files without a supported suffix
  (`1.png.bak`) are strays.
* All frames are of one file format; `.jpg` and `.jpeg` are the same one.
* Where some names have numbers, files without any (`poster.png`) are strays.
* Two names that differ in leading zeros only are an error, and so are names with different texts that count the
  same frames (`color_0001.png`, `depth_0001.png`).
* The frame number is the last digit run that differs between the files. Names in which several runs differ, such
  as time stamps, are put in natural order, and gaps are not looked for.
"""

from __future__ import annotations

import glob
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from midframe.errors import SequenceError
from midframe.media.images.codecs import codec_for, codec_for_suffix, supported_suffixes
from midframe.media.images.numbering import NamePattern, NumberedName, counting_numbers, missing_ranges, natural_key
from midframe.media.protocols import ImageCodec
from midframe.paths import user_path


@dataclass(frozen=True)
class ImageSequence:
    """The files of a sequence; they have not been opened yet.

    Attributes:
        paths: The frames in order; at least one.
        strays: Files in the same place that are not part of it.
        gaps: Missing frame numbers as ranges (first, last), both included.
    """

    paths: tuple[Path, ...]
    strays: tuple[Path, ...] = ()
    gaps: tuple[tuple[int, int], ...] = ()

    @property
    def suffix(self) -> str:
        """Suffix of the first frame in lower case, with the dot."""
        return self.paths[0].suffix.lower()

    @property
    def codec(self) -> ImageCodec:
        """The codec for all frames."""
        return codec_for(self.paths[0])


def discover(pattern: str | Path) -> ImageSequence:
    """Find the frames that a folder, a glob (`shots/*.png`), a printf pattern (`shot_%04d.png`) or a file names.

    A path that exists is taken as it is, whatever brackets or percent signs are in its name.

    Raises:
        SequenceError: Nothing found, or what was found is not one sequence.
    """
    path = user_path(pattern)
    if path.is_dir():
        return discover_paths(_files_in(path), f"the folder {path}")
    if path.exists():
        return discover_paths([path], str(path))
    printf = NamePattern.from_printf(path.name)
    if printf is not None:
        return _discover_printf(path.parent, printf, path)
    if glob.has_magic(str(path)):
        return discover_paths(_matching(path), f"the pattern {path}")
    raise SequenceError(f"{path} does not exist. Give a folder, a file, or a pattern such as 'shots/*.png'.", path=path)


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
    _require_one_format(frames, origin)
    _require_one_folder(frames, origin)
    names = {path: NumberedName.parse(path.stem) for path in frames}
    if any(name.numbers for name in names.values()):
        frames = [path for path in frames if names[path].numbers]
    _require_distinct(frames, names)
    _require_one_count(frames, names, origin)
    frames.sort(key=lambda path: (natural_key(path.stem), path.name))
    numbers = counting_numbers([names[path] for path in frames])
    chosen = set(frames)
    return ImageSequence(
        tuple(frames),
        tuple(path for path in everything if path not in chosen),
        missing_ranges(numbers) if numbers else (),
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


def _discover_printf(folder: Path, pattern: NamePattern, original: Path) -> ImageSequence:
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
    return ImageSequence(tuple(paths), gaps=missing_ranges(numbered.values()))


def _nothing_found(everything: list[Path], origin: str) -> str:
    visible = [path for path in everything if not path.name.startswith(".")]
    if not visible:
        return f"There are no images in {origin}."
    suffixes = Counter(path.suffix.lower() or "no suffix" for path in visible)
    found = ", ".join(f"{count} × {suffix}" for suffix, count in suffixes.most_common(5))
    return f"There are no images in {origin}, only {found}. Supported are {', '.join(supported_suffixes())}."


def _require_one_format(frames: list[Path], origin: str) -> None:
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
        raise SequenceError(f"The frames of {origin} lie in {len(folders)} folders. Interpolate one folder at a time.")


def _require_distinct(frames: list[Path], names: dict[Path, NumberedName]) -> None:
    seen: dict[NumberedName, Path] = {}
    for path in frames:
        other = seen.setdefault(names[path], path)
        if other is not path:
            raise SequenceError(
                f"{other} and {path.name} have the same frame number. Remove one, or choose with a pattern."
            )


def _require_one_count(frames: list[Path], names: dict[Path, NumberedName], origin: str) -> None:
    """Two rows of frames in one place show in equal numbers under different texts."""
    texts_of: dict[int, dict[tuple[str, ...], Path]] = defaultdict(dict)
    for path in frames:
        if names[path].numbers:
            texts_of[names[path].numbers[-1]].setdefault(names[path].texts, path)
    for clashing in texts_of.values():
        if len(clashing) > 1:
            first, second = sorted(clashing.values())[:2]
            example = re.sub(r"[0-9]+", "*", first.name)
            raise SequenceError(
                f"There is more than one sequence in {origin}: {first.name} and {second.name} have the same "
                f"number. Choose one with a pattern in quotes, such as '{first.parent / example}'."
            )
