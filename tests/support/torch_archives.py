"""Archives as torch writes them, from pickles that are put together by hand."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

REBUILD = b"ctorch._utils\n_rebuild_tensor_v2\n"
START = b"\x80\x02"


def integer(number: int) -> bytes:
    """Instructions that push an integer of any size."""
    encoded = pickle.encode_long(number)
    return b"\x8a" + bytes([len(encoded)]) + encoded


def text(value: str) -> bytes:
    """Instructions that push a string."""
    encoded = value.encode()
    return b"X" + len(encoded).to_bytes(4, "little") + encoded


def integers(numbers: Iterable[int]) -> bytes:
    """Instructions that push a tuple of integers."""
    return b"(" + b"".join(map(integer, numbers)) + b"t"


def storage(kind: str = "FloatStorage", key: str = "0", numbers: int = 4) -> bytes:
    """Instructions that push a storage."""
    return b"((" + text("storage") + f"ctorch\n{kind}\n".encode() + text(key) + text("cpu") + integer(numbers) + b"tQ"


def tensor(
    offset: int, size: Sequence[int], stride: Sequence[int], where: bytes | None = None, function: bytes = REBUILD
) -> bytes:
    """Instructions that push a tensor of four numbers in a storage, if they fit there."""
    where = storage() if where is None else where
    return function + where + integer(offset) + integers(size) + integers(stride) + b"\x89}tR"


def state(tensors: Mapping[str, bytes]) -> bytes:
    """A pickle of a dictionary of what instructions push."""
    return START + b"}(" + b"".join(text(key) + value for key, value in tensors.items()) + b"u."


def archive(
    path: Path, pickled: bytes, storages: Mapping[str, bytes] | None = None, others: Iterable[tuple[str, bytes]] = ()
) -> Path:
    """Write a pickle, storages (one of 0, 1, 2 and 3 unless given) and other members."""
    if storages is None:
        storages = {"0": b"".join(bytes.fromhex(digits) for digits in ("00000000", "0000803f", "00000040", "00004040"))}
    members = [("a/data.pkl", pickled), *((f"a/data/{key}", data) for key, data in storages.items()), *others]
    return write_members(path, members)


def write_members(path: Path, members: Iterable[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> Path:
    """Write an archive, with two members of one name where they are given."""
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", compression) as opened:
        warnings.simplefilter("ignore")
        for name, data in members:
            opened.writestr(name, data)
    return path


def read_members(path: Path) -> list[tuple[str, bytes]]:
    """The members of an archive in their order."""
    with zipfile.ZipFile(path) as opened:
        return [(member.filename, opened.read(member)) for member in opened.infolist()]
