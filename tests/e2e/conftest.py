"""Running midframe as its users do: as a process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.e2e.support import Midframe, write_png

from midframe.media.video import read_rgb_frames


@pytest.fixture
def midframe(tmp_path: Path) -> Midframe:
    """Call the command line with arguments, in an empty folder."""

    def call(*arguments: object, code: int = 0, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "midframe", *map(str, arguments)]
        options.setdefault("cwd", tmp_path)
        done = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
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
