"""`midframe review` as its users call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support.command_line import Midframe, run_in_process, write_png
from tests.support.rows import pan


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = tmp_path / "shots"
    folder.mkdir()
    for number, picture in enumerate(pan(5, height=48, width=64)):
        write_png(folder / f"{number:04d}.png", picture)
    return folder


def test_a_table_and_what_to_do_next(midframe: Midframe, bikes: Path) -> None:
    done = midframe("review", bikes, "--start-time", "3.8", "--end-time", "4", "--top", 2, "--progress", "plain")
    lines = done.stdout.splitlines()
    assert lines[0] == f"{bikes.name}: The 2 pairs most likely to look wrong, of 4 that are interpolated."
    rows = [line for line in lines if " s   " in line]
    assert rows[0].startswith("3.840 s")
    assert "the two frames disagree in" in done.stdout
    assert lines[-1] == f"To see them, and decide: midframe review {bikes} -o review.html"
    assert "interpolate 4/4" in done.stderr
    assert all(len(line) <= 80 for line in lines[1:-1])


def test_json_and_a_page(shots: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_in_process("review", shots, "-o", tmp_path / "found.json", "--top", 1, "--progress", "none")
    document = json.loads((tmp_path / "found.json").read_text())
    assert [pair["frame"] for pair in document["pairs"]] == [0, 1, 2, 3]
    assert len(document["worst"]) == 1
    assert len(document["settings"]["model_sha256"]) == 64
    assert capsys.readouterr().out.splitlines()[-1] == f"Look at  {tmp_path / 'found.json'}"
    run_in_process("review", shots, "-o", tmp_path / "found.html", "--top", 1, "--progress", "none")
    page = (tmp_path / "found.html").read_text()
    assert page.count('type="radio"') == 7
    assert "midframe run shots --choices choices.json" in page


def test_progress_as_json_is_all_that_is_printed(shots: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_in_process("review", shots, "-o", shots.parent / "found.json", "--progress", "json")
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert events[-1] == {"event": "advanced", "stage": "interpolate", "done": 4}


def test_wrong_arguments_are_refused_before_the_work(shots: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, words in (
        ((shots, "--top", 0), "--top must be at least 1"),
        ((shots, "-o", "review.txt"), "A review is a page (.html) or JSON (.json)"),
        ((shots.parent / "none.mp4",), "none.mp4"),
        (("-",), "read only once"),
    ):
        run_in_process("review", *arguments, code=2)
        assert words in capsys.readouterr().err
