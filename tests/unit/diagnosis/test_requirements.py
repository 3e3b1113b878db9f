from __future__ import annotations

import sys
from itertools import product

import pytest
from packaging.specifiers import SpecifierSet

from midframe.diagnosis import requirements
from midframe.diagnosis.requirements import allowed_versions, fits, plain_name, ranges

VERSIONS = ("0.0.72", "0.0.73", "0.28", "0.28.5", "0.29.0", "1.26", "1.26.4", "2.0", "2.13.0", "17.1", "18", "19.0.1")

RANGES = (">=17.1", ">=0.28,<0.29", ">=17.1,<19", "==1.26", "==1.26.*", "!=2.0", "~=1.26", "~=0.28.1", "<=2", ">2", "")


@pytest.mark.parametrize(("version", "allowed"), list(product(VERSIONS, RANGES)))
def test_as_packaging_has_it(version: str, allowed: str) -> None:
    assert fits(version, allowed) == SpecifierSet(allowed).contains(version)


@pytest.mark.parametrize("version", ["2.13.0+cpu", "2.13.0.post1", "v2.13"])
def test_other_parts_of_versions(version: str) -> None:
    assert fits(version, ">=2.13,<2.14")
    assert not fits(version, ">=2.14")


def test_a_version_without_numbers_is_right() -> None:
    assert fits("", ">=1")
    assert fits("unknown", ">=1")


def test_ranges_of_what_concerns_this_python() -> None:
    here = ".".join(map(str, sys.version_info[:2]))
    assert ranges(
        [
            "av<19,>=17.1",
            "OpenEXR >= 3.3",
            "tomli>=2; python_version < '3.5'",
            f'numpy>=1.26; python_version >= "{here}"',
            'torch>=2.6; extra == "torch"',
            'torch>=2.7; extra == "evaluate"',
            'torch>=2.6; extra == "dev"',
            'ruff>=0.9; extra == "dev"',
            'ray[data]>=2.52; extra == "ray"',
            'nothing>=1; sys_platform == "atari"',
            "not a requirement @@",
        ]
    ) == {"av": "<19,>=17.1", "openexr": ">=3.3", "numpy": ">=1.26", "torch": ">=2.6,>=2.7", "ray": ">=2.52"}


def test_names() -> None:
    assert plain_name("Open_EXR.thing") == "open-exr-thing"


def test_nothing_is_known_where_midframe_is_no_package() -> None:
    assert allowed_versions("a-package-that-does-not-exist") == {}


def test_damaged_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> list[str]:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(requirements, "requires", refuse)
    assert allowed_versions() == {}
    monkeypatch.setattr(requirements, "requires", lambda name: None)
    assert allowed_versions() == {}
