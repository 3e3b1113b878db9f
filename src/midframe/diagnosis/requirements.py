"""What the installed package of midframe says about its libraries: versions that it was made for.

Versions are compared by their numbers alone. That is enough for the ranges of this project, which a test compares with
the rules of packaging, a library that is not among those that midframe needs.
"""

from __future__ import annotations

import operator
import platform
import re
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import requires
from typing import Any

from midframe.extras import LOAD_ERRORS

_REQUIREMENT = re.compile(
    r"\s*([A-Za-z0-9._-]+)\s*(?:\[[^]]*\])?\s*\(?((?:\s*[~=!<>]=?\s*[^\s,;()]+\s*,?)*)\)?\s*(?:;(.*))?"
)

_CLAUSE = re.compile(r"\s*(~=|==|!=|<=|>=|<|>)\s*([^\s,]+)\s*")

_CONDITION = re.compile(r"(\w+)\s*(==|!=|<=|>=|<|>)\s*['\"]([^'\"]*)['\"]")

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}

DEVELOPMENT = ("dev", "docs", "release", "workflows")
"""Extras for work on midframe itself."""


def allowed_versions(package: str = "midframe") -> dict[str, str]:
    """Ranges of versions, such as ">=18.1,<19", by the plain names of packages; empty where nothing is known."""
    try:
        stated = requires(package) or []
    except LOAD_ERRORS:
        # A package that is not installed, or whose files are damaged, says nothing.
        return {}
    return ranges(stated)


def ranges(requirements: Iterable[str]) -> dict[str, str]:
    """Ranges by package of those requirements that hold for this Python, and are not for development alone."""
    found: dict[str, str] = {}
    for line in requirements:
        match = _REQUIREMENT.fullmatch(line)
        if match is None or not _concerns(match[3] or ""):
            continue
        clauses = ",".join("".join(clause) for clause in _CLAUSE.findall(match[2]))
        # The same library may be in several extras, with ranges that may differ.
        name = plain_name(match[1])
        parts = [part for part in (*found.get(name, "").split(","), *clauses.split(",")) if part]
        found[name] = ",".join(dict.fromkeys(parts))
    return found


def plain_name(package: str) -> str:
    """A package's name in the form that names are compared in."""
    return re.sub(r"[-_.]+", "-", package).lower()


def fits(version: str, allowed: str) -> bool:
    """Whether a version is in a range; one without numbers is taken for right."""
    numbers = _numbers(version)
    return not numbers or all(_keeps(numbers, *clause) for clause in _CLAUSE.findall(allowed))


def _keeps(version: tuple[int, ...], sign: str, text: str) -> bool:
    limit = _numbers(text)
    if not limit:
        return True
    if sign == "~=":
        return _padded(version, limit) >= _padded(limit, version) and version[: len(limit) - 1] == limit[:-1]
    if text.endswith(".*"):
        return _COMPARISONS[sign](version[: len(limit)], limit)
    return _COMPARISONS[sign](_padded(version, limit), _padded(limit, version))


def _numbers(version: str) -> tuple[int, ...]:
    match = re.match(r"v?(?:\d+!)?(\d+(?:\.\d+)*)", version.strip())
    return tuple(map(int, match[1].split("."))) if match else ()


def _padded(version: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return version + (0,) * (len(other) - len(version))


def _concerns(marker: str) -> bool:
    """Whether all conditions of a marker that are known here hold; those of this project have no "or"."""
    known = {
        "python_version": ".".join(map(str, sys.version_info[:2])),
        "python_full_version": platform.python_version(),
    }
    plain = {"sys_platform": sys.platform, "platform_system": platform.system(), "platform_machine": platform.machine()}
    for name, sign, value in _CONDITION.findall(marker):
        if name == "extra" and value in DEVELOPMENT:
            return False
        if name in known and not fits(known[name], f"{sign}{value}"):
            return False
        if name in plain and not _COMPARISONS[sign](plain[name], value):
            return False
    return True
