"""Checks of output paths before anything is created."""

from __future__ import annotations

import os
from pathlib import Path

from midframe.errors import OptionError, OutputExistsError, SequenceError


def existing_folder(path: Path) -> Path:
    """The nearest folder at or above a path that exists."""
    existing = _nearest_existing(path)
    return existing if existing.is_dir() else existing.parent


def require_free_file(path: Path, inputs: tuple[Path, ...], overwrite: bool) -> None:
    """Check that a file can be written as an output.

    Args:
        path: The file.
        inputs: Files that it must not replace.
        overwrite: Whether an older file may be replaced.

    Raises:
        SequenceError: The output is an input.
        OutputExistsError: The file exists, and `overwrite` is False.
        OptionError: Its folder cannot be written.
    """
    if any(_same_file(path, other) for other in inputs):
        raise SequenceError(f"The output {path} is the input. Choose another name.", path=path)
    if path.exists() and not overwrite:
        raise OutputExistsError(
            f"{path} exists. Choose another name, or replace it with `overwrite`.", option="overwrite", path=path
        )
    require_writable(path.parent)


def require_writable(folder: Path) -> None:
    """Check that a folder can be created or written.

    Raises:
        OptionError: It cannot.
    """
    existing = _nearest_existing(folder)
    if not existing.is_dir():
        raise OptionError(
            f"The output folder {folder} cannot be created: {existing} is a file.", option="output", path=folder
        )
    if not os.access(existing, os.W_OK | os.X_OK):
        raise OptionError(
            f"The output folder {folder} cannot be written: {existing} is write-protected.",
            option="output",
            path=folder,
        )


def _nearest_existing(path: Path) -> Path:
    return next(place for place in (path, *path.absolute().parents) if place.exists())


def _same_file(path: Path, other: Path) -> bool:
    return path.resolve() == other.resolve() or (path.exists() and other.exists() and path.samefile(other))
