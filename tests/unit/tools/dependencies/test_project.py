"""Reading pyproject.toml and constraints.txt, and what an installed package brings with it."""

from __future__ import annotations

from packaging.requirements import Requirement
from tools.dependencies.project import (
    direct,
    pinned_version,
    pins,
    requirements,
    user_extras,
    with_all_they_need,
)

from midframe.diagnosis.requirements import DEVELOPMENT


def test_extras_for_users_are_all_but_those_for_development() -> None:
    assert {*user_extras(), *DEVELOPMENT, ""} == requirements().keys()
    assert "torch" in user_extras()


def test_names_are_normalised_and_markers_read() -> None:
    assert "openexr" in direct([""])
    assert "vapoursynth" in requirements()["vapoursynth"][0].name
    assert "torch" not in direct([""])


def test_one_package_has_one_requirement_in_all_extras() -> None:
    """Otherwise the lower bound that is tested would be another than that of some extra."""
    found: dict[str, set[str]] = {}
    for group in requirements().values():
        for each in group:
            found.setdefault(each.name.lower(), set()).add(str(each.specifier))
    assert {name: texts for name, texts in found.items() if len(texts) > 1} == {}


def test_lines_of_constraints() -> None:
    found = pins('# a comment\n\nOpenEXR==3.5.2\ntomli==2.5.0; python_version < "3.11"\n')
    assert {name: pinned_version(pin) for name, pin in found.items()} == {"openexr": "3.5.2", "tomli": "2.5.0"}


def test_what_a_package_needs_comes_with_it() -> None:
    found = with_all_they_need([Requirement("requests")])
    assert {"requests", "urllib3", "idna"} <= found
    assert "pysocks" not in found  # of an extra


def test_what_is_not_installed_or_for_another_system_is_left_out() -> None:
    assert with_all_they_need([Requirement("no-such-package"), Requirement("numpy; sys_platform == 'none'")]) == set()
