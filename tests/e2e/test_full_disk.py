"""No space for the output: a sentence, and what was finished is there."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from tests.support.clips import planes, write_clip
from tests.support.command_line import Midframe
from tests.support.partial_files import partial_file

from midframe.media.images.codecs import codec_for

if sys.platform == "win32":
    pytest.skip("there is no limit of file sizes to test with", allow_module_level=True)

import resource

LIMIT = 100_000


def limit_files() -> None:
    """Let no file of this process become larger than `LIMIT`: to a program, the same as a disk that is full."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))


def noise(number: int, height: int, width: int) -> np.ndarray:
    """More of it in later frames, so that they take more room."""
    return 0.5 + (np.random.default_rng(number).random((height, width)) - 0.5) * min(number, 20) / 20


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_video_plays_up_to_there(suffix: str, midframe: Midframe, midframe_process: Midframe, tmp_path: Path) -> None:
    source = write_clip(tmp_path / f"clip{suffix}", 60, paint=noise, size=(160, 96), sound=True)
    options = ("--codec", "h264", "--preset", "ultrafast", "--crf", "10")

    done = midframe_process(
        "run", source.name, "-x", "1", "-o", f"out{suffix}", *options, code=1, preexec_fn=limit_files
    )

    part = partial_file(tmp_path / f"out{suffix}")
    assert f"{part.name} cannot be written: File too large. The frames finished so far are kept." in done.stderr
    assert not (tmp_path / f"out{suffix}").exists()
    assert part.stat().st_size <= LIMIT
    midframe("run", part.name, "-x", "1", "-o", f"again{suffix}")
    assert 5 < len(planes(tmp_path / f"again{suffix}")) < 60


def test_images_are_there_up_to_the_one_that_did_not_fit(midframe_process: Midframe, tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mkv", 21, codec="ffv1", options={}, paint=noise, size=(240, 160))

    done = midframe_process("run", "clip.mkv", "-x", "1", "-o", "out", code=1, preexec_fn=limit_files)

    written = sorted((tmp_path / "out").glob("*.png"))
    assert f"{len(written):07d}.png could not be written: File too large. Earlier frames are kept." in done.stderr
    assert [path.name for path in written] == [f"{number:07d}.png" for number in range(len(written))]
    assert 3 < len(written) < 21
    assert all(codec_for(path).read(path).samples.shape == (160, 240, 3) for path in written)
