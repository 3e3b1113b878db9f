from __future__ import annotations

import os
from pathlib import Path

import pytest

from midframe.errors import InputError, OptionError
from midframe.paths import user_path


@pytest.mark.parametrize("given", ["a", "a/b/c", "shots/*.png", "~", Path("x")])
def test_names_that_the_system_takes(given: str | Path) -> None:
    assert user_path(given) == Path(given).expanduser()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("a" * 300, "File name too long"),
        ("a/" * 3000, "File name too long"),
        ("a\0b", "contains a NUL"),
        ("~nosuchuser/a", "no such user"),
    ],
)
def test_names_that_it_refuses(given: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        user_path(given)
    assert len(str(caught.value)) < 300
    with pytest.raises(OptionError, match=reason) as option:
        user_path(given, option="output")
    assert option.value.option == "output"


def test_links_that_run_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("a")
    with pytest.raises(InputError, match="Too many levels"):
        user_path(tmp_path / "a")


@pytest.mark.skipif(os.geteuid() == 0, reason="needs a user whom file modes bind")
def test_folders_that_may_not_be_searched(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir(mode=0)
    with pytest.raises(InputError, match="Permission denied"):
        user_path(tmp_path / "a" / "b")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert user_path(tmp_path / "a" / "b") == tmp_path / "a" / "b"


def test_a_file_whose_name_begins_like_a_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("~no such user.mp4", "~"):
        (tmp_path / name).touch()
        assert user_path(name) == Path(name)
