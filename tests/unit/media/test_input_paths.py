"""Outputs next to an input, whatever is in its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from midframe.media.input_paths import named_input

STRANGE = [
    "[Group] Show - 01 [1080p].mp4",
    "100% real.mp4",
    "what?.mp4",
    "a*b.mp4",
    "#1.mp4",
    "-x.mp4",
    "~x.mp4",
    " .mp4",
]


@pytest.mark.parametrize("name", STRANGE)
def test_a_file_that_exists_is_that_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).touch()
    assert named_input(name) == Path(name)
    assert named_input(tmp_path / name) == tmp_path / name


def test_a_folder_that_exists_is_that_folder(tmp_path: Path) -> None:
    (tmp_path / "A [1]").mkdir()
    assert named_input(tmp_path / "A [1]") == tmp_path / "A [1]"


@pytest.mark.parametrize("pattern", ["*.png", "shot_%04d.png", "[ab].png", "?.png"])
def test_a_pattern_is_named_after_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str) -> None:
    (tmp_path / "A [1]").mkdir()
    assert named_input(tmp_path / "A [1]" / pattern) == tmp_path / "A [1]"
    monkeypatch.chdir(tmp_path)
    assert named_input(pattern) == tmp_path
