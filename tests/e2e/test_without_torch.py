"""Jobs on the CPU must not load torch, in any of their processes: here, importing it fails."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from midframe.engines.cpu.kernels.library import load_kernels

Clip = Callable[[int], Path]

pytestmark = pytest.mark.skipif(load_kernels() is None, reason="without the CPU kernels, torch is needed")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """One in which something that cannot be imported is in the place of torch."""
    folder = tmp_path / "stand_in"
    folder.mkdir()
    (folder / "torch.py").write_text("raise ImportError('torch was imported')\n")
    paths = [str(folder), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


def run(arguments: Sequence[object], environment: dict[str, str], code: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "midframe", *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == code, done.stderr
    return done


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--quality", "best"],
        ["--quality", "fast", "--scale", "2"],
        ["--precision", "fast"],
        ["--model", "4.0", "--ensemble"],
        ["--mode", "recursive", "-x", "4"],
        ["--device", "cpu,cpu"],
        pytest.param(["--executor", "ray", "--ray-address", "local"], marks=pytest.mark.xdist_group("ray")),
    ],
    ids=" ".join,
)
def test_a_job(clip_frames: Clip, tmp_path: Path, environment: dict[str, str], options: list[str]) -> None:
    if "ray" in options:
        pytest.importorskip("ray")
    output = tmp_path / "out"
    run(["run", clip_frames(3), "-o", output, "--threads", "1", *options], environment)
    assert len(list(output.glob("*.png"))) == (9 if "recursive" in options else 5)


def test_what_needs_it_says_so(clip_frames: Clip, tmp_path: Path, environment: dict[str, str]) -> None:
    done = run(["run", clip_frames(2), "-o", tmp_path / "out", "--engine", "torch"], environment, code=1)
    assert "torch was imported" in done.stderr


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["run", "--help"], ["models", "list"]])
def test_what_computes_nothing(environment: dict[str, str], arguments: list[str]) -> None:
    run(arguments, environment)


def test_a_torch_that_cannot_be_loaded_is_named_among_the_engines(environment: dict[str, str]) -> None:
    words = " ".join(run(["devices"], environment).stdout.split())
    assert "torch not usable. The engine torch cannot be loaded: torch was imported." in words
    assert "By default, cpu with the engine cpu is used." in words
    assert "PyTorch is installed, but cannot be loaded. Install it again" in words


@pytest.mark.parametrize("arguments", [["run", "nowhere"], ["run", "x", "--quality", "good"], ["run", "--nonsense"]])
def test_refusals(environment: dict[str, str], arguments: list[str]) -> None:
    run(arguments, environment, code=2)
