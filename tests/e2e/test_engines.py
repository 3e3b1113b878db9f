"""The same job with and without the CPU kernels: users of either see the same pictures."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.support.command_line import Midframe

from midframe.engines.cpu.kernels.library import load_kernels
from midframe.media.images.codecs import codec_for


def test_without_kernels_the_result_is_the_same(
    clip_frames: Callable[[int], Path], midframe: Midframe, midframe_process: Midframe, tmp_path: Path
) -> None:
    source = clip_frames(3)
    midframe("run", source, "-o", "with", "-x", "3")

    done = midframe_process(
        "run", source, "-o", "without", "-x", "3", "-v", env=os.environ | {"MIDFRAME_KERNELS": "off"}
    )

    assert "kernels" not in done.stdout
    codec = codec_for(Path("x.png"))
    for path in sorted((tmp_path / "with").iterdir()):
        fast = codec.read(path).samples.astype(int)
        plain = codec.read(tmp_path / "without" / path.name).samples.astype(int)
        assert np.abs(fast - plain).max() <= 1


def test_the_kernels_are_built_where_there_is_a_compiler(
    clip_frames: Callable[[int], Path], midframe: Midframe
) -> None:
    if load_kernels() is None:
        pytest.skip("this installation has no kernels")
    done = midframe("run", clip_frames(2), "-o", "out", "--threads", "1", "-v")
    assert "cpu (1 thread" in done.stdout
    assert "kernels" in done.stdout


def test_the_engine_that_is_named_is_used(clip_frames: Callable[[int], Path], midframe: Midframe) -> None:
    source = clip_frames(2)
    torch = midframe("run", source, "-o", "torch", "--engine", "torch", "-v")
    assert "device   cpu (" in torch.stdout
    assert "kernels" not in torch.stdout
    if load_kernels() is not None:
        assert "kernels" in midframe("run", source, "-o", "cpu", "--engine", "cpu", "-v").stdout


def test_an_engine_that_cannot_be_used_is_refused(
    clip_frames: Callable[[int], Path], midframe_process: Midframe, tmp_path: Path
) -> None:
    environment = os.environ | {"MIDFRAME_KERNELS": "off"}
    done = midframe_process("run", clip_frames(2), "-o", "out", "--engine", "cpu", code=2, env=environment)
    assert done.stderr.endswith("which MIDFRAME_KERNELS=off disables: use --engine torch.\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("provider", "library"), [("auto", "onnxruntime"), ("openvino", "openvino")])
def test_a_job_by_onnx_gives_the_same(
    clip_frames: Callable[[int], Path], midframe: Midframe, tmp_path: Path, provider: str, library: str
) -> None:
    for name in ("onnx", "onnxruntime", library):
        pytest.importorskip(name)
    source = clip_frames(3)
    midframe("run", source, "-o", "exact")
    done = midframe("run", source, "-o", "made", "--engine", "onnx", "--provider", provider, "-v")
    assert ("OpenVINO" if library == "openvino" else "ONNX Runtime") in done.stdout
    codec = codec_for(Path("x.png"))
    paths = sorted((tmp_path / "exact").iterdir())
    assert len(paths) == 5
    for path in paths:
        exact = codec.read(path).samples.astype(int)
        assert np.abs(codec.read(tmp_path / "made" / path.name).samples.astype(int) - exact).max() <= 1


def test_a_provider_that_is_not_installed_is_refused(
    clip_frames: Callable[[int], Path], midframe: Midframe, tmp_path: Path
) -> None:
    for name in ("onnx", "onnxruntime"):
        pytest.importorskip(name)
    source = clip_frames(2)
    done = midframe("run", source, "-o", "out", "--engine", "onnx", "--provider", "migraphx", code=2)
    assert "The provider migraphx is not installed (installed: cpu" in done.stderr
    assert "pip uninstall -y onnxruntime" in done.stderr
    assert "pip install onnxruntime-migraphx" in done.stderr
    assert not (tmp_path / "out").exists()
    done = midframe("run", source, "-o", "out", "--provider", "cpu", code=2)
    assert "--provider is for the engine onnx: use --engine onnx with it." in done.stderr


def test_a_file_for_other_programs(midframe: Midframe, tmp_path: Path) -> None:
    for name in ("onnx", "onnxruntime"):
        pytest.importorskip(name)
    done = midframe("export", "onnx", "rife.onnx", "--height", "48", "--width", "64")
    assert done.stdout.startswith("rife.onnx\nChecked with onnxruntime on made-up frames")
    assert "largest difference from midframe " in done.stdout
    assert "--overwrite" in midframe("export", "onnx", "rife.onnx", code=2).stderr
