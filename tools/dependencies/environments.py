"""Environments of their own, with the oldest or the newest versions of all libraries, and tests in them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from packaging.utils import NormalizedName
from tools.dependencies.project import ROOT, pinned_version, pins

SUITES = ("tests/unit", "tests/contract", "tests/property", "tests/golden")
"""Every module with its libraries, every interface, and the networks against stored outputs.

Left out are what needs a browser, a cluster or real weights (`tests/e2e` and others): it takes minutes, and calls the
same libraries by the same modules."""

NO_MATTER_OF_VERSIONS = ("tests/unit/tools", "tests/unit/test_*.py")
"""Tests of the tools and of the repository's own text."""

TEST_TOOLS = ("hypothesis", "packaging", "pytest", "pytest-xdist", "torchmetrics")
"""What these tests need beside midframe and its extras."""


def make(folder: Path, python: str) -> Path:
    """Make an empty environment with uv in it, in place of one that is there.

    Args:
        folder: Of the environment.
        python: The interpreter, by its path or name.

    Returns:
        The interpreter of the environment.
    """
    shutil.rmtree(folder, ignore_errors=True)
    run([python, "-m", "venv", folder])
    interpreter = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    install(interpreter, "uv", "--constraint", ROOT / "constraints.txt")
    return interpreter


def install(interpreter: Path, *arguments: str | Path) -> None:
    """Install with the environment's pip."""
    run([interpreter, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", *arguments])


def test(interpreter: Path, arguments: Sequence[str]) -> int:
    """Run the tests in an environment.

    Args:
        interpreter: Of the environment.
        arguments: Of pytest, in addition to the suites.

    Returns:
        Exit status of pytest.
    """
    ignored = [f"--ignore-glob={ROOT / pattern}" for pattern in NO_MATTER_OF_VERSIONS]
    command: list[str | Path] = [
        interpreter,
        "-m",
        "pytest",
        "-m",
        "not network and not slow",
        *ignored,
        *arguments,
        *SUITES,
    ]
    environment = {"OMP_WAIT_POLICY": "passive", "OPENBLAS_NUM_THREADS": "1"} | os.environ
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def torch_pin() -> str:
    """The version of PyTorch in constraints.txt, of which every environment can have the build for CPUs."""
    return pinned_version(pins()[NormalizedName("torch")])


def run(command: Sequence[str | Path]) -> None:
    """Run a command in the root of the repository.

    Raises:
        subprocess.CalledProcessError: It failed; it has said why.
    """
    subprocess.run(command, cwd=ROOT, check=True)
