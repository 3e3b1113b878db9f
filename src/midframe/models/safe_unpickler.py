"""Reading pickled tensors without running what else a pickle may hold."""

from __future__ import annotations

import pickle
import pickletools
import struct
import warnings
import zipfile
from pathlib import Path

import torch

from midframe.errors import UnsafeCheckpointError, WeightsError

_STRINGS = ("SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE")
_MEMO_WRITES = ("PUT", "BINPUT", "LONG_BINPUT")
_MEMO_READS = ("GET", "BINGET", "LONG_BINGET")


def unpickle_tensors(file: Path) -> object:
    """What a pickle saved by torch holds, if that is tensors and plain containers of them.

    Raises:
        UnsafeCheckpointError: It names functions or classes that tensors do not need.
        WeightsError: It is damaged or no pickle.
        OSError: The file cannot be opened.
    """
    with file.open("rb") as stream, warnings.catch_warnings():
        # torch comments on the pickle's age and on trusted sources; the errors below say what matters.
        warnings.simplefilter("ignore")
        try:
            return torch.load(stream, map_location="cpu", weights_only=True)
        except (
            pickle.UnpicklingError,
            struct.error,
            OSError,
            RuntimeError,
            EOFError,
            KeyError,
            ValueError,
            IndexError,
            AttributeError,
            TypeError,
        ) as error:
            foreign = foreign_globals(file)
            if foreign:
                raise UnsafeCheckpointError(
                    f"{file} is refused: it holds more than tensors ({foreign[0]}) and would run code when loaded. "
                    "Get the weights from a source you trust, see `midframe models list`.",
                    path=file,
                ) from error
            raise WeightsError(f"{file} is damaged or not a checkpoint; fetch it again.", path=file) from error


def foreign_globals(file: Path) -> list[str]:
    """Functions and classes, such as "os.system", that a pickle names although tensors do not need them.

    The instructions are only listed, never carried out. Damaged files give what was found before the damage.
    """
    named: list[str] = []
    for data in _pickles_in(file):
        named += _globals_in(data)
    return [name for name in named if not _belongs_to_tensors(name)]


def _pickles_in(file: Path) -> list[bytes]:
    try:
        with zipfile.ZipFile(file) as archive:
            return [archive.read(name) for name in archive.namelist() if name.endswith(".pkl")]
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, RuntimeError):
        return [file.read_bytes()]


def _globals_in(data: bytes) -> list[str]:
    """The names in all pickles at the start of `data`; torch's older format is a row of them, then raw tensors."""
    named: list[str] = []
    position = 0
    while position < len(data):
        length = 0
        memo: dict[int, object] = {}
        pushed: list[object] = [None, None]
        try:
            for opcode, argument, offset in pickletools.genops(data[position:]):
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
                length = (offset or 0) + 1
        except (ValueError, struct.error, UnicodeDecodeError, IndexError, OverflowError, MemoryError):
            return named
        position += length
    return named


def _belongs_to_tensors(name: str) -> bool:
    module, _, attribute = name.rpartition(".")
    return (
        name == "collections.OrderedDict"
        or (module == "torch._utils" and attribute.startswith("_rebuild_"))
        or (module in ("torch", "torch.storage") and (attribute.endswith("Storage") or attribute in _TORCH_NAMES))
        or name == "torch.serialization._get_layout"
    )


_TORCH_NAMES = {"Size", "device", *(name for name in dir(torch) if isinstance(getattr(torch, name), torch.dtype))}
