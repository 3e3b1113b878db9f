"""What goes from the changelog to the page of a release."""

from __future__ import annotations

import pytest
from tools.changelog import CHANGELOG, section

TEXT = """# Changes

## 0.2.0 (unreleased)

### Added

- Something new ([docs/new.md](docs/new.md), [paper](https://example.org/)).

## 0.1.0 (2026-12-01)

- The first one.

## 0.0.1 (2026-11-01)
"""


def test_a_section_ends_where_the_next_begins() -> None:
    assert section(TEXT, "0.1.0") == "- The first one."


def test_a_release_before_a_version_has_its_section_without_a_date() -> None:
    expected = "### Added\n\n- Something new (docs/new.md, [paper](https://example.org/))."
    assert section(TEXT, "0.2.0rc1") == expected


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("0.2.0", r"the section of 0\.2\.0 says \(unreleased\) where its date should be"),
        ("0.0.1", r"the section of 0\.0\.1 is empty"),
        ("0.3.0", r"there is no section of 0\.3\.0"),
        ("main", "main is no version"),
        ("0.1", r"0\.1 is no version"),
    ],
)
def test_what_cannot_be_released_is_refused(version: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        section(TEXT, version)


def test_the_changelog_itself_has_a_section_to_release() -> None:
    assert "### Added" in section(CHANGELOG.read_text(encoding="utf-8"), "0.1.0rc1")
