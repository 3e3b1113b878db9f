"""Which files of a folder are a sequence, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from midframe.errors import SequenceError
from midframe.media.images.sequence import ImageSequence, discover, discover_paths


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = tmp_path / "shots"
    folder.mkdir()
    return folder


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).touch()


def names(sequence: ImageSequence) -> list[str]:
    return [path.name for path in sequence.paths]


@pytest.mark.parametrize(
    "ordered",
    [
        ["7.png", "8.png", "9.png", "10.png", "11.png"],
        ["frame_0009.jpeg", "frame_0010.jpeg", "frame_0100.jpeg"],
        ["a.b.0003.tiff", "a.b.0004.tiff", "a.b.0010.tiff"],
        ["1.png", "2.PNG", "3.Png"],
        ["1.jpg", "2.jpeg", "3.JPG", "10.jpeg"],
        ["f1_v2.png", "f2_v2.png", "f10_v2.png"],
        ["alpha.png", "beta.png", "gamma.png"],
        ["2024-01-01_9-59-58.png", "2024-01-01_9-59-59.png", "2024-01-01_10-00-00.png"],
        ["bild 1 (größe).png", "bild 2 (größe).png", "bild 11 (größe).png"],
        ["-3.exr", "-2.exr", "-1.exr"],
        ["f.-0010.exr", "f.-0009.exr", "f.0000.exr", "f.0001.exr"],
        ["f_-002.png", "f_-001.png", "f_0000.png", "f_0001.png"],
        ["shot-1.png", "shot-2.png", "shot-3.png"],
        ["shot - 1.png", "shot - 2.png", "shot - 11.png"],
        ["f -1.png", "f 0.png", "f 1.png"],
        ["img  1.png", "img  9.png", "img 10.png", "img100.png"],
        ["img.png", "img (2).png", "img (3).png"],
        ["img (1).png", "img (2).png", "img (10).png"],
        ["take 2.png", "take 2 (1).png", "take 2 (2).png"],
        ["out.png", "out_1.png", "out_2.png"],
        ["1_0001.png", "1_0002.png", "2_0003.png", "2_0004.png"],
        ["00-58.png", "00-59.png", "01-58.png", "01-59.png"],
        ["20240101T100001.png", "20240101T100002.png", "20240102T100001.png"],
        ["10h58m01.png", "10h59m01.png", "11h00m01.png"],
    ],
    ids=lambda ordered: ordered[0],
)
def test_natural_order(shots: Path, ordered: list[str]) -> None:
    touch(shots, *sorted(ordered, reverse=True))
    sequence = discover(shots)
    assert names(sequence) == ordered
    assert sequence.strays == ()
    assert sequence.suffix == Path(ordered[0]).suffix.lower()


def test_what_is_no_frame_is_a_stray(shots: Path) -> None:
    touch(shots, "1.png", "2.png", "._1.png", ".DS_Store", "1.png.bak", "notes.txt", "poster.png", "Thumbs.db")
    (shots / "3.png").mkdir()
    (shots / "old").mkdir()
    sequence = discover(shots)
    assert names(sequence) == ["1.png", "2.png"]
    assert {path.name for path in sequence.strays} == {
        "._1.png",
        ".DS_Store",
        "1.png.bak",
        "notes.txt",
        "poster.png",
        "Thumbs.db",
    }


@pytest.mark.parametrize(
    ("present", "gaps"),
    [
        (["1.png", "2.png", "3.png"], ()),
        (["1.png", "2.png", "5.png", "6.png", "8.png"], ((3, 4), (7, 7))),
        (["f0010_v2.png", "f0011_v2.png", "f0014_v2.png"], ((12, 13),)),
        (["0.png", "10.png", "20.png"], ()),
        (["1.png", "9.png"], ((2, 8),)),
        (["0.png", "10.png", "20.png", "40.png"], ((30, 30),)),
        (["-2.png", "-1.png", "1.png", "2.png"], ((0, 0),)),
        (["10-59.png", "11-00.png", "11-01.png"], ()),
        (["a.png", "b.png"], ()),
    ],
)
def test_gaps(shots: Path, present: list[str], gaps: tuple[tuple[int, int], ...]) -> None:
    touch(shots, *present)
    assert discover(shots).gaps == gaps


def test_mixed_formats_are_counted_and_a_glob_helps(shots: Path) -> None:
    touch(shots, *(f"{number}.png" for number in range(12)), *(f"{number}.jpg" for number in range(2)), "2.jpeg")
    with pytest.raises(SequenceError, match="12 PNG and 3 JPEG files") as caught:
        discover(shots)
    assert "'" in str(caught.value)
    assert len(discover(f"{shots}/*.png").paths) == 12


def test_two_sequences_in_one_folder(shots: Path) -> None:
    touch(shots, "color_0001.png", "color_0002.png", "depth_0001.png", "depth_0002.png")
    with pytest.raises(SequenceError, match=r"color_0001\.png and depth_0001\.png") as caught:
        discover(shots)
    assert "color_*.png" in str(caught.value)
    assert names(discover(shots / "depth_*.png")) == ["depth_0001.png", "depth_0002.png"]


@pytest.mark.parametrize(
    ("first", "second", "pattern"),
    [("shot_v1_{}", "shot_v2_{}", "shot_v1_*.png"), ("cam1.{}", "cam2.{}", "cam1.*.png"), ("1_{}", "2_{}", "1_*.png")],
)
def test_two_versions_in_one_folder(shots: Path, first: str, second: str, pattern: str) -> None:
    touch(shots, *(f"{name.format(f'{number:04d}')}.png" for name in (first, second) for number in (1, 2, 3)))
    with pytest.raises(SequenceError, match="more than one sequence") as caught:
        discover(shots)
    assert f"'{shots / pattern}'" in str(caught.value)
    assert len(discover(shots / pattern).paths) == 3


@pytest.mark.parametrize(("one", "other"), [("1.png", "01.png"), ("1.jpg", "1.jpeg"), ("a_001.png", "a_1.png")])
def test_equal_numbers_are_an_error(shots: Path, one: str, other: str) -> None:
    touch(shots, one, other, f"a_2{Path(one).suffix}" if one.startswith("a") else f"2{Path(one).suffix}")
    with pytest.raises(SequenceError, match="same frame number"):
        discover(shots)


def test_printf_patterns(shots: Path) -> None:
    touch(shots, "shot_0009.png", "shot_0010.png", "shot_0012.png", "shot_13.png", "depth_0009.png", "shot_0001.jpg")
    sequence = discover(f"{shots}/shot_%04d.png")
    assert names(sequence) == ["shot_0009.png", "shot_0010.png", "shot_0012.png"]
    assert sequence.gaps == ((11, 11),)
    touch(shots, "100%_1.png", "100%_2.png")
    assert names(discover(f"{shots}/100%%_%d.png")) == ["100%_1.png", "100%_2.png"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a.####.png", ["a.0001.png", "a.0002.png", "a.0010.png", "a.12345.png"]),
        ("a.@@@@.png", ["a.0001.png", "a.0002.png", "a.0010.png", "a.12345.png"]),
        ("a.$F4.png", ["a.0001.png", "a.0002.png", "a.0010.png", "a.12345.png"]),
        ("a.#####.png", ["a.12345.png"]),
        ("a.#.png", ["a.0001.png", "a.0002.png", "a.0010.png", "a.12345.png"]),
        ("a.$F.png", ["a.0001.png", "a.0002.png", "a.0010.png", "a.12345.png"]),
        ("[b] #1 %02d.png", ["[b] #1 01.png", "[b] #1 02.png"]),
        ("[[]b] #1*.png", ["[b] #1 01.png", "[b] #1 02.png"]),
    ],
)
def test_patterns_of_other_programs(shots: Path, pattern: str, found: list[str]) -> None:
    touch(
        shots, "a.0001.png", "a.0002.png", "a.0010.png", "a.12345.png", "b.0001.png", "[b] #1 01.png", "[b] #1 02.png"
    )
    assert names(discover(shots / pattern)) == found


def test_a_folder_with_magic_in_its_name_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "shots [1] %d*"
    folder.mkdir()
    touch(folder, "1.png", "2.png", "3.jpg")
    assert names(discover(folder / "*.png")) == ["1.png", "2.png"]
    assert names(discover(folder / "?.[pP]ng")) == ["1.png", "2.png"]
    (folder / "3.jpg").unlink()
    assert names(discover(folder)) == ["1.png", "2.png"]


def test_a_glob_over_folders_must_end_in_one(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        touch(tmp_path / name, "1.png", "2.png")
    assert len(discover(tmp_path / "[a]" / "*.png").paths) == 2
    with pytest.raises(SequenceError, match="are in 2 folders"):
        discover(tmp_path / "*" / "*.png")


def test_lists_are_put_in_order(shots: Path) -> None:
    assert names(discover_paths([shots / "10.png", shots / "9.png", shots / "9.png"])) == ["9.png", "10.png"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("missing", "missing does not exist"),
        ("missing/%04d.png", "missing does not exist"),
        ("shots/nothing_*.png", r"no images in the pattern .*nothing_\*\.png"),
        ("shots/nothing_%04d.png", r"No file in .*shots matches the pattern nothing_%04d\.png"),
    ],
)
def test_nothing_found_says_what_was_looked_for(shots: Path, pattern: str, message: str) -> None:
    touch(shots, "1.png")
    with pytest.raises(SequenceError, match=message):
        discover(shots.parent / pattern)


def test_empty_and_unsupported_folders(shots: Path) -> None:
    touch(shots, ".DS_Store")
    with pytest.raises(SequenceError, match="no images in the folder"):
        discover(shots)
    touch(shots, "1.mp4", "2.xcf", "3.xcf", "README")
    with pytest.raises(SequenceError, match=r"only 2 × \.xcf, .*Supported are \.png"):
        discover(shots)
