"""Pictures that are named one by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from midframe.errors import SequenceError
from midframe.media.images.listed import listed_sequence


def touched(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return paths


@pytest.mark.parametrize(
    ("given", "ordered"),
    [
        (["b.png", "a.png"], ["b.png", "a.png"]),
        (["10.png", "9.png"], ["10.png", "9.png"]),
        (["1.png", "10.png", "2.png"], ["1.png", "2.png", "10.png"]),
        (["2.png", "10.png", "1.png"], ["2.png", "10.png", "1.png"]),
        (["x/2.png", "y/1.png"], ["x/2.png", "y/1.png"]),
    ],
)
def test_order(tmp_path: Path, given: list[str], ordered: list[str]) -> None:
    sequence = listed_sequence(touched(tmp_path, *given))
    assert list(sequence.paths) == [tmp_path / name for name in ordered]


@pytest.mark.parametrize(
    ("given", "numbers"),
    [
        (["f1.png", "f5.png"], (1, 5)),
        (["f5.png", "f1.png"], None),
        (["a/f1.png", "b/f5.png"], None),
        (["key a.png", "key b.png"], None),
    ],
)
def test_numbers_that_count_upwards(tmp_path: Path, given: list[str], numbers: tuple[int, ...] | None) -> None:
    assert listed_sequence(touched(tmp_path, *given)).numbers == numbers


def test_what_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(SequenceError, match="1 PNG and 1 JPEG"):
        listed_sequence(touched(tmp_path, "a.png", "b.jpg"))
    with pytest.raises(SequenceError, match=r"c\.png does not exist"):
        listed_sequence([*touched(tmp_path, "a.png"), tmp_path / "c.png"])
