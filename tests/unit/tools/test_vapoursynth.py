"""What `tools/vapoursynth.sh run` says of an environment that is not there, or not up to date."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "tools" / "vapoursynth.sh"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the environment is made on Linux alone")


def run(folder: Path, *, environment: bool) -> subprocess.CompletedProcess[str]:
    """Run a command in an environment, as root in its own eyes; the program that would enter it does nothing."""
    programs = folder / "programs"
    programs.mkdir()
    for name, script in {"unshare": "exit 0", "id": "echo 0"}.items():
        (programs / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    if environment:
        (folder / "debian").mkdir()
    variables = {
        "MIDFRAME_VAPOURSYNTH": str(folder),
        "MIDFRAME_CACHE": str(folder / "cache"),
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    command = [str(SCRIPT), "run", "true"]
    return subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=False)


def test_an_outdated_environment_is_used_and_named(tmp_path: Path) -> None:
    done = run(tmp_path, environment=True)
    assert done.returncode == 0
    assert done.stderr == (
        "tools/vapoursynth.sh: The environment is outdated; `tools/vapoursynth.sh prepare` brings it up to date.\n"
    )


def test_a_missing_environment_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, environment=False)
    assert done.returncode == 1
    assert done.stderr == "tools/vapoursynth.sh: There is no environment; `tools/vapoursynth.sh prepare` builds it.\n"
