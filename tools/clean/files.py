"""What a trial has left on disk."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath


def size_on_disk(*folders: Path) -> int:
    """Bytes of all files in folders, as the file system stores them, each once; 0 for folders that are not there."""
    found = (os.lstat(path) for folder in folders for path in files_in(folder))
    return sum({(each.st_dev, each.st_ino): each.st_blocks * 512 for each in found}.values())


def files_in(folder: Path) -> Iterator[Path]:
    """All files below a folder; links are files."""
    for place, folders, files in os.walk(folder):
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]  # noqa: PTH114, PTH118
        yield from (Path(place, name) for name in (*files, *links))


def unexpected(folder: Path, allowed: Collection[str]) -> list[str]:
    """Files in a folder, apart from those that lie below allowed paths, relative to the folder."""
    found = (path.relative_to(folder).as_posix() for path in files_in(folder))
    return sorted(path for path in found if not any(PurePosixPath(path).is_relative_to(place) for place in allowed))


def owned_by(root: Path, user: int) -> list[str]:
    """Files and folders of a system that belong to its ordinary user; there are none outside the home."""
    found = []
    for place, folders, files in os.walk(root):
        found += [path for name in (*folders, *files) if os.lstat(path := os.path.join(place, name)).st_uid == user]  # noqa: PTH118
    return sorted(os.path.relpath(path, root) for path in found)
