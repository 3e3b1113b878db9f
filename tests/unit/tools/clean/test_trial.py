from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tools.clean.inputs import count_frames, picture, read_pictures, write_clip, write_pictures
from tools.clean.trial import DEMO_FRAMES, demo_problems, device_of, package_files


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """A result of ``midframe demo``, but small."""
    folder = tmp_path / "demo"
    write_pictures(folder / "frames", 1)
    first = folder / "frames" / "0000.png"
    for index in range(1, DEMO_FRAMES):
        shutil.copy(first, folder / "frames" / f"{index:04}.png")
    write_clip(folder / "slow-motion.mp4", DEMO_FRAMES)
    shutil.copy(folder / "slow-motion.mp4", folder / "before-after.mp4")
    shutil.copy(first, folder / "contact-sheet.png")
    (folder / "index.html").touch()
    return folder


def test_inputs(tmp_path: Path) -> None:
    write_clip(tmp_path / "clip.mp4", 3)
    assert count_frames(tmp_path / "clip.mp4") == 3
    write_pictures(tmp_path / "pictures", 2)
    pictures = read_pictures(tmp_path / "pictures")
    assert [(each.shape, each.dtype.name) for each in pictures] == [((48, 64, 3), "uint16")] * 2
    assert (pictures[1] == picture(1)).all()


def test_a_whole_demo(demo: Path) -> None:
    assert demo_problems(demo) == []


@pytest.mark.parametrize(
    ("missing", "problem"),
    [
        ("frames/0096.png", "There are 96 frames instead of 97."),
        ("slow-motion.mp4", "slow-motion.mp4 is not there, or has less than 97 frames."),
        ("contact-sheet.png", "contact-sheet.png is not there, or of one colour."),
        ("index.html", "index.html is not there."),
    ],
)
def test_what_a_demo_lacks(demo: Path, missing: str, problem: str) -> None:
    (demo / missing).unlink()
    assert demo_problems(demo) == [problem]


@pytest.mark.parametrize(
    ("events", "device"),
    [
        ('clip.mp4\n{"event": "started"}\n{"event": "finished", "device": "cpu, avx2 kernels"}\n', "cpu, avx2 kernels"),
        ('{"event": "started"}\n', ""),
        ("Done\n", ""),
    ],
)
def test_device(events: str, device: str) -> None:
    assert device_of(events) == device


def test_package_files(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "site-packages"
    for name in ("midframe/__init__.py", "midframe/__pycache__/x.pyc", "midframe-1.dist-info/RECORD", "av/__init__.py"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).touch()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "midframe").touch()
    assert package_files(tmp_path, "midframe") == {
        "bin/midframe",
        "lib/site-packages/midframe/__init__.py",
        "lib/site-packages/midframe-1.dist-info/RECORD",
    }
