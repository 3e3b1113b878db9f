"""What a job takes its frames from."""

from __future__ import annotations

from pathlib import Path

import pytest

from midframe.atomic import temporary_path
from midframe.jobs.inputs import describe_source, videos_of_folders


def files(folder: Path, *names: str) -> list[str]:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).touch()
    return [str(folder / name) for name in names]


def test_a_folder_of_videos_stands_for_them(tmp_path: Path) -> None:
    videos = files(tmp_path / "v", "a2.mp4", "a10.mkv")
    files(tmp_path / "v", "notes.txt", ".hidden.mp4")
    assert videos_of_folders([str(tmp_path / "v")]) == (videos, [])


def test_what_midframe_has_made_is_left_out(tmp_path: Path) -> None:
    videos = files(tmp_path / "v", "a.mp4", "b_2x.mp4")
    made = files(tmp_path / "v", "a_2.5x_slow.mp4", "a_2x.mp4", "a_60fps.mp4")
    inputs, left_out = videos_of_folders([str(tmp_path / "v")])
    assert inputs == videos
    assert sorted(map(str, left_out)) == made


def test_what_an_interrupted_run_has_left_is_left_out(tmp_path: Path) -> None:
    videos = files(tmp_path / "v", "a.mp4")
    partial = temporary_path(tmp_path / "v" / "a_2x.mp4", hidden=False)
    partial.touch()
    assert videos_of_folders([str(tmp_path / "v")]) == (videos, [partial])
    assert videos_of_folders([*videos, str(partial)]) == (videos, [partial])
    assert videos_of_folders([str(partial)]) == ([str(partial)], [])


@pytest.mark.parametrize("names", [["a.png", "a.mp4"], ["notes.txt"], []])
def test_other_folders_stay(tmp_path: Path, names: list[str]) -> None:
    files(tmp_path / "v", *names)
    assert videos_of_folders([str(tmp_path / "v"), "-"]) == ([str(tmp_path / "v"), "-"], [])


def test_many_pictures_in_words() -> None:
    assert describe_source(tuple(map(Path, "abc"))) == "a, b, c"
    assert describe_source(tuple(map(Path, "abcd"))) == "4 pictures from a to d"
    assert describe_source("shots/") == "shots/"
