"""One writer an output: a lock that ends with its process, however that ends."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLock, Timeout

from midframe.atomic import hidden_name, special_kind, unlink_quietly
from midframe.errors import OptionError, OutputInUseError, WriteError

RECLAIM_SECONDS = 1.0
"""How long a lock may take that has to be taken from a process that has ended, where the system does not do that."""

_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL})
"""Errors of file systems on which files cannot be locked."""


def lock_place(output: Path, *, is_folder: bool) -> Path:
    """The lock of an output folder, inside it, or of a file, next to it."""
    return output / ".midframe-lock" if is_folder else output.with_name(hidden_name(output.name, "midframe-lock"))


@contextmanager
def exclusive_output(output: Path, *, is_folder: bool = False) -> Iterator[None]:
    """Be the only one that writes to an output, until the block ends.

    The system takes the lock back when the process ends, so a killed job leaves none behind, whatever the process
    numbers are; the file that it leaves means nothing. Where the file system has no locks, a second file names the
    process, its start and its machine. A folder that is created for the lock, and is empty in the end, is removed.

    Args:
        output: A file, or a folder.
        is_folder: Which of both it is; it need not exist.

    Raises:
        OutputInUseError: Another job writes there, of this process or another one.
        OptionError: The place of the lock is taken by something else than a file.
        WriteError: The lock cannot be created.
    """
    place = lock_place(output, is_folder=is_folder)
    folder = place.parent
    created = not folder.exists()
    owner = place.with_name(f"{place.name}-owner")
    for path in (place, owner):
        kind = special_kind(path)
        if kind is not None:
            raise OptionError(f"{path} is {kind}; midframe needs this name. Remove it.", option="output", path=path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = _acquired(place, owner)
    except Timeout as error:
        hint = f" If no job is running any more, remove {owner}." if owner.exists() else ""
        raise OutputInUseError(
            f"Another job is writing to {output}. Wait until it has ended, or choose another output.{hint}",
            option="output",
            path=output,
        ) from error
    except OSError as error:
        raise WriteError(f"{place} could not be created: {error.strerror or error}.", path=place) from error
    try:
        yield
    finally:
        # As long as it is locked: a file that another job has locked meanwhile must stay. Ours are empty.
        if place.exists() and not place.stat().st_size:
            unlink_quietly(place)
        lock.release()
        if created:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _acquired(place: Path, owner: Path) -> BaseFileLock:
    """The lock of the system, or if there is none, that of a file.

    Raises:
        Timeout: Another one holds it.
        OSError: The file cannot be created.
    """
    lock = FileLock(place, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(timeout=0)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
    else:
        return lock
    unlink_quietly(place)
    substitute = SoftFileLock(owner, thread_local=False)
    substitute.acquire(timeout=RECLAIM_SECONDS)
    return substitute
