"""Reading pickled tensors without running what else a pickle may hold."""

from __future__ import annotations

import io
import pickletools
import struct
import zipfile
from pathlib import Path

from midframe.errors import UnsafeCheckpointError, WeightsError
from midframe.models.older_files import is_older_file, read_older_file
from midframe.models.torch_pickle import LARGEST_PICKLE, BadPickleError, SpecialTensorError, belongs_to_tensors
from midframe.models.torch_zip import MAGIC, ZIP_ERRORS, DamagedArchiveError, read_torch_zip

_STRINGS = ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE")
_MEMO_WRITES = ("PUT", "BINPUT", "LONG_BINPUT")
_MEMO_READS = ("GET", "BINGET", "LONG_BINGET")


def unpickle_tensors(file: Path) -> object:
    """What a file saved by torch holds, if that is tensors and plain containers of them.

    Returns:
        See `midframe.models.torch_zip.read_torch_zip` and `midframe.models.older_files.read_older_file`.

    Raises:
        UnsafeCheckpointError: It names functions or classes that tensors do not need.
        WeightsError: It is damaged or no pickle, holds tensors of special kinds, or is of an older format and torch is
            not installed.
        OSError: The file cannot be opened.
    """
    try:
        return _read(file)
    except SpecialTensorError as error:
        raise WeightsError(
            f"{file} holds {error}, which midframe does not read; save the network's weights as plain tensors.",
            path=file,
        ) from error
    except (BadPickleError, DamagedArchiveError, WeightsError) as error:
        foreign = foreign_globals(file)
        if foreign:
            raise UnsafeCheckpointError(
                f"{file} is refused: it holds more than tensors ({foreign[0]}) and would run code when loaded. "
                "Get the weights from a source you trust, see `midframe models list`.",
                path=file,
            ) from error
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(f"{file} is damaged or not a checkpoint; fetch it again.", path=file) from error


def _read(file: Path) -> object:
    with file.open("rb") as stream:
        start = stream.read(len(MAGIC))
    if start == MAGIC:
        return read_torch_zip(file)
    if is_older_file(file):
        return read_older_file(file)
    raise BadPickleError("neither of torch's formats")


def foreign_globals(file: Path) -> list[str]:
    """Functions and classes, such as "os.system", that a pickle names although tensors do not need them.

    The instructions are only listed, never carried out. Damaged files give what was found before the damage, and of
    large ones the first `LARGEST_PICKLE` bytes are looked at.

    Raises:
        OSError: The file cannot be opened.
    """
    named: list[str] = []
    for data in _pickles_in(file):
        named += _globals_in(data)
    return [name for name in named if not belongs_to_tensors(name)]


def _pickles_in(file: Path) -> list[bytes]:
    """The pickles of an archive, or the start of any other file."""
    with file.open("rb") as stream:
        if stream.read(len(MAGIC)) == MAGIC:
            try:
                return _members(file)
            except (*ZIP_ERRORS, OSError):
                pass
        stream.seek(0)
        return [stream.read(LARGEST_PICKLE)]


def _members(file: Path) -> list[bytes]:
    pickles: list[bytes] = []
    left = LARGEST_PICKLE
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if member.filename.endswith(".pkl") and left:
                with archive.open(member) as stream:
                    pickles.append(stream.read(left))
                left -= len(pickles[-1])
    return pickles


def _globals_in(data: bytes) -> list[str]:
    """The names in all pickles at the start of `data`; torch's older format is a row of them, then raw tensors."""
    named: list[str] = []
    stream = io.BytesIO(data)
    while stream.tell() < len(data):
        memo: dict[int, object] = {}
        pushed: list[object] = [None, None]
        try:
            for opcode, argument, _ in pickletools.genops(stream):
                if opcode.name in ("GLOBAL", "INST"):
                    named.append(str(argument).replace(" ", "."))
                elif opcode.name == "STACK_GLOBAL":
                    named.append(f"{pushed[-2]}.{pushed[-1]}")
                elif opcode.name == "MEMOIZE":
                    memo[len(memo)] = pushed[-1]
                elif opcode.name in _MEMO_WRITES and isinstance(argument, int):
                    memo[argument] = pushed[-1]
                elif opcode.name in _MEMO_READS and isinstance(argument, int):
                    pushed.append(memo.get(argument))
                elif opcode.name in _STRINGS:
                    pushed.append(argument)
                elif opcode.stack_after:
                    pushed.append(None)
        except (ValueError, struct.error, UnicodeDecodeError, IndexError, OverflowError, MemoryError):
            return named
    return named
