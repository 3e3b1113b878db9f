"""Which paths are allowed; what is tried against them is in test_security."""

from __future__ import annotations

from pathlib import Path

import pytest

from midframe.app.browsing import list_folder
from midframe.app.roots import LONGEST_FILE_NAME, ForbiddenPathError, Roots, safe_file_name
from midframe.app.settings import AppSettings, is_loopback
from midframe.errors import InputError, OptionError


def test_links_inside_of_the_roots_are_fine(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    (tmp_path / "link.mp4").symlink_to(tmp_path / "a.mp4")
    roots = Roots([tmp_path])
    assert roots.existing(str(tmp_path / "link.mp4")) == tmp_path / "a.mp4"
    roots.check_contents(tmp_path)


def test_a_root_may_lie_in_a_hidden_folder(tmp_path: Path) -> None:
    root = tmp_path / ".films"
    root.mkdir()
    (root / "a.mp4").touch()
    assert Roots([root]).existing(str(root / "a.mp4")) == root / "a.mp4"


def test_what_is_missing_inside_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist") as raised:
        Roots([tmp_path]).existing(str(tmp_path / "a.mp4"))
    assert not isinstance(raised.value, ForbiddenPathError)


def test_links_beside_a_tiff_lead_nowhere_else(tmp_path: Path) -> None:
    root = tmp_path / "films"
    root.mkdir()
    (tmp_path / "private.tif").touch()
    (root / "a.tif").touch()
    (root / "film.mp4").symlink_to(tmp_path / "private.tif")
    roots = Roots([root])
    roots.check_contents(root / "a.tif")
    (root / "b.tif").symlink_to(tmp_path / "private.tif")
    with pytest.raises(ForbiddenPathError, match=r"holds the link b\.tif"):
        roots.check_contents(root / "a.tif")


@pytest.mark.parametrize("given", ["a" * 500 + ".mp4", "ü" * 500 + ".mp4", "x." + "y" * 500, "字" * 300])
def test_long_names_are_shortened(given: str, tmp_path: Path) -> None:
    name = safe_file_name(given)
    assert len(name.encode()) <= LONGEST_FILE_NAME
    assert name.endswith(".mp4") == given.endswith(".mp4")
    (tmp_path / name).touch()


def test_folders_are_listed_in_natural_order(tmp_path: Path) -> None:
    for name in ("shot10.png", "shot2.png", "clip.mp4", "notes.txt", "a.midframe-0123abcd.part.mp4"):
        (tmp_path / name).write_bytes(b"12345")
    (tmp_path / "Zebra").mkdir()
    found = list_folder(Roots([tmp_path]), None)
    assert [entry["name"] for entry in found["entries"]] == ["Zebra", "clip.mp4", "shot2.png", "shot10.png"]
    assert (found["videos"], found["pictures"], found["parent"]) == (1, 2, None)
    assert found["entries"][1] == {"name": "clip.mp4", "kind": "video", "size": 5}


def test_roots_within_roots_are_one(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    settings = AppSettings.of([tmp_path / "a", tmp_path / "a" / "b", tmp_path / "a"], tmp_path / "data")
    assert settings.roots == (tmp_path / "a",)


def test_default_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setattr(Path, "home", lambda: home)
    monkeypatch.chdir(tmp_path)
    assert AppSettings.of().roots == (tmp_path,)
    monkeypatch.chdir("/")
    assert AppSettings.of([home]).roots == (home,)


def test_wrong_settings(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="is not a folder"):
        AppSettings.of([tmp_path / "nothing"])
    with pytest.raises(OptionError, match="from 1 to 65535"):
        AppSettings.of([tmp_path], port=70_000)


@pytest.mark.parametrize(
    ("host", "local"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("pc", False)]
)
def test_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local
