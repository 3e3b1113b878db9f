"""The page about licences is that of what is installed, and every licence on it was read by somebody."""

from __future__ import annotations

import re
import sys
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from tools.dependencies.licences import PAGE, bundled_libraries, licence, not_described, not_reviewed, packages

TEXT = PAGE.read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| ([a-z0-9-]+) \| ([^|`*]+) \| (?:always|extra) ?", TEXT, re.MULTILINE))


def is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


@pytest.mark.parametrize("name", sorted(packages()))
def test_every_installed_package_is_on_the_page_with_a_reviewed_licence(name: str) -> None:
    found = licence(distribution(name))
    assert not_reviewed(found) == [], f"{name}: read the licence, and add it to REVIEWED if midframe may depend on it"
    assert ROWS.get(name) == found, "run `make licences`"


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="other versions of Python need other packages")
def test_the_page_has_no_other_packages() -> None:
    assert [name for name in ROWS if is_installed(name) and name not in packages()] == []


@pytest.mark.parametrize("name", sorted(packages()))
def test_libraries_in_wheels_are_described(name: str) -> None:
    assert not_described(distribution(name)) == [], "add them to tools/dependencies/bundled.py, and the GPL to the page"


@pytest.mark.skipif(sys.platform != "linux", reason="auditwheel's folders are looked at")
def test_the_page_names_the_gpl_where_it_is() -> None:
    libraries = set(bundled_libraries(distribution("av")))
    if not libraries:
        pytest.skip("PyAV was built here, with the FFmpeg of the system")
    assert {"x264", "x265"} <= libraries, "PyAV has left out x264 or x265: tell users of it"


@pytest.mark.parametrize(
    ("expression", "missing"),
    [
        ("MIT", []),
        ("MPL-2.0 AND MIT", []),
        ("GPL-3.0-only", ["GPL-3.0-only"]),
        ("MIT AND GPL-3.0-only", ["GPL-3.0-only"]),
        ("Apache-2.0 OR GPL-2.0-only", []),
        ("(Apache-2.0 OR GPL-2.0-only) AND MIT", []),
        ("Apache-2.0 WITH LLVM-exception", []),
    ],
)
def test_expressions(expression: str, missing: list[str]) -> None:
    assert not_reviewed(expression) == missing
