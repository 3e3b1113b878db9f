"""The command of the user's own document, letter for letter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.support.command_line import Called, Midframe, write_png

from midframe.cli import inference_img
from midframe.cli.application import guarded

ROOT = Path(__file__).parents[2]

Seed = Callable[..., "subprocess.CompletedProcess[str]"]
"""Calls the script in the seed folder: arguments, and the exit code that is expected as `code`."""


@pytest.fixture
def seed_folder(midframe: Midframe, tmp_path: Path, clip_frames: Callable[[int], Path]) -> Path:
    """A working folder as the document has it: script, checkpoint, ./data/input_frames."""
    midframe("models", "pull", "4.25", "--to", "ckpt/rifev4_25")
    (tmp_path / "ckpt/rifev4_25/IFNet_HDv3.py").write_text("raise SystemExit('code in a model folder was run')")
    (tmp_path / "data").mkdir()
    clip_frames(3).rename(tmp_path / "data/input_frames")
    return tmp_path


@pytest.fixture
def seed(called: Called, seed_folder: Path) -> Seed:
    """The script's command line, without the seconds that a new process takes."""

    def call(arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        return called(lambda: guarded(lambda: inference_img.interpolate_folder(arguments.split())), code)

    return call


@pytest.fixture
def seed_process(seed_folder: Path) -> Seed:
    """The script as the document calls it."""

    def call(arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(ROOT / "inference_img.py"), *arguments.split()]
        done = subprocess.run(command, cwd=seed_folder, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return call


def test_the_example_run(seed_folder: Path, seed_process: Seed) -> None:
    done = seed_process(
        "--model ckpt/rifev4_25 --multi 17 --img ./data/input_frames --output ./data/output_frames",
    )

    frames = sorted((seed_folder / "data/output_frames").iterdir())
    # 15 frames between each pair, and the originals: 15·(N−1) + N.
    assert [frame.name for frame in frames] == [f"{n:07d}.png" for n in range(15 * 2 + 3)]
    for number in range(3):
        original = seed_folder / f"data/input_frames/{number:07d}.png"
        assert frames[16 * number].read_bytes() == original.read_bytes()
    assert "IFNet_HDv3.py" in done.stderr


def test_default_output_uhd_and_recursive(seed_folder: Path, seed: Seed) -> None:
    seed("--model ckpt/rifev4_25 --multi 4 --img data/input_frames --UHD --recursive")

    assert len(list((seed_folder / "vid_out").iterdir())) == 2 * 2 + 3


def test_multi_2_copies(seed_folder: Path, seed: Seed) -> None:
    done = seed("--model ckpt/rifev4_25 --multi 2 --img data/input_frames")

    assert "nothing is interpolated" in done.stderr
    assert len(list((seed_folder / "vid_out").iterdir())) == 3


@pytest.mark.parametrize("multi", ["1", "0", "-3"])
def test_multi_below_2_is_an_error(multi: str, seed: Seed) -> None:
    done = seed(f"--model ckpt/rifev4_25 --multi {multi} --img data/input_frames", code=2)

    assert "--multi" in done.stderr


def test_missing_model_folder_says_how_to_get_it(seed_process: Seed) -> None:
    done = seed_process("--model ckpt/rifev4_6 --multi 3 --img data/input_frames", code=2)

    assert "midframe models pull 4.6 --to ckpt/rifev4_6" in done.stderr


def test_pictures_that_look_like_a_cut_are_interpolated(seed: Seed, seed_folder: Path) -> None:
    frames = seed_folder / "data/input_frames"
    for index, file in enumerate(sorted(frames.iterdir())):
        write_png(file, np.random.default_rng(index).integers(0, 255, (64, 64, 3), np.uint8))
    done = seed("--model ckpt/rifev4_25 --multi 3 --img ./data/input_frames --output ./data/output_frames")
    assert "2 frames interpolated\n" in done.stdout


def test_two_pictures_as_the_published_script_takes_them(seed: Seed, seed_folder: Path) -> None:
    seed(
        "--model ckpt/rifev4_25 --multi 3 --img ./data/input_frames/0000002.png ./data/input_frames/0000000.png "
        "--output ./data/output_frames"
    )
    assert len(list((seed_folder / "data/output_frames").iterdir())) == 3
