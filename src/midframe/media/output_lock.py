"""One writer an output: a lock that ends with its process, however that ends."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from midframe.atomic import hidden_name, special_kind
from midframe.errors import OptionError, OutputInUseError, WriteError

_NO_LOCKS = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL})
"""Errors of file systems on which files cannot be locked."""


def lock_place(output: Path, *, is_folder: bool) -> Path:
    """The lock of an output folder, inside of it, or of a file, beside it."""
    return output / ".midframe-lock" if is_folder else output.with_name(hidden_name(output.name, "midframe-lock"))


@contextmanager
def exclusive_output(
    output: Path, *, is_folder: bool = False, notify: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Be the only one that writes to an output, until the block ends.

    The system takes the lock back when the process ends, so a killed job leaves none behind, whatever the process
    numbers are; the file that it leaves means nothing. A folder that is created for the lock, and is empty in the end,
    is removed again.

    Args:
        output: A file, or a folder.
        is_folder: Which of both it is; it need not exist.
        notify: Called with a sentence if the file system has no locks.

    Raises:
        OutputInUseError: Another job writes there, of this process or another one.
        OptionError: The place of the lock is taken by something else than a file.
        WriteError: The lock cannot be created.
    """
    place = lock_place(output, is_folder=is_folder)
    folder = place.parent
    created = not folder.exists()
    kind = special_kind(place)
    if kind is not None:
        raise OptionError(f"{place} is {kind}; midframe needs this name. Remove it.", option="output", path=place)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = _acquired(place)
    except Timeout as error:
        raise OutputInUseError(
            f"Another job is writing to {output}. Wait until it has ended, or choose another output.",
            option="output",
            path=output,
        ) from error
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise WriteError(f"{place} could not be created: {error.strerror or error}.", path=place) from error
        lock = None
        if notify is not None:
            notify(f"Files cannot be locked where {output} is: make sure that no other job writes there.")
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            # As long as it is locked: a file that another job has locked meanwhile must stay.
            place.unlink(missing_ok=True)
        if lock is not None:
            lock.release()
        if created:
            with contextlib.suppress(OSError):
                folder.rmdir()


def _acquired(place: Path) -> FileLock:
    """A lock that holds the file of this name.

    Raises:
        Timeout: Another one holds it.
        OSError: The file cannot be created or locked.
    """
    while True:
        lock = FileLock(place, thread_local=False)
        lock.acquire(timeout=0)
        # The one before may have removed the file between our opening and locking it.
        if place.exists():
            return lock
        lock.release()
