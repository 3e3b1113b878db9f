"""Stopping a job in the middle."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from midframe.media.images.codecs import codec_for


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_only_whole_frames_are_left(how: signal.Signals, clip_frames: Callable[[int], Path], tmp_path: Path) -> None:
    source = clip_frames(20)
    output = tmp_path / "out"
    command = [sys.executable, "-m", "midframe", "run", str(source), "-o", str(output), "--insert", "15"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 300
        while not (output.is_dir() and len(list(output.glob("*.png"))) > 5):
            assert time.monotonic() < deadline, "the job wrote nothing"
            assert process.poll() is None, "the job ended by itself"
            time.sleep(0.05)
        process.send_signal(how)
        _, errors = process.communicate(timeout=300)

    assert process.returncode == 130
    assert "Stopped" in errors
    assert "Traceback" not in errors
    frames = sorted(output.glob("*.png"))
    assert [frame.name for frame in frames] == [f"{n:07d}.png" for n in range(len(frames))]
    codec = codec_for(frames[0])
    assert {codec.read(frame).format for frame in frames} == {codec.read(source / "0000000.png").format}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_evaluation_says_that_it_was_stopped(
    how: signal.Signals, clip_frames: Callable[[int], Path], tmp_path: Path
) -> None:
    words = ["evaluate", str(clip_frames(40)), "-o", str(tmp_path / "report.html"), "--progress", "json"]
    command = [sys.executable, "-m", "midframe", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(how)
        _, errors = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "Stopped. Nothing was written." in errors
    assert "Traceback" not in errors
    assert not list(tmp_path.glob("report*"))
