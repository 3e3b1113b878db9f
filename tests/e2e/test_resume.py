"""Jobs that are killed, or whose disk or input lets them down, and go on. The long version is benchmarks/resume.py."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.clips import frame_hashes, times, write_clip
from tests.support.command_line import Midframe
from tests.support.kills import files, kill_after


@pytest.mark.parametrize(
    ("device", "precision"),
    [("cpu", "exact"), ("cpu", "fast"), pytest.param("cpu,cpu", "fast", marks=pytest.mark.slow)],
)
def test_a_killed_sequence_goes_on(
    device: str, precision: str, clip_frames: Callable[[int], Path], midframe: Midframe, tmp_path: Path
) -> None:
    source = clip_frames(8)
    words = ["run", source, "-x", "4", "--resume", "--device", device, "--threads", "1", "--precision", precision]
    midframe(*words, "-o", "whole")
    for written in sorted(random.Random(1).sample(range(1, 25), 2)):
        kill_after([*words, "-o", "out"], lambda: len(files(tmp_path / "out")) > written, tmp_path)  # noqa: B023
    done = midframe(*words, "-o", "out")
    assert "kept from the earlier run" in done.stdout
    assert files(tmp_path / "out") == files(tmp_path / "whole")
    again = midframe(*words, "-o", "out")
    assert "already complete" in again.stderr
    assert not again.stdout


def test_a_killed_video_goes_on(midframe: Midframe, tmp_path: Path) -> None:
    """H.265, because x264's AVX-512 code does not always make the same packets of the same pictures."""
    write_clip(tmp_path / "clip.mp4", 50, sound=True)
    words = ["run", "clip.mp4", "-x", "5", "--resume", "--threads", "1", "--codec", "h265", "--preset", "ultrafast"]
    midframe(*words, "-o", "whole.mp4")
    journal = tmp_path / ".out.mp4.midframe-journal"
    kill_after(
        [*words, "-o", "out.mp4"], lambda: journal.exists() and '"outputs": 120' in journal.read_text(), tmp_path
    )
    done = midframe(*words, "-o", "out.mp4")
    assert "Resumes after the first 120 frames" in done.stderr
    assert "120 frames kept from the earlier run" in done.stdout
    assert times(tmp_path / "out.mp4") == times(tmp_path / "whole.mp4")
    assert frame_hashes(tmp_path / "out.mp4") == frame_hashes(tmp_path / "whole.mp4")


def test_another_model_is_refused(clip_frames: Callable[[int], Path], midframe: Midframe, tmp_path: Path) -> None:
    source = clip_frames(8)
    kill_after(["run", source, "-o", "out", "-x", "8"], lambda: len(files(tmp_path / "out")) > 3, tmp_path)
    refused = midframe("run", source, "-o", "out", "-x", "8", "--resume", "--scale", "0.5", code=2)
    assert "flow scale: 1.0, now 0.5" in refused.stderr
    hint = midframe("run", source, "-o", "out", "-x", "8", code=2)
    assert "--resume continues after " in hint.stderr


@pytest.mark.slow
def test_input_that_vanishes_or_changes_meanwhile(
    clip_frames: Callable[[int], Path], midframe: Midframe, tmp_path: Path
) -> None:
    source = clip_frames(8)
    last = source / "0000007.png"
    whole = last.read_bytes()
    midframe("run", source, "-o", "whole", "-x", "4", "--threads", "1")
    kill_after(
        ["run", source, "-o", "out", "-x", "4", "--threads", "1"], lambda: len(files(tmp_path / "out")) > 3, tmp_path
    )
    changed = last.stat().st_mtime_ns
    last.write_bytes(whole[: len(whole) // 2])
    assert "is incomplete" in midframe("run", source, "-o", "out", "-x", "4", "--resume", code=2).stderr
    last.write_bytes((source / "0000006.png").read_bytes())
    assert "now" in midframe("run", source, "-o", "out", "-x", "4", "--resume", code=2).stderr
    last.write_bytes(whole)
    os.utime(last, ns=(changed, changed))
    midframe("run", source, "-o", "out", "-x", "4", "--threads", "1", "--resume")
    assert files(tmp_path / "out") == files(tmp_path / "whole")
