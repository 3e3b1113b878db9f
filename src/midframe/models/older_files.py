"""Reading files that torch before 1.6 saved, with numpy alone: a row of pickles, then the storages one after another.

The pickles are a magic number, the version of the format, facts about the machine, the containers and tensors, and the
keys of the storages in the order in which these follow. Each storage begins with how many numbers it has.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from midframe.models.torch_pickle import LARGEST_PICKLE, BadPickleError, TensorRecord, read_pickle
from midframe.models.torch_storages import (
    DamagedStorageError,
    Storage,
    TensorMaker,
    itemsize,
    storage_dtype,
    to_native_order,
)

MAGIC = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
"""The number that such files begin with, pickled; two bytes with the pickle's protocol come before it."""

FORMAT_VERSION = 1001
"""The only version that there has been."""


@dataclass
class _Promise:
    """A storage that the pickle names before it can be read."""

    kind: str
    numbers: int
    storage: Storage | None = None


def is_older_file(file: Path) -> bool:
    """Whether a file begins as torch before 1.6 began its own.

    Raises:
        OSError: The file cannot be read.
    """
    with file.open("rb") as stream:
        return stream.read(2 + len(MAGIC))[2:] == MAGIC


def read_older_file(file: Path) -> object:
    """What such a file holds; see `midframe.models.torch_pickle.read_pickle`.

    The tensors of a dictionary are contiguous, writable arrays of their type; bfloat16 becomes float32. Tensors further
    inside are not made.

    Raises:
        BadPickleError: It is damaged, or holds more than tensors and plain containers.
        UnsupportedContentError: Tensors of special kinds, or another type of numbers.
        OSError: The file cannot be read.
    """
    with file.open("rb") as stream:
        length = stream.seek(0, 2)
        stream.seek(0)
        pickles = io.BytesIO(stream.read(LARGEST_PICKLE))
        promises: dict[str, _Promise] = {}
        _plain(pickles)
        if _plain(pickles) != FORMAT_VERSION:
            raise BadPickleError("an unknown version of the format")
        _plain(pickles)

        def promise(kind: str, key: str, numbers: int) -> _Promise:
            promised = promises.setdefault(key, _Promise(kind, numbers))
            if (promised.kind, promised.numbers) != (kind, numbers):
                raise BadPickleError("a storage of two lengths or types")
            return promised

        content = read_pickle(pickles, promise, lambda record: record)
        keys = _plain(pickles)
        if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys) or {*keys} != promises.keys():
            raise BadPickleError("storages that do not belong to its tensors")
        stream.seek(pickles.tell())
        for key in keys:
            _fulfil(promises[key], stream, length)
    if not isinstance(content, dict):
        return content
    maker = TensorMaker(length)
    try:
        return {key: _made(value, maker) for key, value in content.items()}
    except DamagedStorageError as error:
        raise BadPickleError(str(error)) from error


def _plain(pickles: io.BytesIO) -> object:
    """The next pickle, which has no tensors."""

    def refuse(*_: object) -> None:
        raise BadPickleError("an unexpected tensor")

    return read_pickle(pickles, refuse, refuse)


def _fulfil(promised: _Promise, stream: BinaryIO, length: int) -> None:
    """Read the storage that comes next."""
    dtype = storage_dtype(promised.kind)
    numbers = int.from_bytes(stream.read(8), "little")
    size = numbers * itemsize(dtype)
    if promised.storage is not None or numbers != promised.numbers or size > length - stream.tell():
        raise BadPickleError("a storage of a different length")
    data = bytearray(stream.read(size))
    if len(data) != size:
        raise BadPickleError("a truncated storage")
    # In this order whatever machine has written it; the facts about the machine say the same, always.
    to_native_order(data, promised.kind, "little")
    promised.storage = Storage(data, dtype)


def _made(value: object, maker: TensorMaker) -> Any:
    if isinstance(value, TensorRecord):
        return maker.tensor(value, value.storage.storage if isinstance(value.storage, _Promise) else None)
    return value
