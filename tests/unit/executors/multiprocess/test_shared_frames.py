from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
import psutil
import pytest

from midframe.errors import EngineError
from midframe.executors.multiprocess.shared_frames import SharedFrames
from midframe.types import FrameFormat

FORMAT = FrameFormat(1000, 3, 3, np.dtype("uint16"))
"""Of which one takes several pages, and no whole number of them."""

BLOCK = 5 * 4096


@pytest.fixture
def frames() -> Iterator[SharedFrames]:
    made = SharedFrames(FORMAT, nbytes=4 * BLOCK)
    yield made
    made.close()


def test_blocks_keep_what_is_written(frames: SharedFrames) -> None:
    blocks = frames.take(4)
    for block in blocks:
        frames.view(block)[...] = block + 1
    for block in blocks:
        assert frames.view(block).shape == (3, 1000, 3)
        assert frames.view(block).dtype == np.uint16
        assert (frames.view(block) == block + 1).all()


def test_blocks_are_used_again(frames: SharedFrames) -> None:
    first = frames.take(3)
    frames.give_back(first[:2])
    assert frames.in_use == 1
    assert set(frames.take(2)) == set(first[:2])


def test_room_ends_at_the_limit_and_a_single_pair_goes_beyond(frames: SharedFrames) -> None:
    assert frames.has_space(4)
    assert not frames.has_space(5)
    blocks = frames.take(3)
    frames.view(blocks[2])[...] = 7
    early = frames.view(blocks[2])
    more = frames.take(9)
    frames.view(more[-1])[...] = 9
    assert not frames.has_space(1)
    assert len({*blocks, *more}) == 12
    assert (frames.view(blocks[2]) == 7).all()
    # Views from before the memory grew look at the same memory.
    frames.view(blocks[2])[...] = 8
    assert (early == 8).all()


def _double(connection: Connection, frames: SharedFrames) -> None:
    while (block := connection.recv()) is not None:
        np.copyto(frames.view(block), frames.view(block) * 2)
        connection.send(block)


def test_another_process_sees_them_also_when_they_became_more(frames: SharedFrames) -> None:
    ours, theirs = get_context("spawn").Pipe()
    process = get_context("spawn").Process(target=_double, args=(theirs, frames))
    process.start()
    theirs.close()
    for _ in range(2):
        block = frames.take(20)[-1]
        frames.view(block)[...] = 21
        ours.send(block)
        assert ours.recv() == block
        assert (frames.view(block) == 42).all()
    ours.send(None)
    process.join()
    assert process.exitcode == 0
    process.close()
    ours.close()


@pytest.mark.parametrize("in_memory", [True, False])
def test_nothing_has_a_name_and_nothing_stays_open(
    in_memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not in_memory:

        def refused(name: str) -> int:
            raise OSError(errno.ENOSYS, "Function not implemented")

        monkeypatch.setattr(os, "memfd_create", refused, raising=False)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = psutil.Process().num_fds()
    frames = SharedFrames(FORMAT, nbytes=BLOCK)
    (block,) = frames.take(1)
    frames.view(block)[...] = 3
    assert (frames.view(block) == 3).all()
    assert not list(tmp_path.iterdir())
    frames.close()
    assert psutil.Process().num_fds() == before


def test_no_memory_is_an_error_not_a_crash(frames: SharedFrames, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int, offset: int, size: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(EngineError, match="No space left"):
        frames.take(1)
