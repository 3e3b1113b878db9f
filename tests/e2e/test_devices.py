"""Several workers, from the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.command_line import Midframe
from tests.support.executors import worker_processes

pytestmark = pytest.mark.skipif(os.name == "nt", reason="several devices are not supported on Windows")

Clip = Callable[[int], Path]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_two_workers_write_what_one_writes(
    clip_frames: Clip, midframe: Midframe, midframe_process: Midframe, tmp_path: Path
) -> None:
    source = clip_frames(8)
    midframe("run", source, "-o", "one", "--device", "cpu", "--threads", "1")

    done = midframe_process("run", source, "-o", "two", "--device", "cpu,cpu", "--threads", "1", "-v")

    assert files(tmp_path / "two") == files(tmp_path / "one")
    assert "device   2 × cpu (1 thread)" in done.stdout


def test_a_part_that_is_no_device(clip_frames: Clip, midframe: Midframe, tmp_path: Path) -> None:
    done = midframe("run", clip_frames(2), "-o", "out", "--device", "cpu,gpu", code=2)
    assert "'gpu' is not a device" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_hundred_frames_with_a_worker_killed_on_the_way(
    clip_frames: Clip, midframe: Midframe, tmp_path: Path
) -> None:
    source = clip_frames(100)
    midframe("run", source, "-o", "one", "--device", "cpu", "--threads", "1")
    output = tmp_path / "two"
    command = [
        sys.executable,
        "-m",
        "midframe",
        "run",
        str(source),
        "-o",
        str(output),
        "--device",
        "cpu,cpu",
        "--threads",
        "1",
    ]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 300
        while not (output.is_dir() and len(list(output.glob("*.png"))) > 60):
            assert time.monotonic() < deadline, "the job wrote nothing"
            assert process.poll() is None, "the job ended by itself"
            time.sleep(0.02)
        workers = worker_processes(process.pid)
        assert len(workers) == 2
        workers[0].kill()
        out, errors = process.communicate(timeout=600)

    assert process.returncode == 0, errors
    assert "199 frames" in out
    assert "died and was restarted (1×)" in errors
    assert files(output) == files(tmp_path / "one")
    assert not any(worker.is_running() for worker in workers)
