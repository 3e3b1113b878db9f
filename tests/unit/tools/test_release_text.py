from __future__ import annotations

from pathlib import Path

import pytest
from tools.release_text import ROOT, defects_of_changelog, empty_places, main, sections

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
    assert list(defects_of_changelog((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))) == []


def test_sections_of_a_changelog() -> None:
    unreleased, newest, first = sections(GOOD)
    assert (unreleased.title, unreleased.entries, unreleased.version) == ("Unreleased", 0, ())
    assert (newest.headings, newest.entries, newest.version) == (("Added",), 3, (0, 2, 0))
    assert first.version == (0, 1, 0)
    assert list(defects_of_changelog(GOOD)) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("## Unreleased\n\n", "", "must be 'Unreleased'"),
        ("### Fixed", "### Mended", "0.1.0 (2026-12-24): Mended must be one of Added, Changed"),
        ("#### Videos", "### Added", "stands twice"),
        ("0.1.0 (2026-12-24)", "0.1.0 - 2026", "must be like"),
        ("0.1.0 (2026-12-24)", "0.3.0 (2026-12-24)", "must be the first"),
        ("0.1.0 (2026-12-24)", "0.2.0 (2026-12-24)", "stand there once"),
        ("0.1.0 (2026-12-24)", "0.1.0 (unreleased)", "Only the newest"),
    ],
)
def test_what_is_wrong_in_any_commit(before: str, after: str, told: str) -> None:
    assert before in GOOD
    found = list(defects_of_changelog(GOOD.replace(before, after)))
    assert any(told in sentence for sentence in found), found


@pytest.mark.parametrize(
    ("text", "version", "told"),
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
        (GOOD, "v0.2", ["v0.2 is no version such as 0.1.0 or 0.1.0rc1."]),
    ],
)
def test_what_is_wrong_when_a_version_is_released(text: str, version: str, told: list[str]) -> None:
    assert list(defects_of_changelog(text, version)) == told


PROJECT = '[project]\nname = "midframe"\n'
PACK = PROJECT + '{}[tool.comfy]\nPublisherId = "{}"\n'
URLS = '[project.urls]\nRepository = "https://example.org"\n'
REPORTS = "# Security\n\n## Reporting\n\nWrite to {}.\n\n## Else\n\nSee https://example.org.\n"
EMPTY = {
    "pyproject.toml": PROJECT,
    "pack.toml": PACK.format("", ""),
    "SECURITY.md": REPORTS.format("us"),
    "CODE_OF_CONDUCT.md": "Be kind.\n",
    "CITATION.cff": "title: midframe\n",
}
FILLED = {
    "pyproject.toml": PROJECT + URLS,
    "pack.toml": PACK.format(URLS, "someone"),
    "SECURITY.md": REPORTS.format("security@example.org"),
    "CODE_OF_CONDUCT.md": "Be kind, and write to a@example.org.\n",
    "CITATION.cff": "title: midframe\nrepository-code: https://example.org\n",
}


def write(folder: Path, contents: dict[str, str]) -> None:
    pack = folder / "integrations" / "comfyui"
    pack.mkdir(parents=True, exist_ok=True)
    for name, text in contents.items():
        path = pack / "pyproject.toml" if name == "pack.toml" else folder / name
        path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("name", "places"), [(name, 2 if name == "pack.toml" else 1) for name in EMPTY])
def test_empty_places_are_listed(name: str, places: int, tmp_path: Path) -> None:
    write(tmp_path, FILLED)
    assert list(empty_places(tmp_path)) == []
    write(tmp_path, {name: EMPTY[name]})
    found = list(empty_places(tmp_path))
    assert len(found) == places
    assert all(place.startswith(name.replace("pack.toml", "integrations/comfyui/pyproject.toml")) for place in found)


def test_those_of_this_project_can_be_read() -> None:
    assert all(": " in place for place in empty_places())


def test_empty_places_are_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert main(["v999.0.0"]) == 1
    assert "must be 999.0.0" in capsys.readouterr().out
