"""What the name of an input says without opening it."""

from __future__ import annotations

from pathlib import Path

from midframe.paths import user_path

_MARKS = "*?[%#@$"
"""What is in the names of globs and other patterns, and of some files."""


def named_input(given: str | Path) -> Path:
    """The file or folder that outputs next to an input are named after: of a glob or another pattern its folder.

    A path that exists is used unchanged, whatever brackets and other signs are in its name.

    Raises:
        OptionError: See `midframe.paths.user_path`.
    """
    path = user_path(given, option="source")
    if not path.exists() and any(mark in path.name for mark in _MARKS):
        path = path.absolute().parent
    return path.resolve() if path.name in ("", "..") else path
