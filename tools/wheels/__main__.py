"""Build the source distribution and the wheels into dist/, and check them: `python -m tools.wheels`, or `make wheels`.

Linux alone, with GCC; with Debian's cross compiler for aarch64 there is a wheel for it, too.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

from tools.wheels import building
from tools.wheels.contents import differences, sdist_defects, wheel_defects

REQUIRED = ("auditwheel", "build", "elftools", "setuptools_scm", "twine")


def build_all(work: Path, output: Path) -> list[str]:
    """Build everything into `output`, in place of packages of midframe there; returns the defects, a line each."""
    copy = building.clean_copy(work / "copy")
    tracked = building.run("git", "ls-files", folder=copy).splitlines()
    epoch = {"SOURCE_DATE_EPOCH": building.commit_time(copy)}
    sdist = building.build_sdist(copy, work / "sdist")
    found = list(sdist_defects(sdist, tracked))
    made = [sdist]
    for target in building.targets():
        sources = building.unpack(sdist, work / f"sources-{target.machine}")
        variables = target.variables() | epoch
        raw = building.build_wheel(sources, work / f"raw-{target.machine}", variables)
        wheel = building.repair(raw, work / f"wheel-{target.machine}", epoch)
        found += wheel_defects(wheel, tracked, target.machine)
        made.append(wheel)
    # No kernels, which need no comparison and most of the time.
    plain = building.build_wheel(copy, work / "plain", {"CXX": "false", **epoch})
    if not plain.name.endswith("-py3-none-any.whl"):
        found.append(f"{plain.name}: a wheel without kernels should be for any platform")
    found += [f"{wheel.name}: {line}" for wheel in made[1:] for line in differences(wheel, plain)]
    building.run(sys.executable, "-m", "twine", "check", "--strict", *made)
    output.mkdir(parents=True, exist_ok=True)
    for earlier in [*output.glob("midframe-*.whl"), *output.glob("midframe-*.tar.gz")]:
        earlier.unlink()
    for file in made:
        shutil.copy2(file, output)
        print(f"{output / file.name}: {file.stat().st_size / 1e6:.1f} MB")
    return found


def main(arguments: list[str] | None = None) -> int:
    """Build and check.

    Returns:
        The exit code: 0, or 1 if anything is missing, too much, or not as it should be.
    """
    parser = argparse.ArgumentParser(prog="python -m tools.wheels", description=__doc__.split("\n\n")[0])
    parser.add_argument("--output", type=Path, default=building.ROOT / "dist", metavar="FOLDER", help="default: dist")
    output = parser.parse_args(arguments).output
    missing = [name for name in REQUIRED if find_spec(name) is None]
    if missing:
        print(f"{', '.join(missing)}: not installed. Run make wheels, or pip install -c constraints.txt '.[release]'.")
        return 1
    if building.run("git", "status", "--porcelain", "--untracked-files=no").strip():
        print("There are changes that are not committed; they are left out.")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="midframe-wheels-") as work:
        found = build_all(Path(work), output)
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(found)} defects; built in {time.monotonic() - began:.0f} seconds")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
