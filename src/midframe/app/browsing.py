"""Folders below the allowed roots, as the page lists them."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Any

from midframe.app.roots import Roots
from midframe.atomic import has_temporary_mark
from midframe.errors import InputError
from midframe.jobs.inputs import kind_of_file
from midframe.media.images.numbering import natural_key

MOST_LISTED = 5000
"""Entries of a folder that are listed."""


def list_folder(roots: Roots, given: str | None) -> dict[str, Any]:
    """What a folder holds that can be interpolated, and its folders.

    Args:
        roots: What may be seen.
        given: The folder; None for the first root.

    Raises:
        ForbiddenPathError: It may not be seen.
        InputError: It is not a folder, or cannot be read.
    """
    folder = roots.folders[0] if given is None else roots.existing(given)
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.", path=folder)
    try:
        with os.scandir(folder) as entries:
            named = [each for each in entries if not each.name.startswith(".") and not has_temporary_mark(each.name)]
            listed = [_entry(each) for each in named]
    except OSError as error:
        raise InputError(f"{folder} cannot be read: {error.strerror or error}.", path=folder) from error
    shown = [entry for entry in listed if entry is not None and roots.allows(folder / entry["name"])]
    shown.sort(key=lambda entry: (entry["kind"] != "folder", natural_key(entry["name"])))
    kinds = Counter(entry["kind"] for entry in shown)
    parent = folder.parent if roots.allows(folder.parent) else None
    return {
        "path": str(folder),
        "parent": None if parent is None else str(parent),
        "roots": [str(root) for root in roots.folders],
        "separator": os.sep,
        "entries": shown[:MOST_LISTED],
        "left_out": max(0, len(shown) - MOST_LISTED),
        "pictures": kinds["picture"],
        "videos": kinds["video"],
    }


def _entry(entry: os.DirEntry[str]) -> dict[str, Any] | None:
    """A folder, or a file that can be interpolated; None for all others."""
    try:
        os.fsencode(entry.name).decode()
        is_folder = entry.is_dir()
        if not (is_folder or entry.is_file()):
            return None
        size = None if is_folder else entry.stat().st_size
    except (OSError, UnicodeError):
        return None
    kind = "folder" if is_folder else kind_of_file(Path(entry.name))
    return None if kind is None else {"name": entry.name, "kind": kind, "size": size}
