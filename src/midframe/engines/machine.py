"""This machine in words: its processor, its cores and its system. Nothing here names the host or the user."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from midframe.engines.threads import usable_cores
from midframe.wording import counted

_MAKERS = {"0x10de": "NVIDIA", "0x1002": "AMD", "0x8086": "Intel"}
"""Vendors of GPUs by their number on the PCI bus."""


def gpu_makers(root: Path = Path("/")) -> tuple[str, ...]:
    """Makers of the graphics devices that Linux has found, whether or not a library can compute on them.

    Args:
        root: Where /sys is; for tests.
    """
    numbers = map(_first_line, root.glob("sys/class/drm/card*/device/vendor"))
    return tuple(sorted({_MAKERS[number] for number in numbers if number in _MAKERS}))


def cpu_name(root: Path = Path("/")) -> str:
    """The processor's name, such as "AMD EPYC 9654 96-Core Processor"; the architecture where that is not known.

    Args:
        root: Where /proc is; for tests.
    """
    if sys.platform == "darwin":
        name = _output_of("/usr/sbin/sysctl", "-n", "machdep.cpu.brand_string")
    elif sys.platform == "win32":
        name = _name_in_registry()
    else:
        name = _name_in_cpuinfo(root / "proc/cpuinfo")
    # Names are padded, and marked as trademarks.
    return " ".join(re.sub(r"\((?:R|TM)\)", "", name, flags=re.IGNORECASE).split()) or platform.machine()


def describe_processor() -> str:
    """The processor with the cores that midframe uses, such as "AMD EPYC, 2 cores"."""
    return f"{cpu_name()}, {counted(usable_cores(), 'core')}"


def describe_system() -> str:
    """The system and its version, such as "Debian GNU/Linux 12 (bookworm), x86_64"."""
    if sys.platform == "darwin":
        name = f"macOS {platform.mac_ver()[0]}"
    elif sys.platform == "win32":
        name = f"Windows {platform.version()}"
    else:
        try:
            name = platform.freedesktop_os_release()["PRETTY_NAME"]
        except (OSError, KeyError):
            name = f"{platform.system()} {platform.release()}"
    return f"{name}, {platform.machine()}"


def _name_in_cpuinfo(file: Path) -> str:
    """What Linux says; most ARM processors have no name there."""
    fields = (line.partition(":") for line in _lines(file))
    return next((value.strip() for name, _, value in fields if name.strip() in ("model name", "Model")), "")


def _lines(file: Path) -> list[str]:
    """The lines of a file of the system; none where it has no such file."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _first_line(file: Path) -> str:
    return next(iter(_lines(file)), "")


def _name_in_registry() -> str:
    # A module of Windows alone, which type checkers of other systems do not know.
    winreg: Any = import_module("winreg")
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"HARDWARE\DESCRIPTION\System\CentralProcessor\0") as key:
            return str(winreg.QueryValueEx(key, "ProcessorNameString")[0])
    except OSError:
        return platform.processor()


def _output_of(*command: str) -> str:
    try:
        # The program and its arguments are our own.
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, errors="replace", check=False, timeout=10
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()
