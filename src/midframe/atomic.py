"""Files that are whole or not there: written under a temporary name, flushed to the disk, renamed."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from midframe.text import json_text

LONGEST_NAME = 255
"""Bytes of a file name, on the file systems in use."""

LONGEST_SUFFIX = 16
"""Bytes; what is longer is part of the name rather than a file type."""

_NO_FOLDER_SYNC = frozenset({errno.EACCES, errno.EINVAL, errno.ENOTSUP, errno.EPERM})
"""Errors of file systems and folders that cannot be flushed; the rename itself has succeeded."""


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path to write to, which becomes `path` when the block ends without an exception.

    The temporary file is hidden, stands in the same folder and has the same suffix, by which encoders choose a format.
    Its name differs from call to call, so two writers of one file do not disturb each other: the last one wins. On an
    exception the temporary file is removed, and what `path` held before is untouched. A device or a named pipe cannot
    be replaced; it is written to directly.

    Args:
        path: The file; replaced if it exists. Its folder must exist.

    Yields:
        The path to write to. The block must create the file.

    Raises:
        OSError: The file cannot be flushed or renamed.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    temporary = temporary_path(path)
    try:
        yield temporary
        replace_durably(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def temporary_path(path: Path, token: str | None = None) -> Path:
    """A hidden name beside `path`: ``out.png`` gives ``.out.9f86d081.part.png``.

    Args:
        path: The final name.
        token: Distinguishes temporary files of one name; None for a new one. A file that grows for as long as a job
            runs has a fixed one, so that what a killed process leaves is replaced by the next.
    """
    suffix = path.suffix if len(os.fsencode(path.suffix)) <= LONGEST_SUFFIX else ""
    ending = f".{token or secrets.token_hex(4)}.part{suffix}"
    stem = path.stem
    while stem and len(os.fsencode(f".{stem}{ending}")) > LONGEST_NAME:
        stem = stem[:-1]
    return path.with_name(f".{stem}{ending}")


def replace_durably(temporary: Path, path: Path) -> None:
    """Flush a complete file to the disk and give it its final name in the same folder.

    Raises:
        OSError: The file cannot be flushed or renamed.
    """
    fsync_file(temporary)
    temporary.replace(path)
    fsync_folder(path.parent)


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Write a whole file. Raises `OSError`."""
    with atomic_path(path) as temporary:
        temporary.write_bytes(content)


def write_text_atomically(path: Path, text: str) -> None:
    """Write a whole file in UTF-8, with the line ends that `text` has. Raises `OSError`."""
    write_bytes_atomically(path, text.encode())


def write_json_atomically(path: Path, value: object) -> None:
    """Write a value as a whole JSON file, indented by two spaces. Raises `OSError`; mappings count as objects."""
    write_text_atomically(path, json_text(value, indent=2, default=dict) + "\n")


def fsync_file(path: Path) -> None:
    """Wait until the content of a file is on the disk. Raises `OSError`."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def fsync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk, where the system can do that. Raises `OSError`."""
    if os.name == "nt":
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise
