"""Checks of output paths before anything is created: no output takes the place of a file that is not its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from midframe.atomic import is_stream, is_temporary_name, replace_durably, special_kind
from midframe.errors import OptionError, OutputExistsError, SequenceError, WriteError


def existing_folder(path: Path) -> Path:
    """The nearest folder at or above a path that exists."""
    existing = _nearest_existing(path)
    return existing if existing.is_dir() else existing.parent


def require_free_file(path: Path, inputs: Iterable[Path], overwrite: bool, *, option: str = "output") -> None:
    """Check that a file can be written as an output.

    Args:
        path: The file.
        inputs: Files that it must not replace.
        overwrite: Whether an older file may be replaced.
        option: What names the file.

    Raises:
        SequenceError: The output is an input.
        OutputExistsError: The file exists, and `overwrite` is False.
        OptionError: The path is a folder, a link, a device or similar; or its folder cannot be written.
    """
    require_possible_file(path, inputs, option=option)
    if path.exists() and not overwrite:
        raise OutputExistsError(
            f"{path} exists. Choose another name, or replace it with `overwrite`.", option="overwrite", path=path
        )


def require_possible_file(path: Path, inputs: Iterable[Path], *, option: str = "output") -> None:
    """Check that a path could be an output, even if there is a file that it would replace.

    Args:
        path: The file.
        inputs: Files that it must not replace.
        option: What names the file.

    Raises:
        SequenceError: The output is an input.
        OptionError: The path is a folder, a link, a device or similar; or its folder cannot be written.
    """
    require_no_input(path, inputs)
    require_plain_file(path, option)
    require_writable(path.parent, option)


def require_free_report(
    path: Path,
    inputs: Iterable[Path],
    overwrite: bool,
    *,
    option: str,
    is_ours: Callable[[Path], bool] | None = None,
) -> None:
    """Check that a file with results, which stands next to the output of a job, can be written.

    Args:
        path: The file. Pipes and character devices, such as /dev/stdout, are written to.
        inputs: Files that it must not replace.
        overwrite: Whether an older file may be replaced.
        option: What names the file.
        is_ours: Whether a file that exists is an older one of the same kind, which may be replaced in any case.

    Raises:
        SequenceError: The file is an input.
        OutputExistsError: It exists, is not ours, and `overwrite` is False.
        OptionError: The path is a folder, a link, a block device or a socket; or its folder cannot be written.
    """
    require_no_input(path, inputs)
    if is_stream(path):
        return
    require_possible_file(path, inputs, option=option)
    if path.exists() and not overwrite and (is_ours is None or not is_ours(path)):
        raise OutputExistsError(
            f"{path} exists, and midframe did not make it. Choose another name, or replace it with `overwrite`.",
            option="overwrite",
            path=path,
        )


def begins_with(*beginnings: str) -> Callable[[Path], bool]:
    """A test for the text that a file begins with; empty files pass it too."""
    longest = max(map(len, beginnings))

    def test(path: Path) -> bool:
        try:
            with path.open("rb") as stream:
                head = stream.read(longest)
        except OSError:
            return False
        return not head or head.startswith(tuple(text.encode() for text in beginnings))

    return test


def require_no_input(path: Path, inputs: Iterable[Path]) -> None:
    """Refuse a path that leads to an input, under whatever name.

    Raises:
        SequenceError: It does.
    """
    if is_one_of(path, inputs):
        raise SequenceError(f"The output {path} is the input. Choose another name.", path=path)


def require_plain_file(path: Path, option: str) -> None:
    """Refuse a path at which there is anything but a plain file; links are not followed.

    Raises:
        OptionError: There is.
    """
    kind = special_kind(path)
    if kind == "a folder":
        raise OptionError(f"{path} is a folder. Name a file.", option=option, path=path)
    if kind == "a symbolic link":
        raise OptionError(
            f"{path} is a symbolic link, which is neither replaced nor followed. Name the file itself, "
            f"{os.path.realpath(path)}, or another one.",
            option=option,
            path=path,
        )
    if kind is not None:
        raise OptionError(f"{path} is {kind}, which cannot be replaced. Name a file.", option=option, path=path)


def left_over(path: Path, *, hidden: bool, kept: Iterable[Path] = ()) -> list[Path]:
    """Temporary files of a path that interrupted runs have left. Call it as the only writer of the path.

    Args:
        path: The path.
        hidden: See `midframe.atomic.temporary_path`.
        kept: Files that are none of them, such as inputs.
    """
    if not path.parent.is_dir():
        return []
    found = [each for each in path.parent.iterdir() if is_temporary_name(each.name, path, hidden=hidden)]
    return sorted(each for each in found if special_kind(each) is None and not is_one_of(each, kept))


def place_finished(partial: Path, path: Path, *, replace: bool) -> None:
    """Give a complete output file its name.

    Args:
        partial: The file.
        path: Its name.
        replace: Whether an older file is replaced.

    Raises:
        WriteError: The name is taken; the output stays where it is.
        OSError: The file cannot be flushed or renamed.
    """
    try:
        replace_durably(partial, path, replace=replace)
    except FileExistsError as error:
        raise WriteError(
            f"The output is finished, but cannot replace {path}: {error.strerror}. It remains in {partial}.", path=path
        ) from error


def require_writable(folder: Path, option: str = "output") -> None:
    """Check that a folder can be created or written.

    Args:
        folder: The folder.
        option: What names it, or a file in it.

    Raises:
        OptionError: It cannot.
    """
    existing = _nearest_existing(folder)
    if not existing.is_dir():
        raise OptionError(f"The folder {folder} cannot be created: {existing} is a file.", option=option, path=folder)
    if not os.access(existing, os.W_OK | os.X_OK):
        problem = f"{existing.absolute()} is write-protected"
        if not folder.exists():
            problem = f"{folder} cannot be created: {problem}"
        raise OptionError(f"The folder {problem}. Choose another place with `{option}`.", option=option, path=folder)


def is_one_of(path: Path, files: Iterable[Path]) -> bool:
    """Whether a path leads to one of several files: as the same path, a link, a second name, or in other letters."""
    place = _identity(path)
    return place is not None and any(_identity(file) == place for file in files)


def same_place(path: Path, other: Path) -> bool:
    """Whether two paths are one place, which need not exist."""
    place = _identity(path)
    if place is not None or _identity(other) is not None:
        return place == _identity(other)
    here, there = (Path(os.path.realpath(each)) for each in (path, other))
    if here == there:
        return True
    return (
        here.name.casefold() == there.name.casefold()
        and here != here.parent
        and there != there.parent
        and same_place(here.parent, there.parent)
        and _ignores_case(here.parent)
    )


def shared_places(paths: Iterable[Path], others: Iterable[Path] | None = None) -> list[tuple[Path, Path]]:
    """Pairs of paths that are one place.

    Args:
        paths: Paths, which need not exist.
        others: What they are compared with; None for each other.
    """
    known: dict[object, list[Path]] = {}
    found = []
    for other in others or ():
        known.setdefault(_place_key(other), []).append(other)
    for path in paths:
        alike = known.setdefault(_place_key(path), [])
        found += [(path, other) for other in alike if same_place(path, other)]
        if others is None:
            alike.append(path)
    return found


def _place_key(path: Path) -> object:
    """The same for all paths that can be one place."""
    return _identity(path) or os.path.realpath(path).casefold()


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and number of what a path leads to; None if there is nothing."""
    try:
        facts = path.stat()
    except (OSError, ValueError):
        return None
    return facts.st_dev, facts.st_ino


def _ignores_case(folder: Path) -> bool:
    """Whether the names of files in a folder, or in the nearest one that exists, are the same in other letters."""
    place = existing_folder(folder)
    try:
        entries = [*place.iterdir(), place]
    except OSError:
        entries = [place]
    probe = next((entry for entry in entries if entry.name.swapcase() != entry.name), None)
    if probe is None:
        return False
    own = _identity(probe)
    return own is not None and own == _identity(probe.with_name(probe.name.swapcase()))


def _nearest_existing(path: Path) -> Path:
    return next(place for place in (path, *path.absolute().parents) if place.exists())
