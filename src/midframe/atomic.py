"""Files that are whole or not there: written under a temporary name, flushed to the disk, renamed.

Temporary names are new ones, created exclusively, so that they are never the name of a file that exists; and they carry
a mark, by which leftovers of killed processes are recognised.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from midframe.text import json_text

LONGEST_NAME = 255
"""Bytes of a file name, on the file systems in use."""

LONGEST_SUFFIX = 16
"""Bytes; what is longer is part of the name rather than a file type."""

READER_SECONDS = 2.0
"""How long a pipe may be without a reader until that is an error: both programs may have been started just now."""

_MARK = re.compile(r"\.midframe-[0-9a-f]{8}\.part")
"""What temporary names have between the name and the suffix of the file."""

_NO_FOLDER_SYNC = frozenset({errno.EACCES, errno.EINVAL, errno.ENOTSUP, errno.EPERM})
"""Errors of file systems and folders that cannot be flushed; the rename itself has succeeded."""

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFBLK: "a device",
    stat.S_IFCHR: "a device",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
}


def special_kind(path: Path) -> str | None:
    """What a path is that is neither a plain file nor free, such as "a symbolic link"; links are not followed."""
    try:
        mode = path.lstat().st_mode
    except (OSError, ValueError):
        return None
    return None if stat.S_ISREG(mode) else _KINDS.get(stat.S_IFMT(mode), "a special file")


def is_stream(path: Path) -> bool:
    """Whether a path leads to a pipe or a character device, such as /dev/stdout: what is written to and has no name."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def open_stream(path: Path) -> int:
    """Open a pipe or a character device to write to; a descriptor. A pipe without a reader is not waited for.

    Raises:
        OSError: It cannot be opened, or no program reads the pipe.
    """
    deadline = time.monotonic() + READER_SECONDS
    while (descriptor := _opened_stream(path)) is None:
        if time.monotonic() > deadline:
            raise OSError(errno.ENXIO, "no program reads this pipe", str(path))
        time.sleep(0.05)
    os.set_blocking(descriptor, True)
    return descriptor


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """A temporary path to write to, which becomes `path` when the block ends without an exception.

    The temporary file exists already and is empty. It is hidden, stands in the same folder and has the same suffix, by
    which encoders choose a format. Its name differs from call to call, so two writers of one file do not disturb each
    other: the last one wins. On an exception the temporary file is removed, and what `path` held before is untouched.
    A pipe and a character device are written to directly.

    Args:
        path: The file; replaced if it exists. Its folder must exist.

    Yields:
        The path to write to.

    Raises:
        OSError: The file cannot be created, flushed or renamed; or `path` is a folder, a link, a device or a socket.
    """
    if is_stream(path):
        # Open meanwhile: so a writer of a pipe need not wait for its reader.
        with open(open_stream(path), "wb", buffering=0):
            yield path
        return
    _require_plain(path)
    temporary = temporary_path(path)
    create_exclusively(temporary)
    try:
        yield temporary
        replace_durably(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def temporary_path(path: Path, *, hidden: bool = True) -> Path:
    """A new name next to `path`: ``out.png`` gives ``.out.midframe-9f86d081.part.png``.

    Args:
        path: The final name.
        hidden: Whether the name begins with a dot.
    """
    suffix = _short_suffix(path)
    return path.with_name(f"{_stem(path, hidden)}.midframe-{secrets.token_hex(4)}.part{suffix}")


def is_temporary_name(name: str, path: Path, *, hidden: bool = True) -> bool:
    """Whether `temporary_path` gives such names for `path`."""
    stem, suffix = _stem(path, hidden), _short_suffix(path)
    return (
        name.startswith(stem)
        and name.endswith(suffix)
        and _MARK.fullmatch(name, len(stem), len(name) - len(suffix)) is not None
    )


def is_partial_name(name: str) -> bool:
    """Whether `temporary_path` gives such names for any path."""
    suffix = _short_suffix(Path(name))
    return _MARK.search(name, 0, len(name) - len(suffix)) is not None and name.endswith(f".part{suffix}")


def has_temporary_mark(name: str) -> bool:
    """Whether a name is that of an unfinished file, of whatever output."""
    return _MARK.search(name) is not None


def hidden_name(name: str, ending: str) -> str:
    """The name of a hidden file that belongs to another: ``.NAME.ending``, shortened where that would be too long."""
    return f".{_shortened(name, LONGEST_NAME - len(ending) - 2)}.{ending}"


def create_exclusively(path: Path) -> None:
    """Create an empty file that did not exist. Raises `OSError`: also where a link or anything else has the name."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))


def put_in_place(temporary: Path, path: Path, *, replace: bool) -> None:
    """Give a complete file its final name in the same folder.

    Args:
        temporary: The file.
        path: Its final name.
        replace: Whether a plain file of that name is replaced; nothing else ever is.

    Raises:
        OSError: It cannot be renamed, or something has the name; its `strerror` is the end of a sentence.
    """
    _require_plain(path)
    if replace:
        temporary.replace(path)
        return
    try:
        # Unlike a rename, this fails where the name is taken.
        os.link(temporary, path)
    except FileExistsError as error:
        # A network file system may have done it, lost its answer, and tried again.
        if not temporary.samefile(path):
            raise _taken(path) from error
    except OSError as error:
        # Some file systems have no second names of one file.
        if os.path.lexists(path):
            raise _taken(path) from error
        temporary.rename(path)
        return
    temporary.unlink()


def replace_durably(temporary: Path, path: Path, *, replace: bool = True) -> None:
    """Flush a complete file to the disk and give it its final name in the same folder; see `put_in_place`.

    Raises:
        OSError: The file cannot be flushed or renamed.
    """
    fsync_file(temporary)
    put_in_place(temporary, path, replace=replace)
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


def unlink_quietly(path: Path) -> None:
    """Remove a file of our own, if that is possible."""
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _opened_stream(path: Path) -> int | None:
    """A descriptor that does not block; None for a pipe that no program reads."""
    try:
        return os.open(path, os.O_WRONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0))
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise
        return None


def _require_plain(path: Path) -> None:
    kind = special_kind(path)
    if kind is not None:
        raise OSError(errno.EEXIST, f"it is {kind}, which is not replaced", str(path))


def _taken(path: Path) -> FileExistsError:
    return FileExistsError(errno.EEXIST, "a file with that name has appeared in the meantime, and is kept", str(path))


def _short_suffix(path: Path) -> str:
    return path.suffix if len(os.fsencode(path.suffix)) <= LONGEST_SUFFIX else ""


def _stem(path: Path, hidden: bool) -> str:
    """What temporary names of a path begin with."""
    ending = len(os.fsencode(f".midframe-12345678.part{_short_suffix(path)}"))
    dot = "." if hidden else ""
    return dot + _shortened(path.stem, LONGEST_NAME - ending - len(dot))


def _shortened(text: str, most: int) -> str:
    """A text as part of a file name of at most that many bytes: where it is cut, a hash keeps it distinct."""
    if len(os.fsencode(text)) <= most:
        return text
    digest = hashlib.sha256(os.fsencode(text)).hexdigest()[:16]
    while len(os.fsencode(text)) > most - len(digest) - 1:
        text = text[:-1]
    return f"{text}.{digest}"
