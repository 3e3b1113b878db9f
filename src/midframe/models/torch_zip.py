"""Reading the zip files that torch has saved since 1.6, with numpy alone.

``<name>/data.pkl`` is a pickle of the containers and of where each tensor lies; ``<name>/data/<key>`` are the
storages, raw numbers of one type, which tensors are views into. Members are stored as they are, so nothing that is
read can be larger than the file.
"""

from __future__ import annotations

import errno
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from midframe.models.torch_pickle import LARGEST_PICKLE, UnsupportedContentError, read_pickle
from midframe.models.torch_storages import (
    DamagedStorageError,
    Storage,
    TensorMaker,
    itemsize,
    storage_dtype,
    to_native_order,
)

MAGIC = b"PK\x03\x04"
"""The first bytes of every such file."""

ENCRYPTED = 1
"""Flag of a member that is encrypted."""

MOST_MEMBERS = 100_000
"""A tensor has one storage at most; 4.25 has 200 members."""

LARGEST_DIRECTORY = 16 << 20
"""Bytes of an archive's list of members; an entry has about 100."""

ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What `zipfile` raises for damaged archives, besides OSError."""


class DamagedArchiveError(Exception):
    """A zip file that torch did not write, or that has been damaged since."""


def read_torch_zip(file: Path) -> object:
    """What a file saved by torch holds; see `midframe.models.torch_pickle.read_pickle`.

    Tensors are contiguous, writable numpy arrays of their type; bfloat16 becomes float32. Arrays share memory where
    the tensors did.

    Raises:
        DamagedArchiveError: It is damaged or no such file.
        BadPickleError: Its pickle holds more than tensors and plain containers, or is damaged.
        UnsupportedContentError: It is compressed or encrypted, or holds tensors of special kinds or types of numbers.
        OSError: The file cannot be read.
    """
    try:
        length = file.stat().st_size
        with open_zip(file) as archive:
            return _Reader(archive, length).read()
    except (*ZIP_ERRORS, DamagedStorageError) as error:
        raise DamagedArchiveError(str(error)) from error
    except OSError as error:
        # From seeking to where an archive says that something is.
        if error.errno == errno.EINVAL:
            raise DamagedArchiveError(str(error)) from error
        raise


@contextmanager
def open_zip(file: Path) -> Iterator[zipfile.ZipFile]:
    """An archive whose list of members is not absurdly long: each takes ten times its bytes in memory.

    Raises:
        zipfile.BadZipFile: It is; further ones are those of `zipfile`, see `ZIP_ERRORS`.
        OSError: The file cannot be read.
    """
    with _GuardedFile(file) as stream, zipfile.ZipFile(stream) as archive:
        stream.guarded = False
        yield archive


class _GuardedFile(io.FileIO):
    """A file that gives no long pieces while its list of members is read, which is one piece."""

    guarded = True

    def read(self, size: int | None = -1, /) -> bytes:
        if self.guarded and size is not None and size > LARGEST_DIRECTORY:
            raise zipfile.BadZipFile("a list of members that is too long")
        return super().read(size) or b""


class _Reader:
    """One file that is being read."""

    def __init__(self, archive: zipfile.ZipFile, length: int) -> None:
        self._archive = archive
        self._unread = length
        """Bytes that members may still have: overlapping ones must not have more than the file."""
        self._storages: dict[str, Storage] = {}
        members = archive.infolist()
        self._members = {member.filename: member for member in members}
        if not members or len(self._members) != len(members) or len(members) > MOST_MEMBERS:
            raise DamagedArchiveError("no members, too many, or two with the same name")
        self._folder = members[0].filename.partition("/")[0]
        self._order = self._byte_order()
        self._maker = TensorMaker(length, self._order)

    def read(self) -> object:
        data = self._bytes("data.pkl", LARGEST_PICKLE)
        return read_pickle(bytes(data), self._storage, lambda record: self._maker.tensor(record, record.storage))

    def _byte_order(self) -> str:
        if f"{self._folder}/byteorder" not in self._members:
            # Older versions did not write it, and ran on machines of this order.
            return "little"
        order = self._bytes("byteorder", 16).decode("ascii")
        if order not in ("little", "big"):
            raise DamagedArchiveError(f"the byte order {order}")
        return order

    def _bytes(self, name: str, most: int | None = None) -> bytearray:
        member = self._members.get(f"{self._folder}/{name}")
        if member is None:
            raise DamagedArchiveError(f"{name} is missing")
        if member.compress_type != zipfile.ZIP_STORED or member.flag_bits & ENCRYPTED:
            raise UnsupportedContentError("compressed or encrypted data")
        if member.file_size > (self._unread if most is None else min(most, self._unread)):
            raise DamagedArchiveError(f"{name} is larger than the file, or than it should be")
        self._unread -= member.file_size
        if member.CRC == 0:
            # torch can leave it out.
            member.CRC = None  # type: ignore[assignment]
        with self._archive.open(member) as stream:
            data = stream.read(member.file_size + 1)
        if len(data) != member.file_size:
            raise DamagedArchiveError(f"{name} has a different length")
        # Tensors are views into it that can be written to.
        return bytearray(data)

    def _storage(self, kind: str, key: str, numbers: int) -> Storage:
        dtype = storage_dtype(kind)
        storage = self._storages.get(key)
        if storage is None:
            data = self._bytes(f"data/{key}")
            to_native_order(data, kind, self._order)
            storage = self._storages[key] = Storage(data, dtype)
        if storage.dtype != dtype or len(storage.data) != numbers * itemsize(dtype):
            raise DamagedArchiveError(f"the storage {key} has a different length or type")
        return storage
