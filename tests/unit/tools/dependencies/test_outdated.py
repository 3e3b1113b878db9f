"""What is said of pins, from given facts: nothing here asks a package index."""

from __future__ import annotations

from packaging.requirements import Requirement
from packaging.utils import NormalizedName
from packaging.version import Version
from tools.dependencies.outdated import Row, compared, newest_allowed, table, versions_listed
from tools.dependencies.project import pins


def names(**versions: str | None) -> dict[NormalizedName, str | None]:
    return {NormalizedName(name): version for name, version in versions.items()}


def test_a_table_says_what_bounds_exclude() -> None:
    shown = table([Row("av", "18.1.0", "18.1.0", "19.0.1"), Row("pillow", "13.0.0", "13.1", "13.1")])
    assert shown.splitlines() == [
        "package  pinned  newest allowed  newest",
        "av       18.1.0  18.1.0          19.0.1  excluded by pyproject.toml",
        "pillow   13.0.0  13.1            13.1",
    ]


def test_versions_that_pip_lists() -> None:
    text = "av (19.0.1)\nAvailable versions: 19.0.1, 18.1.0\n  INSTALLED: 18.1.0\n"
    assert versions_listed(text) == [Version("19.0.1"), Version("18.1.0")]
    assert versions_listed("") == []


def test_what_is_allowed_is_the_newest_without_a_bound() -> None:
    assert newest_allowed("a", None, "2.0") == "2.0"
    assert newest_allowed("a", Requirement("a>=1,<3"), "2.0") == "2.0"


def test_pins_that_are_missing_or_wrong() -> None:
    lines = compared(pins("a==1\nb==2\n"), names(a="1+cpu", b="3", c="1"), ())
    assert lines == ["c is installed and not pinned", "b 3 is installed, and 2 is pinned"]


def test_superfluous_pins_are_named_where_everything_is_installed() -> None:
    pinned = pins("a==1\nb==2\nuv==1\nc==1; python_version < '3'\n")
    assert compared(pinned, names(a="1"), ()) == ["b is pinned, and nothing needs it"]
    (line,) = compared(pinned, names(a="1"), [NormalizedName("zensical")])
    assert line == "not installed, so that superfluous pins are not looked for: zensical"
