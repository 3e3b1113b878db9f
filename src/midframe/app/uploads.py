"""Files that are dropped into the page: written to the app's own folder, within bounds, under names of its choice."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import shutil
import threading
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from midframe.app.items import new_id
from midframe.app.roots import safe_file_name
from midframe.errors import DiskFullError, InputError, WriteError

MOST_BYTES = 50_000_000_000
"""Of all files that are dropped at once."""

MOST_FILES = 10_000
"""That are dropped at once."""

MOST_UPLOADS = 8
"""That are under way at the same time."""

FREE_SHARE = 0.05
"""Of the disk that stays free."""

IDLE_SECONDS = 60.0
"""After which an upload that sends nothing ends."""

KEPT_SECONDS = 24 * 3600.0
"""After which what was not finished is removed."""


class UploadError(InputError):
    """An upload that is too large, too slow, or not what was announced."""


@dataclass
class Upload:
    """Files that are dropped at once.

    Attributes:
        id: A random name.
        folder: Where they go.
        names: The names that they get.
        sizes: Bytes of each, as announced.
        begun: Seconds since the epoch.
        received: Numbers of the files that are whole.
        is_dropped: Whether it was removed while it was under way.
    """

    id: str
    folder: Path
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    begun: float = field(default_factory=time.time)
    received: set[int] = field(default_factory=set)
    is_dropped: bool = False

    @property
    def missing(self) -> int:
        """Bytes of the files that are not whole yet."""
        return sum(size for number, size in enumerate(self.sizes) if number not in self.received)


class Uploads:
    """Uploads that are under way.

    Args:
        folder: The app's folder for them; each has one of its own in it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._uploads: dict[str, Upload] = {}

    def begin(self, files: Sequence[Any]) -> Upload:
        """Announce files.

        Args:
            files: Objects with `name` and `size`, from the page.

        Raises:
            UploadError: There are too many, or too many bytes.
            DiskFullError: The disk has no space for them.
        """
        sizes = [each.get("size") if isinstance(each, dict) else None for each in files]
        if not files or len(files) > MOST_FILES:
            raise UploadError(f"From 1 to {MOST_FILES:,} files can be added at once.")
        whole = [size for size in sizes if isinstance(size, int) and not isinstance(size, bool) and size >= 0]
        if len(whole) != len(files) or sum(whole) > MOST_BYTES:
            raise UploadError(f"Up to {MOST_BYTES // 10**9} GB can be dropped at once. Choose larger files by path.")
        self._remove_old()
        upload_id = new_id()
        upload = Upload(upload_id, self._folder / upload_id, tuple(_names(files)), tuple(whole))
        with self._lock:
            if len(self._uploads) >= MOST_UPLOADS:
                raise UploadError("Too many files are being added. Wait until they are.")
            to_come = sum(whole) + sum(each.missing for each in self._uploads.values())
            self._uploads[upload_id] = upload
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            upload.folder.mkdir(mode=0o700)
            disk = shutil.disk_usage(upload.folder)
        except OSError as error:
            self.drop(upload_id)
            raise WriteError(f"{upload.folder} cannot be made: {error.strerror or error}.") from error
        if to_come > disk.free - FREE_SHARE * disk.total:
            self.drop(upload_id)
            raise DiskFullError(
                "There is not enough space on the disk of the app's folder. Choose the files by path instead."
            )
        return upload

    async def receive(self, upload_id: str, number: int, chunks: AsyncIterator[bytes]) -> None:
        """Write a file while it is received.

        Raises:
            UploadError: It is longer or shorter than announced, too slow, or was not announced.
            WriteError: It cannot be written.
        """
        upload = self._upload(upload_id)
        if not 0 <= number < len(upload.names) or number in upload.received:
            raise UploadError("This file was not announced.")
        path = upload.folder / upload.names[number]
        try:
            with path.open("xb") as file:
                await _write(file, chunks, upload, number)
        except FileExistsError as error:
            raise UploadError("This file is being received.") from error
        except OSError as error:
            path.unlink(missing_ok=True)
            kind = DiskFullError if error.errno == errno.ENOSPC else WriteError
            raise kind(f"{path} cannot be written: {error.strerror or error}.", path=path) from error
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        upload.received.add(number)

    def arrived(self, upload_id: str) -> list[Path]:
        """The files, all of which have arrived. They belong to the upload until `release`.

        Raises:
            UploadError: Some have not.
        """
        upload = self._upload(upload_id)
        if len(upload.received) != len(upload.names):
            missing = len(upload.names) - len(upload.received)
            raise UploadError(f"{missing} of {len(upload.names)} files have not arrived.")
        return [upload.folder / name for name in upload.names]

    def release(self, upload_id: str) -> None:
        """End an upload whose files belong to items now."""
        with self._lock:
            self._uploads.pop(upload_id, None)

    def drop(self, upload_id: str) -> None:
        """Remove an upload that is under way, with its files."""
        with self._lock:
            upload = self._uploads.pop(upload_id, None)
        if upload is not None:
            upload.is_dropped = True
            shutil.rmtree(upload.folder, ignore_errors=True)

    def remove_unused(self, used: Sequence[str]) -> None:
        """Remove the files of uploads that no item has, and that are not under way.

        Args:
            used: Paths of the inputs of all items.
        """
        folders = {Path(path).parent for path in used}
        with contextlib.suppress(OSError):
            for folder in self._folder.iterdir():
                with self._lock:
                    under_way = folder.name in self._uploads
                if folder not in folders and not under_way:
                    shutil.rmtree(folder, ignore_errors=True)

    def _remove_old(self) -> None:
        with self._lock:
            old = [each.id for each in self._uploads.values() if time.time() - each.begun > KEPT_SECONDS]
        for upload_id in old:
            self.drop(upload_id)

    def _upload(self, upload_id: str) -> Upload:
        with self._lock:
            upload = self._uploads.get(upload_id)
        if upload is None:
            raise UploadError("There is no such upload any more. Add the files again.")
        return upload


def _names(files: Sequence[Any]) -> list[str]:
    """Safe names, each once."""
    names: list[str] = []
    taken: set[str] = set()
    for number, each in enumerate(files):
        name = safe_file_name(each.get("name", ""))
        stem, dot, suffix = name.rpartition(".") if "." in name else (name, "", "")
        while name.casefold() in taken:
            stem = f"{stem}-{number}"
            name = f"{stem}{dot}{suffix}"
        taken.add(name.casefold())
        names.append(name)
    return names


async def _write(file: BinaryIO, chunks: AsyncIterator[bytes], upload: Upload, number: int) -> None:
    """Write what comes, as long as it is what was announced."""
    name, size = upload.names[number], upload.sizes[number]
    written = 0
    async for chunk in timely(chunks):
        written += len(chunk)
        if upload.is_dropped:
            raise UploadError(f"{name} was dropped.")
        if written > size:
            raise UploadError(f"{name} is longer than announced.")
        await asyncio.to_thread(file.write, chunk)
    if written != size:
        raise UploadError(f"{name} has not arrived as a whole.")


async def timely(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks of a request, as long as each comes in time.

    Raises:
        UploadError: One does not.
    """
    while True:
        try:
            chunk = await asyncio.wait_for(anext(chunks), IDLE_SECONDS)
        except StopAsyncIteration:
            return
        except TimeoutError as error:
            raise UploadError("Nothing more has arrived for a while.") from error
        yield chunk
