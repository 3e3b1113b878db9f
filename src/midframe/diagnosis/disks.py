"""The disks that midframe writes to."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from midframe.diagnosis.findings import DiskState
from midframe.media.output_paths import existing_folder


def look_at_disks(cache: str) -> tuple[DiskState, ...]:
    """The disks that midframe writes to.

    Args:
        cache: The cache folder, which may not exist; empty where it is not known.
    """
    places: list[tuple[str, Callable[[], str]]] = [
        ("temporary files", tempfile.gettempdir),
        ("current folder", os.getcwd),
    ]
    if cache:
        places.insert(0, ("cache", lambda: cache))
    return tuple(_disk(purpose, folder) for purpose, folder in places)


def _disk(purpose: str, folder_of: Callable[[], str]) -> DiskState:
    folder = ""
    try:
        folder = folder_of()
        usage = shutil.disk_usage(existing_folder(Path(folder)))
    except OSError as error:
        return DiskState(purpose, folder, None, None, error.strerror or str(error))
    return DiskState(purpose, folder, usage.free, usage.total, None)
