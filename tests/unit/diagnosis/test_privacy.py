from __future__ import annotations

from pathlib import Path

import pytest

from midframe.diagnosis.privacy import without_home


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "people" / "ada"
    folder.mkdir(parents=True)
    monkeypatch.setattr(Path, "home", lambda: folder)
    return folder


def test_in_all_texts(home: Path) -> None:
    document = {"path": f"{home}/x", "list": [f"at {home}: no", (f"{home}",)], "number": 1, "none": None, "yes": True}
    assert without_home(document) == {
        "path": "~/x",
        "list": ["at ~: no", ["~"]],
        "number": 1,
        "none": None,
        "yes": True,
    }


def test_names_that_only_begin_alike(home: Path) -> None:
    assert without_home(f"{home}m/x {home}-2 {home}.old") == f"{home}m/x {home}-2 {home}.old"


def test_through_a_link(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "link"
    link.symlink_to(home)
    monkeypatch.setattr(Path, "home", lambda: link)
    assert without_home(f"{home}/x and {link}/y") == "~/x and ~/y"


def test_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", refuse)
    assert without_home("/home/ada/x") == "/home/ada/x"
    monkeypatch.setattr(Path, "home", lambda: Path("/"))
    assert without_home("/home/ada/x") == "/home/ada/x"
