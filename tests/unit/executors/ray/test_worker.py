"""What a worker does, without a cluster."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from tests.support.executors import FORMAT, HALF, TroubledMaker, flats

from midframe import __version__
from midframe.errors import EngineError
from midframe.executors.chunks import PairRequest
from midframe.executors.ray.transfer import FrameFile, SharedFileError
from midframe.executors.ray.worker import ChunkWorker, WorkerInfo
from midframe.executors.remote_errors import RemoteFailure
from midframe.media.images.codecs import codec_for
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode
from midframe.types import Frame

LEFT, RIGHT = flats([10, 20])
SETTING: tuple[ViewTransform, Mode] = (ViewTransform.fit([LEFT, RIGHT]), "direct")
ORDER = PairRequest(0, 1, HALF)


@pytest.fixture
def worker() -> ChunkWorker:
    return ChunkWorker()


@pytest.fixture
def file(tmp_path: Path) -> FrameFile:
    path = tmp_path / "left.png"
    codec_for(path).write(path, LEFT)
    file = FrameFile.of(Frame(LEFT.samples, FORMAT, 0, path))
    assert file is not None
    return file


def test_another_version_is_refused(worker: ChunkWorker) -> None:
    failure = worker.set_up("0.0.9", TroubledMaker(), *SETTING)
    assert isinstance(failure, RemoteFailure)
    assert isinstance(failure.error, EngineError)
    assert f"has midframe {__version__}, and this machine has 0.0.9" in str(failure.error)


def test_a_worker_that_was_started_again_says_so(worker: ChunkWorker) -> None:
    assert not worker.interpolate([ORDER], {}).ready


def test_knowing_workers_needs_no_torch() -> None:
    """The main process makes workers before it loads torch, and so do commands that are told of a wrong option."""
    modules = ["midframe.cli.run", "midframe.executors.startup", "midframe.executors.ray.worker"]
    program = f"import sys, {', '.join(modules)}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_frames_by_name_and_by_value_are_the_same(worker: ChunkWorker, file: FrameFile) -> None:
    assert isinstance(worker.set_up(__version__, TroubledMaker(), *SETTING), WorkerInfo)
    replies = [worker.interpolate([ORDER], {0: left, 1: RIGHT.samples}) for left in (LEFT.samples, file)]
    assert [reply.unseen for reply in replies] == [None, None]
    for reply in replies:
        ((drawn,),) = reply.frames
        np.testing.assert_array_equal(drawn, 15)


def test_a_file_that_is_another_one_on_a_node(worker: ChunkWorker, file: FrameFile) -> None:
    codec_for(file.path).write(file.path, RIGHT)
    worker.set_up(__version__, TroubledMaker(), *SETTING)
    reply = worker.interpolate([ORDER], {0: file, 1: RIGHT.samples})
    assert reply.unseen is not None
    assert "left.png is a different file on that node" in reply.unseen
    assert reply.failure is None


def test_a_file_that_a_node_does_not_see(file: FrameFile) -> None:
    file.path.unlink()
    with pytest.raises(SharedFileError, match=r"left\.png"):
        file.read()


def test_frames_without_a_file_have_no_name() -> None:
    assert FrameFile.of(LEFT) is None
