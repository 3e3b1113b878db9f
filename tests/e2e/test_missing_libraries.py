"""Libraries that are not installed: the message names them, and the command that installs them."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.support.clips import write_clip
from tests.support.command_line import write_png

from midframe.extras import LIBRARIES

BLOCK = "import sys; sys.modules.update(dict.fromkeys({missing}))\n"
"""Runs at the start of every Python that finds it: imports of these libraries fail, as if they were not installed."""


@pytest.mark.parametrize(
    ("command", "missing", "said"),
    [
        (
            "evaluate clip.mp4",
            ("skimage", "cv2", "jinja2", "torch", "pytorch_msssim"),
            "Evaluating needs scikit-image, PyTorch, pytorch-msssim, OpenCV and Jinja2, which are not installed.",
        ),
        (
            "evaluate clip.mp4 --metrics psnr --against dis",
            ("cv2",),
            "--against dis needs OpenCV, which is",
        ),
        ("evaluate clip.mp4 --metrics ssim --no-report", ("skimage",), "Evaluating needs scikit-image, which is not"),
        (
            "evaluate --dataset ucf101 --root shots",
            ("skimage",),
            "Evaluating needs scikit-image, which is not installed.",
        ),
        ("compare a.png b.png -o x.png", ("skimage",), "Comparing needs scikit-image, which is not installed."),
        ("compare a.png b.png -o x.html", ("jinja2",), "Comparing needs Jinja2, which is not installed."),
        ("adapt clip.mp4 -o x.safetensors", ("torch", "pytorch_msssim"), "Adapting needs PyTorch and pytorch-msssim"),
        ("run clip.mp4 --adapt", ("torch",), "Adapting needs PyTorch, which is not installed."),
        ("run clip.mp4 --engine torch", ("torch",), "The engine torch needs PyTorch, which is not installed."),
        (
            "run clip.mp4 --engine onnx",
            ("onnx", "onnxruntime"),
            "onnx needs ONNX and ONNX Runtime, which are",
        ),
        ("export onnx x.onnx", ("onnx",), "Exporting needs ONNX, which is not installed."),
        ("run clip.mp4 --device cuda", ("torch",), "The device cuda needs PyTorch, which is not installed."),
        ("run clip.mp4 --engine ncnn", ("ncnn",), "The engine ncnn needs ncnn, which is not installed."),
        ("run clip.mp4 --device vulkan", ("ncnn",), "The engine ncnn needs ncnn, which is not installed."),
        ("run clip.mp4 --executor ray", ("ray",), "--executor ray needs Ray, which is not installed."),
    ],
)
def test_what_is_missing_is_named(command: str, missing: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(BLOCK.format(missing=missing))
    write_clip(tmp_path / "clip.mp4", 4)
    (tmp_path / "shots").mkdir()
    for path in ("a.png", "b.png"):
        write_png(tmp_path / path, np.zeros((48, 64, 3), np.uint8))
    paths = [str(tmp_path / "site"), *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {
        "PYTHONPATH": os.pathsep.join(paths),
        "MIDFRAME_OFFLINE": "1",
        "MIDFRAME_CACHE": "cache",
    }

    done = subprocess.run(
        [sys.executable, "-m", "midframe", *shlex.split(command)],
        cwd=tmp_path,
        env=os.environ | own,
        capture_output=True,
        text=True,
        check=False,
    )

    assert said in done.stderr
    assert f"{sys.executable} -m pip install" in done.stderr
    assert all(LIBRARIES[module][1] in done.stderr for module in missing)
    assert done.stderr.count("\n") == 1
    assert done.returncode == 2
