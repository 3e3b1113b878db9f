"""Whole jobs with convolutions on a Vulkan device, which may be software."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.support.command_line import Midframe
from tests.support.vulkan import vulkan_device

from midframe.engines.ncnn.devices import VulkanDevice
from midframe.media.images.codecs import codec_for

Clip = Callable[[int], Path]


@pytest.fixture(autouse=True)
def device() -> VulkanDevice:
    return vulkan_device()


def largest_difference(first: Path, second: Path) -> int:
    """In levels of 8 bit, over all frames."""
    codec, names = codec_for(Path("x.png")), sorted(path.name for path in first.iterdir())
    assert names == sorted(path.name for path in second.iterdir())
    pairs = [[codec.read(folder / name).samples.astype(int) for folder in (first, second)] for name in names]
    return max(int(np.abs(left - right).max()) for left, right in pairs)


def test_the_frames_of_the_cpu(clip_frames: Clip, midframe: Midframe, device: VulkanDevice, tmp_path: Path) -> None:
    source = clip_frames(3)
    midframe("run", source, "-o", "cpu", "--engine", "cpu")
    done = midframe("run", source, "-o", "gpu", "--engine", "ncnn", "-v")
    assert f"device   {device.name} ({device.model})" in done.stdout
    assert ("is software, not a GPU" in done.stdout + done.stderr) == device.is_software
    assert largest_difference(tmp_path / "cpu", tmp_path / "gpu") <= 1


def test_half_precision_on_the_device_that_is_named(clip_frames: Clip, midframe: Midframe, tmp_path: Path) -> None:
    source = clip_frames(3)
    midframe("run", source, "-o", "cpu")
    midframe("run", source, "-o", "gpu", "--device", "vulkan", "--precision", "fast")
    assert 0 <= largest_difference(tmp_path / "cpu", tmp_path / "gpu") <= 3


@pytest.mark.skipif(os.name == "nt", reason="several devices are not supported on Windows")
def test_two_workers_write_what_one_writes(
    clip_frames: Clip, midframe: Midframe, midframe_process: Midframe, device: VulkanDevice, tmp_path: Path
) -> None:
    source, twice = clip_frames(5), f"{device.name},{device.name}"
    midframe("run", source, "-o", "one", "--device", device.name, "--threads", "1")
    done = midframe_process("run", source, "-o", "two", "--device", twice, "--threads", "1", "-v")
    assert f"device   2 × {device.name}" in done.stdout
    assert "queue" not in done.stderr, "ncnn prints into the terminal"
    one, two = ({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert two == one


def test_a_device_that_is_not_there(clip_frames: Clip, midframe: Midframe, tmp_path: Path) -> None:
    done = midframe("run", clip_frames(2), "-o", "out", "--device", "vulkan:9", code=2)
    assert "The engine ncnn finds no device vulkan:9 on this machine; it finds vulkan:0" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("disabled", "said"),
    [
        ({"MIDFRAME_KERNELS": "off"}, "The engine ncnn needs the CPU kernels"),
        ({"VK_DRIVER_FILES": "none", "VK_ICD_FILENAMES": "none"}, "has no Vulkan device, or no Vulkan driver"),
    ],
)
def test_what_it_cannot_do_without(
    clip_frames: Clip, midframe_process: Midframe, disabled: dict[str, str], said: str, tmp_path: Path
) -> None:
    environment = os.environ | disabled
    done = midframe_process("run", clip_frames(2), "-o", "out", "--engine", "ncnn", code=2, env=environment)
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()
