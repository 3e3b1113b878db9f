"""Make a catalogue entry's file available: from the cache, or from its source into the cache.

Only whole and verified files are ever seen in the cache. Processes that want one file at a time wait for each
other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from midframe.atomic import replace_durably
from midframe.errors import DownloadError, NotCachedError, WriteError
from midframe.models import cache
from midframe.models.attempts import fetch_from_sources, tidy
from midframe.models.catalog import resolve_model
from midframe.models.download import Progress
from midframe.models.entries import CatalogEntry, FileSource, ModelEntry

OFFLINE_VARIABLE = "MIDFRAME_OFFLINE"
"""Environment variable that forbids downloads."""


class SilentProgress:
    """A `Progress` that shows nothing."""

    def message(self, text: str) -> None:
        """Ignore it."""

    def begin(self, label: str, total: int | None) -> None:
        """Ignore it."""

    def advance(self, count: int) -> None:
        """Ignore it."""

    def end(self) -> None:
        """Ignore it."""


def is_offline() -> bool:
    """Whether ``MIDFRAME_OFFLINE`` forbids downloads: set to anything but nothing, 0, no, off or false."""
    return os.environ.get(OFFLINE_VARIABLE, "").strip().lower() not in ("", "0", "no", "off", "false")


def ensure(entry: CatalogEntry, progress: Progress | None = None) -> Path:
    """The entry's file, fetched first if need be.

    A file with a known SHA-256 is compared with it. One without must load strictly as a checkpoint of the
    entry's row; its SHA-256 is then recorded, and holds from then on.

    Args:
        entry: What is requested.
        progress: Is notified of downloads, unless None.

    Returns:
        A file that is whole and verified. It belongs to the cache (or to the user): do not change it.

    Raises:
        NotCachedError: ``MIDFRAME_OFFLINE`` is set and the cache does not hold the file, or not as it should be.
        DownloadError: The source did not deliver, or delivered something else.
        WriteError: The cache folder cannot be written.
    """
    progress = progress or SilentProgress()
    path = cache.cached_path(entry)
    problem = cache.fault(entry)
    if problem is None:
        return path
    if isinstance(entry.source, FileSource):
        raise DownloadError(f"The file {path} of {entry} {problem}; replace the file, or correct the catalogue.")
    if is_offline():
        raise NotCachedError(_offline_message(entry, path, problem))
    try:
        with _exclusive(path, entry, progress):
            # Another process may have fetched it while it held the lock.
            problem = cache.fault(entry)
            if problem is None:
                return path
            if path.exists():
                progress.message(f"The cached file {path} {problem}; it is removed and downloaded again.")
                path.unlink()
            _fetch(entry, path, progress)
    except OSError as error:
        raise WriteError(
            f"{entry} could not be put into the cache {cache.cache_folder()}: {error.strerror or error}. "
            f"Free some space, or name another folder with {cache.CACHE_VARIABLE}."
        ) from error
    return path


def locate_model(name_or_path: str | Path, progress: Progress | None = None) -> Path:
    """A checkpoint file or folder for what a user gave as a model; fetched first if it is a catalogue name.

    Args:
        name_or_path: See `midframe.models.catalog.resolve_model`.
        progress: Is notified of downloads, unless None.

    Raises:
        UnknownModelError: Neither a path that exists nor a name in the catalogue.
        NotCachedError: As for `ensure`; so are DownloadError and WriteError.
    """
    resolved = resolve_model(name_or_path)
    return resolved if isinstance(resolved, Path) else ensure(resolved, progress)


def _offline_message(entry: CatalogEntry, path: Path, problem: str) -> str:
    state = f"the cached file {path} {problem}" if path.exists() else f"it is not in the cache ({path})"
    remedy = f"run `midframe models pull {entry.name}`" if isinstance(entry, ModelEntry) else "try again"
    return (
        f"{entry} is needed, {OFFLINE_VARIABLE} forbids downloads, and {state}. Unset {OFFLINE_VARIABLE} and "
        f"{remedy}, or copy the cache folder from a machine that has it."
    )


@contextmanager
def _exclusive(path: Path, entry: CatalogEntry, progress: Progress) -> Iterator[None]:
    """Hold the lock of one cached file among all processes of this machine."""
    locks = cache.cache_folder() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(locks / f"{path.name}.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        progress.message(f"Another process is downloading {entry}; waiting for it ...")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _fetch(entry: CatalogEntry, path: Path, progress: Progress) -> None:
    # The name is fixed and the lock is held: what lies there was left by an attempt that is over.
    work = path.with_name(path.name + ".partial")
    try:
        replace_durably(fetch_from_sources(entry, work, progress), path)
    finally:
        tidy(work)
