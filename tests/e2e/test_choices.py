"""Choices, redo and masks from the command line, with the real network."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from tests.support.clips import frame_hashes, times, write_clip
from tests.support.command_line import Midframe, write_png
from tests.support.kills import files, kill_after


def choices(folder: Path, *entries: dict[str, Any], name: str = "choices.json", **head: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps({"format": "midframe-choices", "version": 1, **head, "choices": entries}))
    return path


def test_a_sequence_is_redone(clip_frames: Callable[[int], Path], midframe: Midframe, tmp_path: Path) -> None:
    source = clip_frames(5)
    first = min(int(path.stem) for path in source.iterdir())
    midframe("run", source, "-o", "out")
    before = files(tmp_path / "out")
    better = choices(tmp_path, {"frame": first + 1, "quality": "best"}, {"frame": first + 2, "flow_scale": 0.5})
    done = midframe("run", source, "-o", "out", "--redo", better)
    after = files(tmp_path / "out")
    assert [name for name in sorted(before) if before[name] != after[name]] == ["0000003.png", "0000005.png"]
    midframe("run", source, "-o", "whole", "--choices", better)
    assert after == files(tmp_path / "whole")
    assert "2 frames interpolated" in done.stdout
    again = midframe("run", source, "-o", "out", "--redo", better)
    assert "nothing to do" in again.stderr


def test_a_video_that_is_killed_while_it_is_redone(midframe: Midframe, tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", 70, sound=True)
    words = ["run", "clip.mp4", "-o", "out.mp4", "--threads", "1"]
    midframe(*words)
    whole, shown, content = frame_hashes(tmp_path / "out.mp4"), times(tmp_path / "out.mp4"), (tmp_path / "out.mp4")
    before = content.read_bytes()
    many = choices(tmp_path, *({"time": f"{frame}/25", "quality": "best"} for frame in range(5, 65)), name="many.json")
    kill_after([*words, "--redo", many], lambda: any(tmp_path.glob("out.midframe-*.part.mp4")), tmp_path)
    assert content.read_bytes() == before
    one = choices(tmp_path, {"time": "0.8", "choice": "hold"})
    done = midframe(*words, "--redo", one)
    after = frame_hashes(tmp_path / "out.mp4")
    assert times(tmp_path / "out.mp4") == shown
    assert not any(tmp_path.glob("out.midframe-*"))
    # What the killed job may have replaced is made again, from the same pictures.
    assert 0 < len([number for number, new in enumerate(after) if new != whole[number]]) <= 60
    assert "Traceback" not in done.stderr


def test_a_mask_and_its_size(midframe: Midframe, tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mkv", 4, codec="ffv1", options={})
    mask = np.zeros((48, 64, 3), np.uint8)
    mask[:20] = 255
    write_png(tmp_path / "mask.png", mask)
    write_png(tmp_path / "small.png", mask[:40])
    done = midframe("run", "clip.mkv", "-o", "out.mkv", "--mask", "mask.png")
    assert (tmp_path / "out.mkv").exists()
    assert "Traceback" not in done.stderr
    refused = midframe("run", "clip.mkv", "-o", "other.mkv", "--mask", "small.png", code=2)
    assert "small.png is 64×40, and the frames are 64×48" in refused.stderr


def test_wrong_choices_are_one_sentence(midframe: Midframe, tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", 4)
    wrong = choices(tmp_path, {"time": 0, "choice": "skip"})
    refused = midframe("run", "clip.mp4", "--choices", wrong, code=2)
    assert "Entry 1 (time 0): `choice` must be interpolate, hold, blend or cut, not 'skip'." in refused.stderr
    other = choices(tmp_path, {"time": 0, "choice": "hold"}, input={"name": "film.mp4", "width": 64, "height": 48})
    refused = midframe("run", "clip.mp4", "--choices", other, code=2)
    assert "are for film.mp4 (64×48), and the input is clip.mp4 (64×48, 4 frames)" in refused.stderr
    refused = midframe("run", "clip.mp4", "--redo", choices(tmp_path, {"time": 0, "choice": "hold"}), code=2)
    assert "There is no clip_2x.mp4 to redo. Make it with --choices first." in refused.stderr
