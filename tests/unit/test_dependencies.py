"""No version with a known hole is allowed, neither by floors in pyproject.toml nor by pins in constraints.txt."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]

SAFE_FROM = {
    "filelock": ("3.20.3", "CVE-2025-68146, CVE-2026-22701: links can be put in the place of lock files"),
    "jinja2": ("3.1.6", "CVE-2025-27516: templates escape from the sandbox"),
    "opencv-python-headless": ("4.12", "CVE-2025-53644: JPEG decoder"),
    "openexr": ("3.4.3", "CVE-2025-48071, CVE-2025-64181: damaged files write outside of buffers"),
    "pillow": ("12.1.1", "CVE-2025-48379, CVE-2026-25990: images write outside of buffers"),
    "ray": ("2.52", "CVE-2025-62593: web pages run code on a cluster; CVE-2025-1979: passwords in logs"),
    "requests": ("2.32.4", "CVE-2024-47081: passwords of .netrc go to other servers"),
    "setuptools": ("78.1.1", "CVE-2025-47273: packages write outside of their folder"),
    "starlette": ("0.49.1", "CVE-2025-62727: ranges of a file take long to read"),
    "torch": ("2.6", "CVE-2025-32434: torch.load executes code in spite of weights_only"),
    "tqdm": ("4.66.3", "CVE-2024-34062: arguments of its command are executed"),
    "urllib3": ("2.6.3", "CVE-2025-66418, CVE-2025-66471, CVE-2026-21441: small answers become very large"),
}
"""First version without the hole, and what the hole is; packages that midframe or its build names itself."""

INDIRECT = {
    "certifi": ("2023.7.22", "CVE-2023-37920: a certificate authority that is not trusted any more"),
    "h11": ("0.16", "CVE-2025-43859: requests are hidden in chunks of others"),
    "idna": ("3.7", "CVE-2024-3651: long names take long"),
}
"""The same for packages that come with others."""


def requirements() -> Iterator[Requirement]:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = document["project"]
    yield from map(Requirement, document["build-system"]["requires"])
    yield from map(Requirement, project["dependencies"])
    for extra in project["optional-dependencies"].values():
        yield from map(Requirement, extra)


def pins() -> Iterator[Requirement]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return (Requirement(line) for line in lines if line and not line.startswith("#"))


def floor(requirement: Requirement) -> Version:
    """The lowest version that is allowed; 0 for any."""
    floors = [Version(each.version) for each in requirement.specifier if each.operator in (">=", "==", "~=")]
    return max(floors, default=Version("0"))


@pytest.mark.parametrize("name", SAFE_FROM)
def test_floors_exclude_known_holes(name: str) -> None:
    found = [requirement for requirement in requirements() if canonicalize_name(requirement.name) == name]
    assert found, f"nothing names {name} any more: take it out of the list, or move it to INDIRECT"
    safe, hole = SAFE_FROM[name]
    for requirement in found:
        assert floor(requirement) >= Version(safe), f"{requirement} allows {hole}"


@pytest.mark.parametrize("pin", list(pins()), ids=str)
def test_pins_have_no_known_holes(pin: Requirement) -> None:
    safe, hole = {**SAFE_FROM, **INDIRECT}.get(canonicalize_name(pin.name), ("0", ""))
    assert floor(pin) >= Version(safe), f"{pin} has {hole}"


def test_the_test_itself() -> None:
    assert floor(Requirement("torch>=2.4")) < Version("2.6")
    assert floor(Requirement("torch")) == Version("0")
    assert floor(Requirement("typer>=0.15,<0.29")) == Version("0.15")
