"""The examples run as they are, with the real network, and use public names alone."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from PIL import Image
from tests.support.clips import write_clip

import midframe

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.py"))


def run(example: str, *arguments: object) -> str:
    (script,) = (path for path in EXAMPLES if path.name == example)
    done = subprocess.run(
        [sys.executable, script, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_only_public_names_are_used(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [module for module in imported if module and module.startswith("midframe")]
    used = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "midframe"
    }
    assert used <= set(midframe.__all__)


class TestVideoJob:
    def test_it_is_short(self) -> None:
        (script,) = (path for path in EXAMPLES if path.name == "video_job.py")
        assert len(script.read_text(encoding="utf-8").splitlines()) < 40

    def test_it_plans_previews_and_runs(self, tmp_path: Path) -> None:
        clip = write_clip(tmp_path / "in.mkv", 6, codec="ffv1", options={})
        printed = run("video_job.py", clip, tmp_path / "out.mkv")
        assert "JobPlan(sources=6" in printed
        assert "<FramePreview: a frame, synthesised, at 1/2 between source frames 1 and 2, 64×48>" in printed
        assert "12 frames written" in printed
        assert "preview of frame" in printed
        assert "JobSummary(output=" in printed
        assert (tmp_path / "out.mkv").stat().st_size > 0

    def test_it_cancels_from_another_thread(self, tmp_path: Path) -> None:
        clip = write_clip(tmp_path / "in.mkv", 600, codec="ffv1", options={}, size=(320, 240))
        printed = run("video_job.py", clip, tmp_path / "out.mkv", 0.5)
        assert re.search(r"Stopped\. The frames finished so far are in .*out.*", printed)
        assert not (tmp_path / "out.mkv").exists()


def test_frames_in_memory(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "in.mkv", 4, codec="ffv1", options={})
    printed = run("frames_in_memory.py", clip, tmp_path / "out.webp", "5/2")
    assert printed.endswith("8 of 8 frames\n")
    with Image.open(tmp_path / "out.webp") as written:
        assert getattr(written, "n_frames", 1) == 8
        assert written.size == (64, 48)


needs_diffusers = pytest.mark.skipif(
    find_spec("diffusers") is None, reason="diffusers needs Python 3.11; the extra dev has it there"
)


@needs_diffusers
def test_diffusers_clip_says_how_it_is_used() -> None:
    script = EXAMPLES[0].with_name("diffusers_clip.py")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (1, "usage: python diffusers_clip.py OUTPUT.mp4\n")


@needs_diffusers
def test_diffusers_clip(tmp_path: Path) -> None:
    printed = run("diffusers_clip.py", tmp_path / "out.mp4")
    assert printed.splitlines() == [
        "pil: list of 9 frames, now 14",
        "np: ndarray of 9 frames, now 14",
        "pt: Tensor of 9 frames, now 14",
        f"14 frames in {tmp_path / 'out.mp4'}",
    ]
    frames = list(midframe.read_frames(tmp_path / "out.mp4"))
    assert [frame.shape for frame in frames] == [(48, 64, 3)] * 14
