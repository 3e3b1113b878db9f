"""Which pins of constraints.txt are outdated, missing or superfluous."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from argparse import Namespace
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name
from packaging.version import Version
from tools.dependencies.project import direct, pinned_version, pins, requirements, with_all_they_need

TOOLS = ("uv",)
"""Pinned, though no extra needs them: installed into environments of their own."""

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


@dataclass(frozen=True)
class Row:
    """A package of which there is a newer version.

    Attributes:
        name: Of the package.
        pinned: The version in constraints.txt.
        allowed: The newest one that pyproject.toml allows.
        newest: The newest one for this Python.
    """

    name: str
    pinned: str
    allowed: str
    newest: str


def main(options: Namespace) -> int:
    """Print what there is to say. The exit status is 0: a newer version is no error."""
    del options
    names = direct(requirements())
    newest = newest_versions()
    rows = []
    for name, pin in sorted(pins().items()):
        if name in newest and not _is_same(newest[name], pinned_version(pin)):
            allowed = newest_allowed(name, names.get(name), newest[name])
            rows.append(Row(name, pinned_version(pin), allowed, newest[name]))
    print(table(rows) if rows else "Every pin in constraints.txt is the newest version.")
    for line in unlike_the_pins():
        print(line)
    return 0


def table(rows: Collection[Row]) -> str:
    """The rows under headings, in columns; what bounds exclude is said."""
    cells = [("package", "pinned", "newest allowed", "newest", "")]
    for row in rows:
        excluded = "" if row.allowed == row.newest else "excluded by pyproject.toml"
        cells.append((row.name, row.pinned, row.allowed, row.newest, excluded))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(line.rstrip() for line in lines)


def newest_versions() -> dict[NormalizedName, str]:
    """The newest version of every installed package of which there is a newer one, as pip says."""
    done = subprocess.run(
        [*PIP, "list", "--outdated", "--format", "json"], check=True, text=True, stdout=subprocess.PIPE
    )
    return {canonicalize_name(each["name"]): each["latest_version"] for each in json.loads(done.stdout)}


def newest_allowed(name: str, requirement: Requirement | None, newest: str) -> str:
    """The newest version that pyproject.toml allows; pip is only asked where that is not the newest one."""
    if requirement is None or requirement.specifier.contains(newest):
        return newest
    done = subprocess.run([*PIP, "index", "versions", name], check=True, text=True, capture_output=True)
    return str(max(requirement.specifier.filter(versions_listed(done.stdout)), default=Version("0")))


def versions_listed(text: str) -> list[Version]:
    """The versions in what `pip index versions` prints."""
    found = re.search(r"^Available versions: (.*)$", text, re.MULTILINE)
    return [Version(each.strip()) for each in found[1].split(",")] if found else []


def unlike_the_pins() -> list[str]:
    """What is installed and not pinned as it is, pinned and not needed, or could not be compared; a line for each."""
    roots = direct(requirements())
    absent = {name for name in roots if _installed(name) is None}
    needed = with_all_they_need(roots.values())
    return compared(pins(), {name: _installed(name) for name in needed}, absent)


def compared(
    pinned: Mapping[NormalizedName, Requirement],
    installed: Mapping[NormalizedName, str | None],
    absent: Collection[NormalizedName],
) -> list[str]:
    """The same for given facts.

    Args:
        pinned: Lines of constraints.txt.
        installed: Versions of all packages that are needed here.
        absent: Packages that pyproject.toml names and that are not installed, so that it is not known what they need.
    """
    lines = [f"{name} is installed and not pinned" for name in sorted(installed.keys() - pinned.keys())]
    for name in sorted(installed.keys() & pinned.keys()):
        pin, here = pinned_version(pinned[name]), installed[name]
        if here is not None and not _is_same(here, pin):
            lines.append(f"{name} {here} is installed, and {pin} is pinned")
    if absent:
        names = ", ".join(sorted(absent))
        lines.append(f"not installed, so that superfluous pins are not looked for: {names}")
        return lines
    for name, requirement in sorted(pinned.items()):
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if applies and name not in installed and name not in TOOLS:
            lines.append(f"{name} is pinned, and nothing needs it")
    return lines


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _is_same(one: str, other: str) -> bool:
    """Whether versions are equal, whatever build of them."""
    return Version(one).public == Version(other).public
