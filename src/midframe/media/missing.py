"""What is said about an input that is not there."""

from __future__ import annotations

import re
from difflib import get_close_matches
from pathlib import Path

from midframe.errors import SequenceError
from midframe.paths import user_path

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://?[^/]")


def missing_input(given: str | Path) -> SequenceError:
    """The error about an input that does not exist: with the nearest name in its folder, or for an address."""
    path = user_path(given)
    if _ADDRESS.match(str(given)):
        return SequenceError(f"{given} is an address. midframe reads only local files: download it first.")
    folder = path.parent
    if not folder.is_dir():
        return SequenceError(f"{path} does not exist: there is no folder {folder}.", path=path)
    try:
        names = [entry.name for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError:
        names = []
    nearest = get_close_matches(path.name, names, n=1, cutoff=0.75)
    if nearest:
        return SequenceError(f"{path} does not exist. Did you mean {folder / nearest[0]}?", path=path)
    return SequenceError(
        f"{path} does not exist. Give a video, a folder, or a pattern such as 'shots/*.png'.", path=path
    )
