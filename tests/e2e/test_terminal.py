"""What a person at a terminal sees."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.clips import write_clip

pty = pytest.importorskip("pty", reason="this system has no pseudoterminals")


def on_terminal(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the program on a terminal of 80 columns; its exit code and what it wrote."""
    terminal, program_side = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "midframe", *arguments],
        cwd=folder,
        stdin=program_side,
        stdout=program_side,
        stderr=program_side,
        env=os.environ | {"COLUMNS": "80"},
    )
    os.close(program_side)
    written = b""
    # At the end of the program, reading from its terminal is an error or gives nothing, as the system has it.
    try:
        while data := os.read(terminal, 65536):
            written += data
    except OSError:
        pass
    os.close(terminal)
    return process.wait(), written.decode()


def test_a_job_in_one_glance(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", 5, sound=True)
    code, written = on_terminal(tmp_path, "clip.mp4", "--fps", "60", "--cuts", "off")
    assert code == 0
    # The first thing to read, before anything large is loaded; what comes next takes its place.
    status = "Loading RIFE 4.25 …"
    assert written.startswith(status + "\r" + " " * len(status) + "\rclip.mp4 ")
    lines = written.replace(status, "").split("\r\n")
    shown = [line.split("\r")[-1] for line in lines]
    assert shown[:5] == [
        "clip.mp4          64×48, 25 fps, 0.2 s, H.264, 1 sound track",
        "→ clip_60fps.mp4  64×48, 60 fps, 0.2 s, H.264 (CRF 18), sound copied",
        "                  9 new frames",
        "note     4 of 5 source frames fall between output frames; --fps 50 or 75 keeps",
        "         all.",
    ]
    assert shown[-2].startswith("Done in ")
    assert " s: clip_60fps.mp4 (" in shown[-2]
    assert shown[-2].endswith("), 9 frames interpolated")
    assert not shown[-1]


def test_a_wrong_name_leaves_nothing_but_the_error(tmp_path: Path) -> None:
    code, written = on_terminal(tmp_path, "run", "clip.mp4")
    assert code == 2
    *_, first, second, end = written.split("\r")
    assert first.startswith("midframe: clip.mp4 does not exist.")
    assert second == "\n'shots/*.png'."
    assert end == "\n"
