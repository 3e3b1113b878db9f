"""Standard streams that are closed, full or gone, and an interrupt while the program starts."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from tests.support.command_line import write_png

COMMAND = f"{shlex.quote(sys.executable)} -m midframe"
COPY = f"{COMMAND} run in -o out --insert 0 --threads 1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    for number in range(3):
        write_png(tmp_path / f"in/{number}.png", np.full((48, 64, 3), 80 * number, np.uint8))
    return tmp_path


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("redirected", "code", "said"),
    [
        (">&-", 0, "no error"),
        ("2>&-", 0, "3 frames"),
        ("<&- >&- 2>&-", 0, "nothing"),
        ("2>/dev/full", 0, "3 frames"),
        (">/dev/full", 1, "standard output could not be written: No space left on device"),
        ("--progress json >/dev/full", 1, "standard output could not be written: No space left on device"),
        (">/dev/full 2>/dev/full", 1, "nothing"),
        ("--progress plain 2>&1 | true; exit ${PIPESTATUS[0]}", 1, "nothing"),
    ],
)
def test_the_frames_are_written_whatever_the_streams_are(folder: Path, redirected: str, code: int, said: str) -> None:
    done = shell(f"{COPY} {redirected}", folder)
    said_all = done.stdout + done.stderr
    assert done.returncode == code, said_all
    assert len(list((folder / "out").iterdir())) == 3
    assert "internal error" not in said_all
    assert "Traceback" not in said_all
    assert {"no error": "midframe:" not in said_all, "nothing": not said_all}.get(said, said in said_all)


def test_frames_need_an_output_to_go_to(folder: Path) -> None:
    done = shell(f"{COMMAND} run in -o - --insert 0 >&-", folder)
    assert done.returncode == 2
    assert "Standard output is closed" in done.stderr


def test_the_summary_of_a_pipe_goes_to_the_error_stream(folder: Path) -> None:
    done = shell(f"{COMMAND} run in -o - --insert 0 --source-fps 24 >frames.y4m", folder)
    assert done.returncode == 0
    assert "3 frames sent, nothing interpolated" in done.stderr
    assert (folder / "frames.y4m").read_bytes().startswith(b"YUV4MPEG2")


def test_libraries_are_silent_unless_asked(folder: Path) -> None:
    """The error stream of C libraries, Python's warnings and loggers."""
    program = (
        "import os, sys, warnings, logging; sys.argv = sys.argv[:1] + sys.argv[2:]; "
        "from midframe.cli import application as a; "
        "a.exit_with(lambda: (os.write(2, b'libpng warning'), warnings.warn('w'), "
        "logging.getLogger('tifffile').warning('t'), logging.getLogger('midframe.x').warning('ours\\x1b'), "
        "a.print_lines('said', err=True)))"
    )
    quiet = subprocess.run([sys.executable, "-c", program, "-"], capture_output=True, text=True, check=True)
    assert quiet.stderr == "ours\\x1b\nsaid\n"
    loud = subprocess.run([sys.executable, "-c", program, "-", "--debug"], capture_output=True, text=True, check=True)
    assert "libpng warning" in loud.stderr
    assert "UserWarning: w" in loud.stderr


def test_an_interrupt_while_the_program_starts(folder: Path) -> None:
    """From the moment at which Python has started and this program is given control."""
    program = "from midframe.cli import main; import sys; sys.stderr.write('begun\\n'); sys.stderr.flush(); main()"
    for delay in (0.0, 0.2, 0.6, 1.2):
        with subprocess.Popen(
            [sys.executable, "-c", program, "run", "in", "-o", f"out{delay}"],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as job:
            assert job.stderr is not None
            assert job.stderr.readline() == "begun\n"
            time.sleep(0.02 + delay)
            job.send_signal(signal.SIGINT)
            out, errors = job.communicate(timeout=60)
        # The signal itself ends the process while Python is on its way out, which is the same to a shell.
        assert job.returncode in (0, 130, -signal.SIGINT), errors
        assert "Traceback" not in out + errors
