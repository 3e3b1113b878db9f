"""`midframe compare` on real clips, and its page in a real browser."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tests.support.clips import times
from tests.support.command_line import Midframe, run_in_process

from midframe.media.video import read_rgb_frames


@pytest.fixture
def interpolated(bikes: Path, tmp_path: Path) -> Path:
    """The beginning of a real clip at twice its rate."""
    run_in_process("run", bikes, "--end-time", "0.2", "-o", tmp_path / "twice.mp4", "--progress", "none")
    return tmp_path / "twice.mp4"


def test_a_clip_beside_itself_at_twice_the_rate(bikes: Path, interpolated: Path, midframe: Midframe) -> None:
    done = midframe("compare", bikes, interpolated, "-o", "both.mp4", "--view", "split")
    place = interpolated.parent / "both.mp4"
    assert times(place) == [Fraction(number, 50) for number in range(10)]
    assert next(read_rgb_frames(place)).shape == (272, 640, 3)
    assert "5 of 10 frames can be compared directly, in 0.200 s" in done.stdout
    assert f"{bikes.name} is 9.800 s longer" in done.stderr
    # Originals are compressed once more, at a quality of 18.
    found = re.search(r"PSNR +mean ([0-9.]+) dB over 5 frames", done.stdout)
    assert found
    assert float(found.group(1)) > 40


@pytest.mark.xdist_group("browser")
def test_the_page_works_in_a_browser(bikes: Path, interpolated: Path, tmp_path: Path) -> None:
    pytest.importorskip("jinja2")
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("chromium is not installed")
    page = tmp_path / "page.html"
    run_in_process("compare", bikes, interpolated, "-o", page, "--moments", "2", "--progress", "none")
    words = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--enable-logging=stderr",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    done = subprocess.run(
        [*words, "--dump-dom", page.as_uri()], capture_output=True, text=True, check=True, timeout=120
    )
    # Only the script sets these, and it runs only if the page allows it.
    assert done.stdout.count("layer is-key is-left") == 2
    assert done.stdout.count("layer is-key is-right") == 2
    assert 'aria-valuetext="50% ' in done.stdout
    assert not re.search(r"CONSOLE.*(Refused|Error|violates)", done.stderr)


def test_pictures(clip_frames: Callable[[int], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = clip_frames(2)
    both = folder / "0000000.png", folder / "0000001.png"
    run_in_process("compare", *both, "-o", tmp_path / "d.png", "--view", "difference", "--gain", "1")
    pictures = [np.asarray(Image.open(path), np.int16) for path in (*both, tmp_path / "d.png")]
    below = slice(30, None)
    assert np.abs(np.abs(pictures[0] - pictures[1])[below] - pictures[2][below]).max() <= 1
    assert "PSNR" in capsys.readouterr().out
    run_in_process("compare", *both, "-o", tmp_path / "d.png", code=2)
    assert "--overwrite" in capsys.readouterr().err


def test_one_sentence_for_what_cannot_be_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_in_process("compare", tmp_path / "a.mp4", tmp_path / "b.mp4", "-o", tmp_path / "out.mp4", code=2)
    assert capsys.readouterr().err.count("\n") == 1
