"""Builds the source distribution from a clean copy of the commit, and wheels from the source distribution."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

# The C++ runtime goes into the kernels, so that they need no particular libstdc++; none of it is visible from outside.
LINKING = "-static-libstdc++ -static-libgcc -Wl,--exclude-libs,ALL -Wl,--gc-sections -s"


@dataclass(frozen=True)
class Target:
    """A processor on Linux that a wheel is for.

    Attributes:
        machine: As `platform.machine()` gives it there.
        compiler: Prefix of GCC's commands; "" for this machine's own.
    """

    machine: str
    compiler: str = ""

    def variables(self) -> dict[str, str]:
        """Environment variables that setup.py and setuptools heed."""
        return {
            "MIDFRAME_REQUIRE_KERNELS": "1",
            "CC": f"{self.compiler}gcc",
            "CXX": f"{self.compiler}g++",
            "LDFLAGS": LINKING,
            "_PYTHON_HOST_PLATFORM": f"linux-{self.machine}",
        }


def targets() -> list[Target]:
    """This machine, and those that Debian's cross compilers are here for."""
    machines = {"x86_64": "x86_64-linux-gnu-", "aarch64": "aarch64-linux-gnu-"}
    return [
        Target(machine, "" if machine == platform.machine() else prefix)
        for machine, prefix in machines.items()
        if machine == platform.machine() or shutil.which(f"{prefix}g++")
    ]


def run(*command: str | Path, folder: Path = ROOT, variables: Mapping[str, str] | None = None) -> str:
    """Run a command that prints little while it works; returns what it printed.

    Raises:
        SystemExit: It has failed; says what it printed last.
    """
    environment = os.environ | (variables or {})
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).rstrip().splitlines()[-20:])
        raise SystemExit(f"{' '.join(map(str, command))} has failed with exit code {done.returncode}:\n{last}")
    return done.stdout


def clean_copy(folder: Path) -> Path:
    """The commit that is checked out, with its tags and without anything that git does not know of."""
    run("git", "clone", "--quiet", "--no-hardlinks", ROOT, folder)
    return folder


def commit_time(copy: Path) -> str:
    """In seconds since 1970; the time of all files in wheels, so that building again gives the same."""
    return run("git", "log", "-1", "--format=%ct", folder=copy).strip()


def build_sdist(copy: Path, output: Path) -> Path:
    """The source distribution of a clean copy."""
    run(sys.executable, "-m", "build", "--no-isolation", "--sdist", "--outdir", output, copy)
    return only_file(output, "*.tar.gz")


def unpack(sdist: Path, folder: Path) -> Path:
    """The sources in a source distribution."""
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return only_file(folder, "*")


def build_wheel(sources: Path, output: Path, variables: Mapping[str, str]) -> Path:
    """One wheel."""
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", output, sources, variables=variables)
    return only_file(output, "*.whl")


def repair(wheel: Path, output: Path, variables: Mapping[str, str]) -> Path:
    """The wheel with the tag of the oldest glibc that it runs on."""
    run(sys.executable, "-m", "auditwheel", "repair", "--wheel-dir", output, wheel, variables=variables)
    return only_file(output, "*.whl")


def only_file(folder: Path, pattern: str) -> Path:
    """The file or folder that a step was to make."""
    (found,) = folder.glob(pattern)
    return found
