"""Places that cannot be written: one sentence before anything is decoded or loaded, whichever command it is."""

from __future__ import annotations

import ctypes
import os
import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.support.clips import write_clip
from tests.support.command_line import Midframe, write_png

COMMANDS = (
    "run clip.mp4 -o closed/x.mp4",
    "run shots -o closed/x",
    "run shots -o closed/x.tif",
    "run clip.mp4 -o x.mp4 --json closed/x.json",
    "run clip.mp4 -o x.mp4 --flow-out closed/x",
    "run clip.mp4 -o closed/x.mp4 --adapt",
    "run clip.mp4 -o closed/x.mp4 --dry-run",
    "evaluate clip.mp4 -o closed/x.html",
    "evaluate closed/clip.mp4",
    "evaluate --dataset ucf101 --root shots -o closed/x.json",
    "compare clip.mp4 clip.mp4 -o closed/x.mp4",
    "compare clip.mp4 clip.mp4 -o closed/x.html",
    "compare a.png b.png -o closed/x.png",
    "sheet a.png b.png -o closed/x.png",
    "flow a.png b.png -o closed/x.png",
    "flow a.png b.png -o closed/x.flo",
    "flow a.png b.png -o x.png --mask closed/x.png",
    "adapt clip.mp4 -o closed/x.safetensors",
    "adapt clip.mp4 -o x.safetensors --sheet closed/x.png",
    "adapt clip.mp4 -o x.safetensors --json closed/x.json",
    "demo -o closed/x",
    "models pull --to closed/x",
)


@pytest.fixture(autouse=True)
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inputs, and no weights: an attempt to load a model ends with another message than the one that is expected."""
    monkeypatch.setenv("MIDFRAME_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MIDFRAME_OFFLINE", "1")
    for folder in ("shots", "closed"):
        (tmp_path / folder).mkdir()
    for path in ("clip.mp4", "closed/clip.mp4"):
        write_clip(tmp_path / path, 4)
    for path in ("a.png", "b.png", "shots/0.png", "shots/1.png"):
        write_png(tmp_path / path, np.zeros((48, 64, 3), np.uint8))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_protected_folder_is_found_before_the_work(
    command: str, midframe: Midframe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, real = tmp_path / "closed", os.access
    # File modes do not bind every user who runs the tests.
    monkeypatch.setattr(
        os, "access", lambda path, mode: not (mode & os.W_OK and Path(path).absolute() == closed) and real(path, mode)
    )
    before = set(tmp_path.rglob("*"))

    said = midframe(*shlex.split(command), code=2).stderr

    assert said.count("\n") == 1
    assert f"{closed} is write-protected. Choose another" in said
    assert set(tmp_path.rglob("*")) == before


def without_power_over_files() -> None:
    """Bind a process of root by file modes: it loses CAP_DAC_OVERRIDE (1) by PR_CAPBSET_DROP (24)."""
    ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="takes a right of root away as Linux does")
def test_a_folder_that_is_really_protected(midframe_process: Midframe, tmp_path: Path) -> None:
    (tmp_path / "closed").chmod(0o500)
    said = midframe_process(
        "compare", "a.png", "b.png", "-o", "closed/x.png", code=2, preexec_fn=without_power_over_files
    ).stderr
    assert said == f"midframe: The folder {tmp_path}/closed is write-protected. Choose another place with -o.\n"


if sys.platform != "win32":
    import resource

    def limit_files() -> None:
        """Let no file of this process become larger: to a program, the same as a disk that is full."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))

    @pytest.mark.parametrize(
        ("command", "kept"),
        [("compare clip.mp4 clip.mp4 -o x.mp4", True), ("compare a.png b.png -o x.html", False)],
    )
    def test_a_full_disk(command: str, kept: bool, midframe_process: Midframe, tmp_path: Path) -> None:
        before = set(tmp_path.rglob("*"))
        said = midframe_process(*shlex.split(command), code=1, preexec_fn=limit_files).stderr
        assert "cannot be written: File too large." in said
        assert "internal error" not in said
        left = {path.name for path in set(tmp_path.rglob("*")) - before}
        assert all(kept and ".part." in name for name in left)
