"""Tests with the newest versions that pyproject.toml allows, without constraints.txt."""

from __future__ import annotations

import json
import subprocess
from argparse import Namespace
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import Version
from tools.dependencies import environments
from tools.dependencies.project import ROOT, pinned_version, pins, user_extras

FOLDER = ROOT / ".venv-newest"

DEPRECATIONS = ("DeprecationWarning", "PendingDeprecationWarning", "FutureWarning")


def main(options: Namespace) -> int:
    """Install and test; the exit status is that of pytest.

    With pre-releases, what is deprecated is reported; otherwise it is an error, as every warning in the tests is.
    """
    interpreter = environments.make(FOLDER, options.python)
    project = f".[{','.join(user_extras())}]"
    given = [f"torch=={environments.torch_pin()}", *environments.TEST_TOOLS]
    before = ["--pre"] if options.pre else []
    environments.install(interpreter, "--upgrade", *before, "--editable", project, *given)
    for line in newer(installed(interpreter)):
        print(line)
    reported = [f"-Wdefault::{each}" for each in DEPRECATIONS] if options.pre else []
    return environments.test(interpreter, [*reported, *options.pytest])


def installed(interpreter: Path) -> dict[str, str]:
    """Versions of what an environment has, by the name of the package."""
    command: list[str | Path] = [interpreter, "-m", "pip", "--disable-pip-version-check", "list", "--format", "json"]
    done = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE)
    return {str(canonicalize_name(each["name"])): each["version"] for each in json.loads(done.stdout)}


def newer(versions: dict[str, str]) -> list[str]:
    """A line for each package that is not of the version in constraints.txt."""
    pinned = {name: pinned_version(pin) for name, pin in pins().items()}
    return [
        f"{name} {versions[name]} (constraints.txt: {pinned[name]})"
        for name in sorted(pinned.keys() & versions.keys())
        if Version(versions[name]).public != Version(pinned[name]).public
    ]
