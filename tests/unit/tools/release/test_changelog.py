from __future__ import annotations

import pytest
from tools.release.changelog import defects, notes, read, sections

GOOD = """\
# Changes

## Unreleased

## 0.2.0 (unreleased)

### Added

- A thing,
  in two lines.

#### Videos

- Another one.

## 0.1.0 (2026-12-24)

### Fixed

- A defect.
"""


def test_the_changelog_of_this_project() -> None:
    assert list(defects(read())) == []


def test_sections_of_a_changelog() -> None:
    unreleased, newest, first = sections(GOOD)
    assert (unreleased.title, unreleased.has_entries, unreleased.release) == ("Unreleased", False, "")
    assert (newest.headings, newest.has_entries, newest.release) == (["Added"], True, "0.2.0")
    assert (first.release, newest.is_dated, first.is_dated) == ("0.1.0", False, True)
    assert list(defects(GOOD)) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("## Unreleased\n\n", "", "must be 'Unreleased'"),
        ("### Fixed", "### Mended", "0.1.0 (2026-12-24): Mended must be one of Added, Changed"),
        ("#### Videos", "### Added", "occurs twice"),
        ("0.1.0 (2026-12-24)", "0.1.0 - 2026", "must be like"),
        ("0.1.0 (2026-12-24)", "0.3.0 (2026-12-24)", "must be in order"),
        ("0.1.0 (2026-12-24)", "0.2.0 (2026-12-24)", "each only once"),
        ("0.1.0 (2026-12-24)", "0.1.0 (unreleased)", "Only the newest"),
    ],
)
def test_what_is_wrong_in_any_commit(before: str, after: str, expected: str) -> None:
    assert before in GOOD
    found = list(defects(GOOD.replace(before, after)))
    assert any(expected in sentence for sentence in found), found


@pytest.mark.parametrize(
    ("text", "version", "expected"),
    [
        (GOOD, "0.2.0", ["0.2.0 needs a date in CHANGELOG.md, in place of 'unreleased'."]),
        (
            GOOD.replace("(unreleased)", "(2027-01-31)"),
            "0.3.0",
            ["The newest version of CHANGELOG.md must be 0.3.0, not 0.2.0 (2027-01-31)."],
        ),
        (
            GOOD.replace("(unreleased)", "(2027-01-31)").replace("## Unreleased\n", "## Unreleased\n\n- More.\n"),
            "0.2.0",
            ["Entries under 'Unreleased' belong to 0.2.0 in CHANGELOG.md."],
        ),
        (GOOD.replace("(unreleased)", "(2027-01-31)"), "v0.2.0", []),
        (GOOD, "0.2.0rc1", []),
        (GOOD, "v0.2", ["v0.2 is not a version such as 0.1.0 or 0.1.0rc1."]),
    ],
)
def test_what_is_wrong_when_a_version_is_released(text: str, version: str, expected: list[str]) -> None:
    assert list(defects(text, version)) == expected


TEXT = GOOD.replace("A defect.", "A defect ([docs/new.md](docs/new.md), [paper](https://example.org/)).")


def test_notes_end_where_the_next_section_begins() -> None:
    assert notes(TEXT + "\n## 0.0.1 (2026-11-01)\n", "v0.1.0") == (
        "### Fixed\n\n- A defect (docs/new.md, [paper](https://example.org/))."
    )


def test_notes_of_a_release_before_a_version_need_no_date() -> None:
    assert notes(TEXT, "0.2.0rc1").startswith("### Added\n\n- A thing,\n  in two lines.")


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ("0.2.0", r"0\.2\.0 needs a date in CHANGELOG\.md, in place of 'unreleased'\."),
        ("0.0.1", r"The section of 0\.0\.1 in CHANGELOG\.md is empty\."),
        ("0.3.0", r"CHANGELOG\.md has no section of 0\.3\.0\."),
        ("main", r"main is not a version"),
        ("0.1", r"0\.1 is not a version"),
    ],
)
def test_a_version_without_notes_is_refused(version: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        notes(TEXT + "\n## 0.0.1 (2026-11-01)\n", version)


def test_the_changelog_of_this_project_has_notes() -> None:
    assert "### Added" in notes(read(), "0.1.0rc1")
