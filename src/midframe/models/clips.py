"""The demo clips: short real videos to try midframe on, fetched when they are first needed."""

from __future__ import annotations

from pathlib import Path

from midframe.models.catalog import load_catalog
from midframe.models.download import Progress
from midframe.models.entries import ClipEntry
from midframe.models.fetch import ensure


def clips() -> tuple[ClipEntry, ...]:
    """All demo clips that the catalogue knows.

    Raises:
        InputError: The catalogue that ``MIDFRAME_CATALOG`` names cannot be used.
    """
    return tuple(load_catalog().clips.values())


def fetch_clip(name: str, progress: Progress | None = None) -> Path:
    """A demo clip's video file in the cache, fetched first if need be.

    Args:
        name: Name of the clip, such as "bikes".
        progress: Is notified of the download, unless None.

    Raises:
        InputError: There is no such clip.
        NotCachedError: Offline, and it is not in the cache.
        DownloadError: It could not be fetched.
        WriteError: The cache folder cannot be written.
    """
    return ensure(load_catalog().clip(name), progress)
