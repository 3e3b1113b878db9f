"""Reading the zip files that torch has saved since 1.6, with numpy alone.

``<name>/data.pkl`` is a pickle of the containers and of where each tensor lies; ``<name>/data/<key>`` are the
storages, raw numbers of one type, which tensors are views into. Members are stored as they are, so nothing that is
read can be larger than the file.
"""

from __future__ import annotations

import errno
import math
import struct
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from midframe.models.torch_pickle import (
    LARGEST_PICKLE,
    BadPickleError,
    TensorRecord,
    UnsupportedContentError,
    read_pickle,
)

MAGIC = b"PK\x03\x04"
"""The first bytes of every such file."""

ENCRYPTED = 1
"""Flag of a member that is encrypted."""

MOST_MEMBERS = 100_000
"""A tensor has one storage at most; 4.25 has 200 members."""

MOST_AXES = 32
"""What all versions of numpy can do."""

ALLOWANCE = 4
"""All tensors together may have as many times the bytes of the file: they may share storages, but not without end."""

SMALLEST_ALLOWANCE = 256 << 20
"""Bytes that all tensors together may have in any case: a number may be repeated, and the largest row has 140 MB."""

LARGEST_EXTENT = 1 << 47
"""Bound of the product of a shape, with zeros taken as ones."""

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

_DTYPES = {
    "torch.DoubleStorage": "float64",
    "torch.FloatStorage": "float32",
    "torch.HalfStorage": "float16",
    "torch.BFloat16Storage": "bfloat16",
    "torch.LongStorage": "int64",
    "torch.IntStorage": "int32",
    "torch.ShortStorage": "int16",
    "torch.CharStorage": "int8",
    "torch.ByteStorage": "uint8",
    "torch.BoolStorage": "bool",
    "torch.UntypedStorage": "uint8",
    "torch.storage.UntypedStorage": "uint8",
}
"""Type of the numbers of a storage."""

_UNREAD_STORAGES = ("torch.Complex", "torch.Q")
"""How names of storages of complex and quantised numbers begin."""

READ_AS = {
    **{name: name for name in ("float64", "float32", "float16", "int64", "int32", "int16", "int8")},
    **{name: name for name in ("uint8", "uint16", "uint32", "uint64")},
    "bool": "uint8",
    "bfloat16": "uint16",
}
"""How numbers of a type are read. What they are is seen to when they are a tensor."""


class DamagedArchiveError(Exception):
    """A zip file that torch did not write, or that has been damaged since."""


@dataclass(frozen=True, eq=False)
class _Storage:
    """Raw numbers in the byte order of this machine, and the type that the pickle gives them."""

    data: bytearray
    dtype: str


def allowance(length: int) -> int:
    """Bytes that all tensors together may have in a file of `length` bytes."""
    return max(ALLOWANCE * length, SMALLEST_ALLOWANCE)


def widened(bits: NDArray[np.uint16]) -> NDArray[np.float32]:
    """The float32 numbers whose upper halves are the bits of bfloat16 numbers, of the same shape."""
    shifted = bits.astype(np.uint32)
    shifted <<= 16
    return shifted.view(np.float32)


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
    length = file.stat().st_size
    try:
        with zipfile.ZipFile(file) as archive:
            return _Reader(archive, length).read()
    except ZIP_ERRORS as error:
        raise DamagedArchiveError(str(error)) from error
    except OSError as error:
        # From seeking to where an archive says that something is.
        if error.errno == errno.EINVAL:
            raise DamagedArchiveError(str(error)) from error
        raise


class _Reader:
    """One file that is being read."""

    def __init__(self, archive: zipfile.ZipFile, length: int) -> None:
        self._archive = archive
        self._unread = length
        """Bytes that members may still have: overlapping ones must not have more than the file."""
        self._allowance = allowance(length)
        self._storages: dict[str, _Storage] = {}
        members = archive.infolist()
        self._members = {member.filename: member for member in members}
        if not members or len(self._members) != len(members) or len(members) > MOST_MEMBERS:
            raise DamagedArchiveError("no members, too many, or two of one name")
        self._folder = members[0].filename.partition("/")[0]
        self._swap = self._byte_order() != sys.byteorder

    def read(self) -> object:
        data = self._bytes("data.pkl", LARGEST_PICKLE)
        return read_pickle(bytes(data), self._storage, self._tensor)

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
            raise DamagedArchiveError(f"{name} has another length")
        # Tensors are views into it that can be written to.
        return bytearray(data)

    def _storage(self, kind: str, key: str, numbers: int) -> _Storage:
        dtype = _DTYPES.get(kind)
        if kind.startswith(_UNREAD_STORAGES):
            raise UnsupportedContentError(f"numbers of the type {kind}")
        if dtype is None:
            raise BadPickleError("a storage of no type")
        storage = self._storages.get(key)
        if storage is None:
            data = self._bytes(f"data/{key}")
            if self._swap and kind not in ("torch.UntypedStorage", "torch.storage.UntypedStorage"):
                swapped = np.frombuffer(data, READ_AS[dtype])
                swapped.byteswap(inplace=True)
            storage = self._storages[key] = _Storage(data, dtype)
        if storage.dtype != dtype or len(storage.data) != numbers * np.dtype(READ_AS[dtype]).itemsize:
            raise DamagedArchiveError(f"the storage {key} has another length or type")
        return storage

    def _tensor(self, record: TensorRecord) -> NDArray[Any]:
        storage = record.storage
        if not isinstance(storage, _Storage):
            raise BadPickleError("a tensor without a storage")
        dtype = record.dtype or storage.dtype
        if dtype not in READ_AS:
            raise UnsupportedContentError(f"numbers of the type {dtype}")
        kind = np.dtype(READ_AS[dtype])
        if len(storage.data) % kind.itemsize:
            raise DamagedArchiveError("part of a number")
        array = _view(np.frombuffer(storage.data, kind), record)
        self._allowance -= array.nbytes
        if self._allowance < 0:
            raise DamagedArchiveError("tensors of far more bytes than the file has")
        if not array.flags.c_contiguous:
            array = array.copy(order="C")
        if record.dtype is not None and self._swap:
            array = array.byteswap()
        if dtype == "bfloat16":
            return widened(array)
        # Not a view as bool: other bytes than 0 and 1 would be none.
        return array != 0 if dtype == "bool" else array


def _view(numbers: NDArray[Any], record: TensorRecord) -> NDArray[Any]:
    """The tensor as a view into the numbers of its storage, found to lie within it."""
    offset, size, stride = record.offset, record.size, record.stride
    if len(size) != len(stride) or len(size) > MOST_AXES or min((offset, *size, *stride)) < 0:
        raise DamagedArchiveError("a shape that cannot be")
    if math.prod(max(extent, 1) for extent in size) > LARGEST_EXTENT:
        raise DamagedArchiveError("a shape that is too large")
    if 0 in size:
        return np.empty(size, numbers.dtype)
    last = offset + sum((extent - 1) * step for extent, step in zip(size, stride, strict=True))
    if last >= numbers.size:
        raise DamagedArchiveError("a tensor beyond its storage")
    # Steps along axes of one are free, and could be too large for numpy.
    steps = [numbers.itemsize * step if extent > 1 else 0 for extent, step in zip(size, stride, strict=True)]
    return as_strided(numbers[offset:], size, steps)
