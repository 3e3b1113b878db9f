"""Libraries of kernels that only tests need, built from the package's own sources."""

from __future__ import annotations

import ctypes
import os
import shlex
import shutil
import struct
import subprocess
import sysconfig
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midframe.engines.cpu.kernels import library
from midframe.engines.cpu.kernels.library import Kernels

SOURCE = Path(library.__file__).with_name("source")
SIXTEEN_LANES = "sixteen-lanes"
"""Name of the library with AVX-512's layout and another instruction set's code."""


def cpp_compiler() -> list[str] | None:
    """The command that builds extensions of this Python, or None where it is not installed."""
    command = shlex.split(os.environ.get("CXX") or sysconfig.get_config_var("CXX") or "c++")
    return command if shutil.which(command[0]) else None


def compile_kernels(command: list[str], target: Path, *flags: str) -> None:
    """Build a library at `target`; `command` is a compiler of C++."""
    sources = sorted(map(str, SOURCE.glob("*.cpp")))
    common = ["-std=c++17", "-O1", "-fPIC", "-shared", "-pthread", "-fvisibility=hidden", "-Wno-psabi"]
    subprocess.run([*command, *common, *flags, *sources, "-o", str(target)], check=True, timeout=600)


class RecordedCalls:
    """Calls of kernels that can be made here and by a program for another processor (`kernel_calls.cpp`).

    Everything that arguments point to must have been added. Numbers that lie in what was added count as pointers.

    Attributes:
        arrays: What was added with `add`, in that order.
    """

    ARGUMENTS = 12

    def __init__(self, kernels: Kernels) -> None:
        self._kernels = kernels
        self._buffers: list[tuple[int, int]] = []
        self._calls: list[tuple[str, list[int]]] = []
        self._structs: set[int] = set()
        self._kept: list[object] = []
        self.arrays: list[NDArray[np.float32]] = []

    def add(self, array: NDArray[np.float32]) -> NDArray[np.float32]:
        """An array that kernels may read and write."""
        array = np.ascontiguousarray(array)
        self._buffers.append((array.ctypes.data, array.nbytes))
        self.arrays.append(array)
        return array

    def add_scratch(self, array: NDArray[np.float32]) -> None:
        """An array whose contents are of no interest."""
        self._buffers.append((array.ctypes.data, array.nbytes))
        self._kept.append(array)

    def point(self, *structs: ctypes.Structure) -> int:
        """The address of structures of one kind, side by side."""
        kind = type(structs[0])
        together = (kind * len(structs))(*structs)
        self._kept.append(together)
        self._structs.add(ctypes.addressof(together))
        self._buffers.append((ctypes.addressof(together), ctypes.sizeof(together)))
        return ctypes.addressof(together)

    def call(self, function: str, *arguments: int | NDArray[np.float32]) -> None:
        """To be called later; `function` without the prefix. Arrays stand for their addresses, 0 for null."""
        numbers = [int(value.ctypes.data) if isinstance(value, np.ndarray) else int(value) for value in arguments]
        self._calls.append((function, numbers))

    def write(self, file: Path) -> None:
        """What `kernel_calls.cpp` reads, with the contents that arrays have now."""
        contents = [ctypes.string_at(start, size) for start, size in self._buffers]
        pointers = []
        for number, (start, size) in enumerate(self._buffers):
            if start not in self._structs:
                continue
            for offset, word in enumerate(struct.unpack(f"<{size // 8}q", contents[number])):
                buffer, inside = self._place(word)
                if buffer >= 0:
                    pointers.append(struct.pack("<4q", number, 8 * offset, buffer, inside))
        parts = [struct.pack("<q", len(contents))]
        for content in contents:
            parts += [struct.pack("<q", len(content)), content]
        parts += [struct.pack("<q", len(pointers)), *pointers, struct.pack("<q", len(self._calls))]
        for function, numbers in self._calls:
            parts.append(f"midframe_{function}".encode().ljust(64, b"\0"))
            for value in [*numbers, *[0] * (self.ARGUMENTS - len(numbers))]:
                parts.append(struct.pack("<2q", *self._place(value)))
        file.write_bytes(b"".join(parts))

    def read(self, file: Path) -> list[NDArray[np.float32]]:
        """The contents of `arrays` after a program made the calls."""
        content, offset, places = file.read_bytes(), 0, {}
        for start, size in self._buffers:
            places[start] = content[offset : offset + size]
            offset += size
        return [np.frombuffer(places[array.ctypes.data], np.float32).reshape(array.shape) for array in self.arrays]

    def run_here(self) -> None:
        """Make the calls; arrays change."""
        for function, numbers in self._calls:
            entry = getattr(self._kernels, function)
            pairs = zip(entry.argtypes, numbers, strict=True)
            entry(*(ctypes.cast(value, kind) if hasattr(kind, "contents") else value for kind, value in pairs))

    def _place(self, value: int) -> tuple[int, int]:
        """Buffer and offset of an address, or -1 and the number."""
        for number, (start, size) in enumerate(self._buffers):
            if start <= value < start + size:
                return number, value - start
        return -1, value
