from __future__ import annotations

import os
from pathlib import Path

import pytest
from tools.clean.files import owned_by, size_on_disk, unexpected


def write(path: Path, size: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(range(1, 251)) * (size // 250 + 1))
    return path


def test_a_file_with_two_names_counts_once(tmp_path: Path) -> None:
    first = write(tmp_path / "one" / "file", 100_000)
    (tmp_path / "two").mkdir()
    alone = size_on_disk(tmp_path / "one")
    assert alone >= 100_000
    (tmp_path / "two" / "same").hardlink_to(first)
    assert size_on_disk(tmp_path / "one", tmp_path / "two", tmp_path / "missing") == alone


def test_unexpected(tmp_path: Path) -> None:
    for name in ("venv/bin/python", "venv-2/file", ".cache/midframe/models/4.25.pkl", ".cache/other/file", "clip.mp4"):
        write(tmp_path / name)
    (tmp_path / "link").symlink_to(tmp_path / "venv", target_is_directory=True)
    found = unexpected(tmp_path, ("venv", ".cache/midframe", "clip.mp4"))
    assert found == [".cache/other/file", "link", "venv-2/file"]


@pytest.mark.skipif(os.name == "nt", reason="there are no owners with numbers")
def test_owned_by(tmp_path: Path) -> None:
    write(tmp_path / "folder" / "file")
    assert owned_by(tmp_path, os.getuid()) == ["folder", "folder/file"]
    assert owned_by(tmp_path, os.getuid() + 1) == []
