"""Libraries of kernels that only tests need, built from the package's own sources."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sysconfig
from pathlib import Path

from midframe.engines.cpu.kernels import library

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
