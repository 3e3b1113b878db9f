"""Tensors as views into storages, as all of torch's file formats have them, made with numpy alone.

A storage is a row of numbers of one type; a tensor is a shape, strides and an offset into it. What a file says about
either is checked against the bytes that there are before anything is made.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from midframe.models.torch_pickle import BadPickleError, TensorRecord, UnsupportedContentError

MOST_AXES = 32
"""What all versions of numpy can do."""

ALLOWANCE = 4
"""All tensors together may have as many times the bytes of the file: they may share storages, but not without end."""

SMALLEST_ALLOWANCE = 256 << 20
"""Bytes that all tensors together may have in any case: a number may be repeated, and the largest row has 140 MB."""

LARGEST_EXTENT = 1 << 47
"""Bound of the product of a shape, with zeros taken as ones."""

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

_READ_AS = {
    **{name: name for name in ("float64", "float32", "float16", "int64", "int32", "int16", "int8")},
    **{name: name for name in ("uint8", "uint16", "uint32", "uint64")},
    "bool": "uint8",
    "bfloat16": "uint16",
}
"""How numbers of a type are read. What they are is seen to when they are a tensor."""


class DamagedStorageError(Exception):
    """A file whose storages or tensors are not what it says they are."""


@dataclass(frozen=True, eq=False)
class Storage:
    """Raw numbers in the byte order of this machine, and the type that the pickle gives them."""

    data: bytearray
    dtype: str


def storage_dtype(kind: str) -> str:
    """Type of the numbers of a storage, such as "float32" for "torch.FloatStorage".

    Raises:
        UnsupportedContentError: Numbers that are not read here.
        BadPickleError: There is no such storage.
    """
    if kind.startswith(_UNREAD_STORAGES):
        raise UnsupportedContentError(f"numbers of the type {kind}")
    dtype = _DTYPES.get(kind)
    if dtype is None:
        raise BadPickleError("a storage without a type")
    return dtype


def itemsize(dtype: str) -> int:
    """Bytes of a number of a storage."""
    return np.dtype(_READ_AS[dtype]).itemsize


def to_native_order(data: bytearray, kind: str, order: str) -> None:
    """Put the bytes of a storage into the order of this machine, in place.

    Args:
        data: A whole number of numbers.
        kind: Its class, such as "torch.FloatStorage".
        order: Byte order of the file, "little" or "big".
    """
    # An untyped storage has bytes; the tensors in it know their type.
    if order != sys.byteorder and not kind.endswith("UntypedStorage"):
        np.frombuffer(data, _READ_AS[storage_dtype(kind)]).byteswap(inplace=True)


class TensorMaker:
    """Makes the tensors of one file, of which all together may not be far larger than it is.

    Args:
        length: Bytes of the file.
        order: Byte order of untyped storages, "little" or "big".
    """

    def __init__(self, length: int, order: str = "little") -> None:
        self._allowance = max(ALLOWANCE * length, SMALLEST_ALLOWANCE)
        self._swap = order != sys.byteorder

    def tensor(self, record: TensorRecord, storage: object) -> NDArray[Any]:
        """A contiguous, writable array of the tensor's type; bfloat16 becomes float32.

        Raises:
            BadPickleError: There is no storage.
            UnsupportedContentError: Another type of numbers.
            DamagedStorageError: The tensor does not lie within its storage, or is too large.
        """
        if not isinstance(storage, Storage):
            raise BadPickleError("a tensor without a storage")
        dtype = record.dtype or storage.dtype
        if dtype not in _READ_AS:
            raise UnsupportedContentError(f"numbers of the type {dtype}")
        kind = np.dtype(_READ_AS[dtype])
        if len(storage.data) % kind.itemsize:
            raise DamagedStorageError("part of a number")
        array = _view(np.frombuffer(storage.data, kind), record)
        self._allowance -= array.nbytes
        if self._allowance < 0:
            raise DamagedStorageError("tensors with far more bytes than the file")
        if not array.flags.c_contiguous:
            array = array.copy(order="C")
        if record.dtype is not None and self._swap:
            array = array.byteswap()
        if dtype == "bfloat16":
            return widened(array)
        # Not a view as bool: other bytes than 0 and 1 would be none.
        return array != 0 if dtype == "bool" else array


def widened(bits: NDArray[np.uint16]) -> NDArray[np.float32]:
    """The float32 numbers whose upper halves are the bits of bfloat16 numbers, of the same shape."""
    shifted = bits.astype(np.uint32)
    shifted <<= 16
    return shifted.view(np.float32)


def _view(numbers: NDArray[Any], record: TensorRecord) -> NDArray[Any]:
    """The tensor as a view into the numbers of its storage, found to lie within it."""
    offset, size, stride = record.offset, record.size, record.stride
    if len(size) != len(stride) or len(size) > MOST_AXES or min((offset, *size, *stride)) < 0:
        raise DamagedStorageError("an impossible shape")
    if math.prod(max(extent, 1) for extent in size) > LARGEST_EXTENT:
        raise DamagedStorageError("a shape that is too large")
    if 0 in size:
        return np.empty(size, numbers.dtype)
    last = offset + sum((extent - 1) * step for extent, step in zip(size, stride, strict=True))
    if last >= numbers.size:
        raise DamagedStorageError("a tensor beyond its storage")
    # Steps along axes of one are free, and could be too large for numpy.
    steps = [numbers.itemsize * step if extent > 1 else 0 for extent, step in zip(size, stride, strict=True)]
    return as_strided(numbers[offset:], size, steps)
