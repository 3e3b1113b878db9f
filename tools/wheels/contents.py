"""What must be in wheels and in the source distribution, and what must not."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Collection, Iterator
from hashlib import sha256
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

from tools.wheels.binaries import binary_defects

from midframe.engines.cpu.kernels.library import FUNCTIONS, INSTRUCTION_SETS

GENERATED = "midframe/_version.py"
KERNELS = "midframe/engines/cpu/kernels"
SOURCE_ONLY = {".cpp", ".h", ".pyc", ".o"}
NEEDED_TO_BUILD = {
    "LICENSE", "MANIFEST.in", "PKG-INFO", "README.md", "constraints.txt", "pyproject.toml", "setup.py",
}  # fmt: skip
CACHES = re.compile(r"(^|/)(__pycache__|\.git|\.hypothesis|\.\w+_cache|build|dist|out)(/|$)|\.(pyc|so|dylib|dll|o)$")


def package_files(tracked: Collection[str]) -> set[str]:
    """The files of the package among those of a repository, as a wheel names them."""
    inside = {name.removeprefix("src/") for name in tracked if name.startswith("src/midframe/")}
    return {name for name in inside if PurePosixPath(name).suffix not in SOURCE_ONLY} | {GENERATED}


def kernel_files(machine: str) -> set[str]:
    """The libraries of kernels in a wheel for Linux."""
    names = INSTRUCTION_SETS if machine == "x86_64" else INSTRUCTION_SETS[:1]
    return {f"{KERNELS}/_{name}.so" for name in names}


def wheel_defects(wheel: Path, tracked: Collection[str], machine: str) -> Iterator[str]:
    """One line for everything that is wrong with a wheel with kernels.

    Args:
        wheel: The file.
        tracked: The files of the repository that it was built from.
        machine: The processor that it is for.
    """
    tag = f"py3-none-manylinux_2_[0-9]+_{machine}"
    if not re.search(rf"-{tag}\.whl$", wheel.name):
        yield f"{wheel.name}: its tag should be {tag}"
    with ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
        inside = {name for name in names if ".dist-info/" not in name and ".data/" not in name}
        wanted = package_files(tracked) | kernel_files(machine)
        shared = {name.partition(".data/data/")[2] for name in names}
        wanted_shared = {name for name in tracked if name.startswith("share/")}
        yield from (f"{wheel.name}: lacks {name}" for name in sorted(wanted - inside | wanted_shared - shared))
        yield from (f"{wheel.name}: should not have {name}" for name in sorted(inside - wanted))
        for name in sorted(kernel_files(machine) & names):
            yield from (f"{wheel.name}: {name} {defect}" for defect in binary_defects(archive.read(name), FUNCTIONS))


def sdist_defects(sdist: Path, tracked: Collection[str]) -> Iterator[str]:
    """One line for everything that is wrong with a source distribution."""
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    wanted = NEEDED_TO_BUILD | {name for name in tracked if name.startswith(("share/", "src/"))} | {f"src/{GENERATED}"}
    yield from (f"{sdist.name}: lacks {name}" for name in sorted(wanted - names))
    yield from (f"{sdist.name}: should not have {name}" for name in sorted(names) if CACHES.search(name))


def differences(one: Path, other: Path) -> Iterator[str]:
    """One line for every file in which two wheels differ, kernels and the list of files aside."""
    first, second = _digests(one), _digests(other)
    for name in sorted(first.keys() | second.keys()):
        if first.get(name) != second.get(name):
            yield f"{name} differs between the wheel from the source distribution and the one from the repository"


def _digests(wheel: Path) -> dict[str, str]:
    with ZipFile(wheel) as archive:
        return {
            name: sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if not name.endswith((".so", "/", "dist-info/RECORD", "dist-info/WHEEL"))
        }
