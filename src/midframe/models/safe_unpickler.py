"""Reading pickled tensors without running what else a pickle may hold."""

from __future__ import annotations

import io
import pickletools
import struct
import warnings
import zipfile
from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path

from midframe.errors import UnsafeCheckpointError, WeightsError
from midframe.models.catalog import MODEL_SUFFIXES
from midframe.models.older_files import is_older_file, read_older_file
from midframe.models.torch_pickle import (
    LARGEST_PICKLE,
    LONGEST_NAME,
    MOST_INSTRUCTIONS,
    BadPickleError,
    UnsupportedContentError,
    belongs_to_tensors,
)
from midframe.models.torch_zip import MAGIC, ZIP_ERRORS, DamagedArchiveError, open_zip, read_torch_zip
from midframe.text import shortened

_STRINGS = ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE")
_MEMO_WRITES = ("PUT", "BINPUT", "LONG_BINPUT")
_MEMO_READS = ("GET", "BINGET", "LONG_BINGET")

MOST_PICKLES = 1000
"""Members of an archive that are looked at; torch writes one pickle."""

_LARGEST_INDEX = 1 << 32
"""Bound of places in the memo; a pickle written as text could name larger ones, all with the same hash."""


def unpickle_tensors(file: Path) -> object:
    """What a file saved by torch holds, if that is tensors and plain containers of them.

    Returns:
        See `midframe.models.torch_zip.read_torch_zip` and `midframe.models.older_files.read_older_file`.

    Raises:
        UnsafeCheckpointError: It names functions or classes that tensors do not need.
        WeightsError: It is damaged or no pickle, or holds tensors of special kinds.
        OSError: The file cannot be opened.
    """
    # torch comments on a pickle's age and on trusted sources, the standard library on text in damaged ones; the errors
    # say what matters.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _read_or_refuse(file)


def _read_or_refuse(file: Path) -> object:
    try:
        return _read(file)
    except (BadPickleError, DamagedArchiveError, UnsupportedContentError, WeightsError) as error:
        foreign = foreign_global(file)
        if foreign is not None:
            raise UnsafeCheckpointError(
                f"{file} is refused: it contains more than tensors ({foreign}) and would run code when loaded. "
                "Get the weights from a source you trust, see `midframe models list`.",
                path=file,
            ) from error
        if isinstance(error, WeightsError):
            raise
        if isinstance(error, UnsupportedContentError):
            raise WeightsError(
                f"{file} contains {error}, which midframe cannot read; save the network's weights as plain tensors.",
                path=file,
            ) from error
        if file.suffix.lower() not in MODEL_SUFFIXES and not _begins_like_one(file):
            raise WeightsError(
                f"{file} is not a checkpoint; give a network's weights ({', '.join(MODEL_SUFFIXES)}), or a name "
                "from `midframe models list`.",
                path=file,
            ) from error
        raise WeightsError(f"{file} is damaged or not a checkpoint; download it again.", path=file) from error


def _begins_like_one(file: Path) -> bool:
    """Whether a file begins as archives and binary pickles do."""
    with file.open("rb") as stream:
        return stream.read(len(MAGIC)).startswith((MAGIC, b"\x80"))


def _read(file: Path) -> object:
    with file.open("rb") as stream:
        start = stream.read(len(MAGIC))
    if start == MAGIC:
        return read_torch_zip(file)
    if is_older_file(file):
        return read_older_file(file)
    raise BadPickleError("it has neither of torch's formats")


def foreign_global(file: Path) -> str | None:
    """The first function or class, such as "os.system", that a pickle names although tensors do not need it.

    The instructions are only listed, never carried out. Damaged files are looked at up to the damage, and large ones
    up to `LARGEST_PICKLE` bytes.

    Returns:
        Its name as it can be printed, or None if there is none.

    Raises:
        OSError: The file cannot be opened.
    """
    for name in _globals_in(_pickles_in(file)):
        if not belongs_to_tensors(name):
            return shortened(name)
    return None


def _pickles_in(file: Path) -> list[bytes]:
    """The pickles of an archive, or the start of any other file."""
    with file.open("rb") as stream:
        start = stream.read(LARGEST_PICKLE)
    if start.startswith(MAGIC):
        try:
            return _members(file)
        except (*ZIP_ERRORS, OSError):
            pass
    return [start]


def _members(file: Path) -> list[bytes]:
    """The pickles of an archive, up to `MOST_PICKLES` of them and `LARGEST_PICKLE` bytes in all."""
    pickles: list[bytes] = []
    left = LARGEST_PICKLE
    with open_zip(file) as archive:
        for member in archive.infolist():
            # Other compressions cannot be unpacked in parts, so that a small member could fill the memory.
            if member.filename.endswith(".pkl") and member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                with archive.open(member) as stream:
                    pickles.append(stream.read(left))
                left -= len(pickles[-1])
                if not left or len(pickles) == MOST_PICKLES:
                    break
    return pickles


def _globals_in(pickles: list[bytes]) -> Iterator[str]:
    """The names in pickles, in `MOST_INSTRUCTIONS` of them altogether."""
    left = MOST_INSTRUCTIONS
    for data in pickles:
        left = yield from _globals_of(data, left)


def _globals_of(data: bytes, left: int) -> Generator[str, None, int]:
    """The names in all pickles at the start of `data`; torch's older format is a row of them, then raw tensors.

    Returns:
        How many of `left` instructions are left.
    """
    stream = io.BytesIO(data)
    while left and stream.tell() < len(data):
        memo: dict[int, object] = {}
        pushed: deque[object] = deque((None, None), maxlen=2)
        try:
            for opcode, argument, _ in pickletools.genops(stream):
                if opcode.name in ("GLOBAL", "INST"):
                    yield str(argument)[: LONGEST_NAME + 1].replace(" ", ".")
                elif opcode.name == "STACK_GLOBAL":
                    # Cut off before they are joined: one long name could be used again and again.
                    yield ".".join(str(part)[: LONGEST_NAME + 1] for part in pushed)
                elif opcode.name == "MEMOIZE":
                    memo[len(memo)] = pushed[-1]
                elif opcode.name in _MEMO_WRITES and isinstance(argument, int) and argument < _LARGEST_INDEX:
                    memo[argument] = pushed[-1]
                elif opcode.name in _MEMO_READS and isinstance(argument, int):
                    pushed.append(memo.get(argument))
                elif opcode.name in _STRINGS:
                    pushed.append(argument)
                elif opcode.stack_after:
                    pushed.append(None)
                left -= 1
                if not left:
                    return left
        except (ValueError, struct.error, UnicodeDecodeError, IndexError, OverflowError, MemoryError):
            return left
    return left
