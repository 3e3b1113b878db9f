"""Tests with the oldest versions that pyproject.toml allows, so that its lower bounds are true."""

from __future__ import annotations

import subprocess
import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version
from tools.dependencies import environments
from tools.dependencies.project import ROOT, direct, pinned_version, pins, user_extras

FOLDER = ROOT / ".venv-oldest"

LOWEST_PYTHON = (3, 11)


def main(options: Namespace) -> int:
    """Resolve, install and test; the exit status is that of pytest, or 1 where a lower bound is not what is tested."""
    interpreter = environments.make(FOLDER, options.python)
    torch = None if options.oldest_torch else environments.torch_pin()
    chosen = resolved(interpreter, torch)
    (FOLDER / "constraints.txt").write_text(chosen, encoding="utf-8")
    project = f".[{','.join(user_extras())}]"
    constraints = FOLDER / "constraints.txt"
    environments.install(interpreter, "--constraint", constraints, "--editable", project, *environments.TEST_TOOLS)
    versions = {name: pinned_version(pin) for name, pin in pins(chosen).items()}
    untested = floors_that_are_not_tested(direct(("", *user_extras())), versions)
    untested.pop(canonicalize_name("torch"), None)
    for name, (floor, version) in untested.items():
        print(f"{name}: pyproject.toml allows {floor}, and the oldest version that can be installed is {version}")
    # Old versions of Ray leave files open when they start.
    failed = environments.test(interpreter, ["-Wdefault::ResourceWarning", *options.pytest])
    # Later versions of Python have no wheels for some lower bounds.
    return failed or int(bool(untested) and sys.version_info[:2] == LOWEST_PYTHON)


def resolved(interpreter: Path, torch: str | None) -> str:
    """The oldest versions of what pyproject.toml names for users, and the newest of all else, as constraints.

    Args:
        interpreter: Of an environment with uv, for whose Python the versions are.
        torch: A version of PyTorch; None for the oldest.
    """
    extras = [part for extra in user_extras() for part in ("--extra", extra)]
    command: list[str | Path] = [interpreter, "-m", "uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    command += ["--resolution", "lowest-direct", "--only-binary", ":all:", "--python", interpreter]
    command += [*extras, "pyproject.toml", "-"]
    given = "" if torch is None else f"torch=={torch}\n"
    done = subprocess.run(command, cwd=ROOT, input=given, text=True, check=True, stdout=subprocess.PIPE)
    return done.stdout


def floors_that_are_not_tested(
    needed: Mapping[NormalizedName, Requirement], versions: Mapping[NormalizedName, str]
) -> dict[NormalizedName, tuple[str, str]]:
    """Lower bounds below the version that is installed where the oldest is asked for: floor and version of each.

    A floor of fewer numbers stands for the first release that begins with them: 2024.1 for 2024.1.30.
    """
    found = {}
    for name, requirement in needed.items():
        floor = next(each.version for each in requirement.specifier if each.operator == ">=")
        numbers = Version(floor).release
        version = Version(versions[name])
        if version.release[: len(numbers)] != numbers:
            found[name] = (floor, versions[name])
    return found
