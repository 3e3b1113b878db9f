"""Running midframe as its users do: by its command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.support.command_line import Called, Midframe, run_in_process, write_png

from midframe.media.video import read_rgb_frames


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Called:
    """Call something that returns an exit code, in an empty folder."""

    def call(command: Callable[[], int], code: int) -> subprocess.CompletedProcess[str]:
        capfd.readouterr()
        with monkeypatch.context() as here:
            here.chdir(tmp_path)
            got = command()
        out, errors = capfd.readouterr()
        assert got == code, f"exit code {got}, not {code}:\n{out}\n{errors}"
        assert "Traceback" not in errors
        return subprocess.CompletedProcess((), got, out, errors)

    return call


@pytest.fixture
def midframe(called: Called) -> Midframe:
    """Call the command line with arguments, in an empty folder, without the seconds that a new process takes."""

    def call(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        return called(lambda: run_in_process(*arguments, code=None), code)

    return call


@pytest.fixture
def midframe_process(tmp_path: Path) -> Midframe:
    """The same in a process of its own, for what only a process shows; takes options of `subprocess.run`."""

    def call(*arguments: object, code: int = 0, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "midframe", *map(str, arguments)]
        options.setdefault("cwd", tmp_path)
        done: subprocess.CompletedProcess[str] = subprocess.run(
            command, capture_output=True, text=True, check=False, **options
        )  # type: ignore[call-overload]
        assert done.returncode == code, f"exit code {done.returncode}, not {code}:\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done

    return call


@pytest.fixture
def clip_frames(bikes: Path, tmp_path: Path) -> Callable[[int], Path]:
    """A folder with the first frames of a real clip, shrunk for speed."""

    def make(count: int) -> Path:
        folder = tmp_path / "frames"
        folder.mkdir()
        for number, samples in enumerate(read_rgb_frames(bikes)):
            if number == count:
                break
            write_png(folder / f"{number:07d}.png", np.ascontiguousarray(samples[::2, ::2]))
        return folder

    return make
