"""A Ray cluster, from the command line."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from tests.support.command_line import Midframe

if TYPE_CHECKING:
    from tests.support.ray_cluster import RayNodes

pytestmark = pytest.mark.xdist_group("ray")

Clip = Callable[[int], Path]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.png")}


def started(cluster: RayNodes, source: Path, output: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "midframe", "run", str(source), "-o", str(output), "--threads", "1", *arguments]
    command += ["--executor", "ray", "--ray-address", cluster.address]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_frames(process: subprocess.Popen[str], output: Path, count: int) -> None:
    deadline = time.monotonic() + 300
    while not (output.is_dir() and len(list(output.glob("*.png"))) >= count):
        assert time.monotonic() < deadline, "the job wrote nothing"
        assert process.poll() is None, f"the job ended by itself: {process.communicate()}"
        time.sleep(0.02)


def wait_for_work(process: subprocess.Popen[str], raylet: int) -> None:
    """Until a worker on a node interpolates; Ray names worker processes after the running method."""
    deadline = time.monotonic() + 300
    while not any(
        "ChunkWorker.interpolate" in " ".join(child.cmdline()) for child in psutil.Process(raylet).children()
    ):
        assert time.monotonic() < deadline, "the node got nothing to do"
        assert process.poll() is None, f"the job ended by itself: {process.communicate()}"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("count", "insert"), [(24, 7), pytest.param(100, 1, marks=pytest.mark.slow)], ids=lambda value: str(value)
)
def test_a_node_is_lost_on_the_way(
    ray_cluster: RayNodes, clip_frames: Clip, midframe: Midframe, tmp_path: Path, count: int, insert: int
) -> None:
    source, output = clip_frames(count), tmp_path / "ray"
    how = ("--insert", str(insert))
    midframe("run", source, "-o", "one", "--device", "cpu", "--threads", "1", *how)

    with ray_cluster.another_node() as node, started(ray_cluster, source, output, *how) as process:
        wait_for_frames(process, output, count // 4)
        wait_for_work(process, ray_cluster.raylet(node))
        ray_cluster.kill(node)
        out, errors = process.communicate(timeout=600)

    assert process.returncode == 0, errors
    assert f"{(count - 1) * (insert + 1) + 1} frames" in out
    assert "were lost (1×); their work was repeated, and no frames were lost" in errors
    assert files(output) == files(tmp_path / "one")
    assert "raylet" not in out + errors, "Ray is to be quiet"


@pytest.mark.slow
def test_stopping_and_going_on_without_a_cluster(
    ray_cluster: RayNodes, clip_frames: Clip, midframe: Midframe, tmp_path: Path
) -> None:
    source, output = clip_frames(12), tmp_path / "out"
    how = ("--insert", "7")
    midframe("run", source, "-o", "one", "--device", "cpu", "--threads", "1", *how)

    with started(ray_cluster, source, output, "--ray-shared-input", *how) as process:
        wait_for_frames(process, output, 5)
        process.send_signal(signal.SIGINT)
        begun = time.monotonic()
        out, errors = process.communicate(timeout=300)
        assert time.monotonic() - begun < 30, "a job stops at once"
    assert process.returncode == 130, out + errors
    assert "Stopped" in errors
    assert len(files(output)) < len(files(tmp_path / "one"))

    midframe("run", source, "-o", output, "--device", "cpu", "--threads", "1", "--resume", *how)
    assert files(output) == files(tmp_path / "one")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--ray-address", "127.0.0.1:1"), "No Ray cluster answers at 127.0.0.1:1"),
        (("--ray-address", "nowhere"), "must be auto, local or host:port"),
        (("--ray-address", "ray://127.0.0.1:10001"), "is for Ray Client"),
    ],
)
def test_addresses_that_lead_nowhere(
    clip_frames: Clip, midframe_process: Midframe, arguments: tuple[str, ...], words: str
) -> None:
    pytest.importorskip("ray", reason="Ray is not installed (pip install 'midframe[ray]')")
    done = midframe_process("run", clip_frames(2), "--executor", "ray", *arguments, code=2)
    assert words in done.stderr


def test_without_ray(clip_frames: Clip, tmp_path: Path) -> None:
    program = "import sys; sys.modules['ray'] = None; from midframe.cli import main; main()"
    command = [sys.executable, "-c", program, "run", str(clip_frames(2)), "--executor", "ray"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "needs Ray, which is not installed" in done.stderr
    assert done.stderr.strip().endswith("-m pip install ray")
