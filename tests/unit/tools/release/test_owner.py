from __future__ import annotations

from pathlib import Path

import pytest
from tools.release.owner import empty_places

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
