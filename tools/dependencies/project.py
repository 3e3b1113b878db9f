"""What pyproject.toml and constraints.txt say."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from midframe.diagnosis.requirements import DEVELOPMENT

ROOT = Path(__file__).parents[2]

CONSTRAINTS = ROOT / "constraints.txt"


def requirements() -> dict[str, list[Requirement]]:
    """What midframe needs in each extra; under the empty name, what it always needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    return {name: [Requirement(text) for text in group] for name, group in groups.items()}


def user_extras() -> list[str]:
    """The extras that are meant for users."""
    return [name for name in requirements() if name and name not in DEVELOPMENT]


def direct(extras: Iterable[str]) -> dict[NormalizedName, Requirement]:
    """What some extras need, by the name of the package, as far as it is for this Python and this machine.

    Several extras may need the same package; the tests hold their requirements equal.
    """
    groups = requirements()
    return {
        canonicalize_name(each.name): each
        for extra in extras
        for each in groups[extra]
        if each.marker is None or each.marker.evaluate({"extra": ""})
    }


def pins(text: str | None = None) -> dict[NormalizedName, Requirement]:
    """The lines of a file like constraints.txt, by the name of the package.

    Args:
        text: What is in it; None for constraints.txt itself.
    """
    lines = (CONSTRAINTS.read_text(encoding="utf-8") if text is None else text).splitlines()
    found = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(each.name): each for each in found}


def pinned_version(pin: Requirement) -> str:
    """The version that a line of constraints.txt names."""
    (specifier,) = pin.specifier
    return specifier.version


def with_all_they_need(roots: Iterable[Requirement]) -> set[NormalizedName]:
    """Names of the packages that some requirements bring with them, themselves included, as installed here.

    A package that is not installed is left out, with what it needs.
    """
    found: set[NormalizedName] = set()
    seen: set[tuple[NormalizedName, str]] = set()
    waiting = [(root, "") for root in roots]
    while waiting:
        requirement, extra = waiting.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(requirement.name)
        for each in ("", *requirement.extras):
            if (name, each) not in seen and (needed := _needs(name)) is not None:
                seen.add((name, each))
                found.add(name)
                waiting += [(Requirement(text), each) for text in needed]
    return found


def _needs(name: str) -> list[str] | None:
    try:
        return distribution(name).requires or []
    except PackageNotFoundError:
        return None


def extras_with_names() -> Iterator[tuple[str, str]]:
    """The base and every extra for users, with what people call it."""
    yield "", "always"
    for extra in user_extras():
        yield extra, f"extra `{extra}`"
