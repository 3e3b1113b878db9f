"""A Python with VapourSynth, `vspipe` and mpv, where this machine has them or `tools/vapoursynth.sh` has built them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "tools" / "vapoursynth.sh"
PYTHONS = (sys.executable, "python3", "python3.14", "python3.13", "python3.12")


@dataclass(frozen=True)
class VapourSynth:
    """Where it is.

    Attributes:
        prefix: What commands begin with.
        python: A Python that has it.
    """

    prefix: tuple[str, ...]
    python: str

    def run(self, *command: object, cwd: Path, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; it may fail."""
        return subprocess.run(
            self._whole(command),
            cwd=cwd,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    def start(self, *command: object, cwd: Path) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            self._whole(command),
            cwd=cwd,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _whole(self, command: Sequence[object]) -> list[str]:
        return [*self.prefix, *map(str, command)]

    @property
    def _environment(self) -> dict[str, str]:
        environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
        if not self.prefix:
            paths = [str(ROOT / "src"), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
            environment["PYTHONPATH"] = os.pathsep.join(paths)
        return environment

    @property
    def has_mpv(self) -> bool:
        """Whether mpv is there and has VapourSynth."""
        if not self.prefix and not shutil.which("mpv"):
            return False
        return "vapoursynth" in self.run("mpv", "--no-config", "--vf=help", cwd=ROOT).stdout


@lru_cache(maxsize=1)
def find_vapoursynth() -> VapourSynth | None:
    """Where VapourSynth is; None where it is not."""
    if os.name != "nt" and subprocess.run([BUILT, "ready"], check=False, capture_output=True).returncode == 0:
        return VapourSynth((str(BUILT), "run"), "python3")
    for python in filter(None, map(shutil.which, PYTHONS)):
        code = "import sys, vapoursynth; sys.exit(sys.version_info < (3, 12))"
        if subprocess.run([python, "-c", code], check=False, capture_output=True).returncode == 0:
            return VapourSynth((), python)
    return None


def require_vapoursynth() -> VapourSynth:
    """Where it is. Skips the test where it is not, or fails it with ``MIDFRAME_REQUIRE_VAPOURSYNTH``."""
    found = find_vapoursynth()
    if found is None:
        message = "no VapourSynth here: install it (Python 3.12 or later), or as root run tools/vapoursynth.sh prepare"
        if os.environ.get("MIDFRAME_REQUIRE_VAPOURSYNTH"):
            pytest.fail(message)
        pytest.skip(message)
    return found


def require_mpv() -> VapourSynth:
    """The same for an mpv that has VapourSynth."""
    found = require_vapoursynth()
    if not found.has_mpv:
        message = "no mpv with VapourSynth here: as root run tools/vapoursynth.sh prepare"
        if os.environ.get("MIDFRAME_REQUIRE_VAPOURSYNTH"):
            pytest.fail(message)
        pytest.skip(message)
    return found
