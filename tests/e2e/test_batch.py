"""Several inputs, run reports, and looking before drawing, as users meet them."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.clips import times, write_clip
from tests.support.command_line import Midframe, write_png


def test_one_that_fails_does_not_stop_the_rest(midframe: Midframe, tmp_path: Path) -> None:
    for name in ("a", "c"):
        write_clip(tmp_path / f"{name}.mp4", 3)
    (tmp_path / "b.mp4").write_bytes(b"")

    done = midframe("run", "a.mp4", "b.mp4", "c.mp4", "-o", "out", "--json", "reports", code=2)

    assert "b.mp4 is empty" in done.stderr
    assert "1 of 3 inputs could not be interpolated" in done.stderr.splitlines()[-1]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a_2x.mp4", "c_2x.mp4"]
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == ["a_2x.mp4.json", "c_2x.mp4.json"]
    assert len(times(tmp_path / "out" / "c_2x.mp4")) == 6


def test_what_was_finished_before_an_interruption_stays(midframe: Midframe, tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_clip(tmp_path / f"{name}.mp4", 3)
    midframe("run", "a.mp4")
    (tmp_path / "b_2x.midframe-1b9d6bcd.part.mp4").write_bytes(b"what a killed run has left")
    before = (tmp_path / "a_2x.mp4").stat()

    done = midframe("run", ".", "--resume")

    assert "note     Ignored outputs of earlier runs: a_2x.mp4, b_2x.midframe-1b9d6bcd.part.mp4.\n" in done.stderr
    assert "1 of 2  a.mp4: a_2x.mp4 exists, and is kept.\n" in done.stderr
    assert "2 of 2  b.mp4 → b_2x.mp4  64×48, 25 → 50 fps, 2 new frames\n" in done.stderr
    assert done.stdout.count("Done in") == 1
    assert (tmp_path / "a_2x.mp4").stat().st_mtime_ns == before.st_mtime_ns
    assert "a_2x.mp4 exists. Choose" in midframe("run", ".", code=2).stderr


def test_exit_code_1_where_not_only_inputs_were_bad(midframe: Midframe, tmp_path: Path) -> None:
    write_clip(tmp_path / "a.mp4", 3)
    midframe("run", "a.mp4", "missing.mp4", "-o", "out", "--keep-free", "100%", code=1)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("one/clip.mp4", "two/clip.mp4", "-o", "out"), "Two inputs would both be written to"),
        (("one/clip.mp4", "two/clip.mp4", "-o", "out.mp4"), "must be a folder"),
        (("one/clip.mp4", "two/clip.mp4", "--name", "x_{:d}.png"), "for a single input"),
    ],
)
def test_inputs_that_do_not_go_together(arguments: tuple[str, ...], sentence: str, midframe: Midframe) -> None:
    assert sentence in midframe("run", *arguments, code=2).stderr


def test_pictures_named_one_by_one(midframe: Midframe, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    for name in ("x.png", "y.png"):
        write_png(tmp_path / name, rng.integers(0, 255, (64, 64, 3), np.uint8))
    done = midframe("run", "x.png", "y.png", "-x", "4")
    assert "3 frames interpolated" in done.stdout
    assert len(list((tmp_path / "x-y_4x").iterdir())) == 5
    held = midframe("run", "x.png", "y.png", "-o", "held", "--cuts", "hold")
    assert "nothing interpolated, 1 cut held" in held.stdout
    assert "The only pair counts as a cut and is not interpolated" in held.stderr
    assert "--cuts off" in held.stderr


def test_missing_numbers_are_filled_and_names_kept(midframe: Midframe, tmp_path: Path) -> None:
    picture = np.random.default_rng(3).integers(0, 255, (8, 12, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    (tmp_path / "in").mkdir()
    for number in (-1, 0, 3):
        write_png(tmp_path / "in" / f"f.{number:04d}.png", np.roll(picture, 2 * number, axis=1))
    midframe("run", "in", "-o", "out", "--gaps", "fill", "-x", "1", "--name", "{stem}_{:d}.png", "--json", "r.json")
    names = ["f.-001_0.png", "f.0000_0.png", "f.0000_1.png", "f.0000_2.png", "f.0003_0.png"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    assert [source["number"] for source in json.loads((tmp_path / "r.json").read_text())["sources"]] == [-1, 0, 3]


def test_cuts_are_shown_and_held(midframe: Midframe, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    scenes = [rng.integers(low, low + 80, (15, 20, 3), np.uint8).repeat(8, 0).repeat(8, 1) for low in (10, 150)]
    (tmp_path / "in").mkdir()
    for number in range(6):
        write_png(
            tmp_path / "in" / f"{number}.png", np.ascontiguousarray(scenes[number // 3][number : number + 96, :96])
        )

    looked = midframe("analyze", "in")
    assert "cuts     1, at a score of" in looked.stdout
    assert "frame 2 to 3: " in looked.stdout
    everything = json.loads(midframe("analyze", "in", "--json").stdout)
    assert [pair["verdict"] for pair in everything["pairs"]] == ["moving", "moving", "cut", "moving", "moving"]
    planned = midframe("run", "in", "-o", "out", "--dry-run")
    assert "6 frames, PNG, 8 bit, 1 scene cut" in planned.stderr
    assert "4 new frames, " in planned.stderr
    assert "frame 2 to 3: " in midframe("run", "in", "-o", "out", "--dry-run", "--verbose").stderr
    assert not (tmp_path / "out").exists()

    done = midframe("run", "in", "-o", "out", "--json", "report.json")

    assert "out (11 frames), 4 frames interpolated, 1 cut held" in done.stdout
    assert (tmp_path / "out" / "0000005.png").read_bytes() == (tmp_path / "in" / "2.png").read_bytes()
    report = json.loads((tmp_path / "report.json").read_text())
    assert [frame["origin"] for frame in report["frames"]][4:7] == ["copied", "held_cut", "copied"]


def test_reports_of_videos_tell_exact_times(midframe: Midframe, tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", 5, Fraction(24000, 1001))
    midframe("run", "clip.mp4", "--fps", "60000/1001", "--cuts", "off", "--json", "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    seconds = [Fraction(frame["seconds"]) for frame in report["frames"]]
    assert seconds == [Fraction(1001 * k, 60000) for k in range(len(seconds))]
    assert [frame["origin"] for frame in report["frames"]][5] == "copied"


def test_dedup_restores_a_clip_on_twos(midframe: Midframe, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    ground = np.random.default_rng(5).integers(60, 200, (12, 20, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    for number in range(8):
        left = 4 * (number // 2)
        write_png(tmp_path / "in" / f"{number}.png", np.ascontiguousarray(ground[:, left : left + 128]))
    done = midframe("run", "in", "-o", "out", "-x", "1", "--dedup")
    assert "out (8 frames), 3 frames interpolated (3 in place of repeated ones)" in done.stdout
    replaced = [
        (tmp_path / "out" / f"{k:07d}.png").read_bytes() != (tmp_path / "in" / f"{k}.png").read_bytes()
        for k in range(8)
    ]
    assert replaced == [False, True, False, True, False, True, False, False]
