"""What the name of an input says without opening it."""

from __future__ import annotations

import os
from pathlib import Path

_MARKS = "*?[%#@$"
"""What is in the names of globs and other patterns, and of some files."""


def expanded(given: str | Path) -> Path:
    """A path with the home folder in the place of "~" at its start, unless there is a file of that name."""
    path = Path(given)
    if os.path.lexists(path):
        return path
    try:
        return path.expanduser()
    except RuntimeError:
        # No user of that name.
        return path


def named_input(given: str | Path) -> Path:
    """The file or folder that outputs beside an input are named after: of a glob or another pattern its folder.

    A path that exists is taken as it is, whatever brackets and other signs are in its name.
    """
    path = expanded(given)
    if not path.exists() and any(mark in path.name for mark in _MARKS):
        path = path.absolute().parent
    return path.resolve() if path.name in ("", "..") else path
