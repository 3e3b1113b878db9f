from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from midframe.errors import OptionError, WriteError
from midframe.visualization.image_files import PICTURE_SUFFIXES, check_picture_path, save_picture


@pytest.mark.parametrize("suffix", [*PICTURE_SUFFIXES, ".PNG"])
def test_saved_in_each_format(tmp_path: Path, suffix: str) -> None:
    picture = Image.new("RGB", (40, 30), (200, 100, 0))
    save_picture(picture, tmp_path / f"grid{suffix}")
    with Image.open(tmp_path / f"grid{suffix}") as back:
        assert back.size == picture.size
    assert [path.name for path in tmp_path.iterdir()] == [f"grid{suffix}"]


def test_replaces_an_older_one(tmp_path: Path) -> None:
    (tmp_path / "grid.png").write_bytes(b"old")
    save_picture(Image.new("RGB", (4, 3)), tmp_path / "grid.png")
    assert (tmp_path / "grid.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["grid", "grid.gif", "grid.txt", "missing/grid.png"])
def test_paths_that_cannot_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(OptionError, match="contact sheet"):
        check_picture_path(tmp_path / name, "contact sheet")


def test_what_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "grid.png").mkdir()
    (tmp_path / "grid.png" / "inside").touch()
    with pytest.raises(WriteError, match=r"grid\.png cannot be written"):
        save_picture(Image.new("RGB", (4, 3)), tmp_path / "grid.png")
    assert [path.name for path in tmp_path.iterdir()] == ["grid.png"]
