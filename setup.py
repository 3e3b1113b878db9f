"""Builds the CPU kernels: the same C++ sources once per instruction set, each as a library of its own.

The kernels are optional. Without a compiler, or with one that does not understand GCC's vector types, the
installation succeeds without them, and midframe runs the network through torch alone.
"""

import platform
from pathlib import Path

from setuptools import Extension, setup

SOURCES = sorted(Path("src/midframe/engines/cpu/kernels/source").glob("*.cpp"))
HEADERS = sorted(Path("src/midframe/engines/cpu/kernels/source").glob("*.h"))
INSTRUCTION_SETS = {"baseline": []}
if platform.machine().lower() in {"x86_64", "amd64"}:
    INSTRUCTION_SETS |= {
        "avx2": ["-mavx2", "-mfma"],
        "avx512": ["-mavx512f", "-mavx512vl", "-mavx512bw", "-mavx512dq", "-mfma", "-mprefer-vector-width=512"],
    }
THREADS = ["-pthread"]


def kernels(name: str, flags: list[str]) -> Extension:
    """One library of kernels; its symbols are called through ctypes, so it needs no Python headers."""
    return Extension(
        f"midframe.engines.cpu.kernels._{name}",
        sources=[str(path) for path in SOURCES],
        depends=[str(path) for path in HEADERS],
        extra_compile_args=[
            "-std=c++17",
            "-O3",
            "-g0",
            "-fvisibility=hidden",
            "-Wall",
            "-Wextra",
            "-Wno-psabi",
            *THREADS,
            *flags,
        ],
        extra_link_args=THREADS,
        language="c++",
        optional=True,
    )


setup(ext_modules=[kernels(name, flags) for name, flags in INSTRUCTION_SETS.items()])
