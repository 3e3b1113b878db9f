"""`midframe run` as users meet it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.support.command_line import Midframe

from midframe.media.images.codecs import codec_for

Clip = Callable[[int], Path]


def test_doubles_a_real_clip(clip_frames: Clip, midframe_process: Midframe, tmp_path: Path) -> None:
    source = clip_frames(4)

    done = midframe_process("run", source, "--verbose")

    results = sorted((tmp_path / "frames_2x").iterdir())
    assert [path.name for path in results] == [f"{n:07d}.png" for n in range(7)]
    for number in range(4):
        assert results[2 * number].read_bytes() == (source / f"{number:07d}.png").read_bytes()
    assert "frames_2x (7 frames), 3 frames interpolated\n" in done.stdout
    assert "7: 4 original, 3 interpolated, 0 held" in done.stdout
    assert "SHA-256 1195a2f0de8f" in done.stdout
    assert "7 frames, 0000000.png to 0000006.png; " in done.stderr
    assert "--end drop" in done.stderr


def test_json_progress_is_one_object_a_line(clip_frames: Clip, midframe_process: Midframe) -> None:
    done = midframe_process("run", clip_frames(3), "-x", "3", "--progress", "json")

    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[0]["event"] == "started"
    assert events[0]["totals"] == {"read": 3, "interpolate": 4, "write": 7}
    assert [event["done"] for event in events if event.get("stage") == "write"] == list(range(1, 8))
    summary = events[-1]
    assert summary["event"] == "finished"
    assert (summary["copied"], summary["synthesised"], summary["held"]) == (3, 4, 0)


def test_dry_run_writes_nothing(clip_frames: Clip, midframe: Midframe, tmp_path: Path) -> None:
    source = clip_frames(4)
    (source / "0000002.png").unlink()
    (source / "notes.txt").write_text("stray")

    done = midframe("run", source, "-o", "out", "--insert", "3", "--dry-run")

    assert not (tmp_path / "out").exists()
    assert "9 frames, PNG" in done.stderr
    assert "notes.txt" in done.stderr
    assert "Frame number 2 is missing." in done.stderr
    assert re.search(r"6 new frames, (about|less than) .* s on this CPU\n", done.stderr)
    assert "free" not in done.stderr


@pytest.mark.parametrize("progress", ["plain", "none"])
def test_a_note_is_told_once(progress: str, clip_frames: Clip, midframe: Midframe) -> None:
    source = clip_frames(2)
    (source / "notes.txt").write_text("stray")

    done = midframe("run", source, "-o", "out", "--progress", progress)

    assert done.stderr.count("notes.txt") == 1


def test_hold_fills_the_last_interval(clip_frames: Clip, midframe: Midframe, tmp_path: Path) -> None:
    source = clip_frames(3)

    midframe("run", source, "-o", "out", "-x", "5/2", "--end", "hold", "--name", "shot_{:03d}", "--start-number", "10")

    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == [f"shot_{n:03d}.png" for n in range(10, 18)]
    last = (source / "0000002.png").read_bytes()
    held = [path.name for path in sorted((tmp_path / "out").iterdir()) if path.read_bytes() == last]
    assert held == ["shot_015.png", "shot_016.png", "shot_017.png"]


@pytest.mark.parametrize("mode", ["recursive", "bisect"])
def test_modes_draw_other_frames_than_direct(mode: str, clip_frames: Clip, midframe: Midframe, tmp_path: Path) -> None:
    source = clip_frames(2)
    midframe("run", source, "-o", "direct", "--insert", "3")

    midframe("run", source, "-o", mode, "--insert", "3", "--mode", mode)

    codec = codec_for(Path("x.png"))

    def read(folder: str, number: int) -> np.ndarray:
        return codec.read(tmp_path / folder / f"{number:07d}.png").samples.astype(int)

    assert not np.array_equal(read(mode, 2), read("direct", 2)) or not np.array_equal(read(mode, 1), read("direct", 1))
    for number in (1, 2, 3):
        assert np.abs(read(mode, number) - read("direct", number)).mean() < 3


def test_static_pairs_are_held_and_a_small_mover_is_not(midframe: Midframe, tmp_path: Path) -> None:
    from tests.support.command_line import write_png

    source = tmp_path / "in"
    source.mkdir()
    ground = np.random.default_rng(0).integers(60, 200, (240, 320, 3), dtype=np.uint8)
    moved = ground.copy()
    moved[100:104, 50:54] = 255
    moved_on = ground.copy()
    moved_on[100:104, 56:60] = 255
    for number, samples in enumerate((ground, ground, moved, moved_on)):
        write_png(source / f"{number}.png", samples)

    done = midframe("run", source, "-o", "out")

    assert "out (7 frames), 2 frames interpolated, 1 static pair held" in done.stdout
    assert (tmp_path / "out" / "0000001.png").read_bytes() == (source / "0.png").read_bytes()


def test_overwrite_replaces_frames_and_leaves_other_files(
    clip_frames: Clip, midframe: Midframe, tmp_path: Path
) -> None:
    source = clip_frames(3)
    midframe("run", source, "-o", "out", "-x", "3")
    refused = midframe("run", source, "-o", "out", code=2)
    assert "--overwrite" in refused.stderr

    before = (tmp_path / "out" / "0000006.png").read_bytes()

    done = midframe("run", source, "-o", "out", "-x", "2", "--overwrite")

    assert len(list((tmp_path / "out").iterdir())) == 7
    assert (tmp_path / "out" / "0000006.png").read_bytes() == before
    assert "2 files in out with names like those of the frames do not belong to this job" in done.stderr


def test_version_and_help(midframe_process: Midframe) -> None:
    assert midframe_process("--version").stdout.startswith("midframe ")
    told = midframe_process("run", "--help-all", env={"COLUMNS": "200", "PATH": "/usr/bin"})
    assert "--static-threshold" in told.stdout
