from __future__ import annotations

import random
import threading
import time
from functools import partial

import pytest
from tests.support.jobs import FORMAT, MemorySink, frame

from midframe.errors import WriteError
from midframe.runtime.writer import OrderedWriter
from midframe.types import Frame

SIZE = FORMAT.nbytes


def ordered(
    sink: MemorySink, *, budget: int = 10 * SIZE, workers: int = 4, done: list[int] | None = None
) -> OrderedWriter:
    return OrderedWriter(sink, budget=budget, workers=workers, on_write=(done if done is not None else []).append)


def submit(writer: OrderedWriter, count: int, then: BaseException | None = None) -> None:
    for index in range(count):
        writer.submit(partial(frame, 0, index), SIZE)
    if then is not None:
        raise then


def test_order_is_kept_whatever_frame_is_encoded_first() -> None:
    shuffled = random.Random(1)
    sink = MemorySink(on_stage=lambda index: time.sleep(shuffled.random() * 0.004))
    done: list[int] = []
    with ordered(sink, done=done) as writer:
        submit(writer, 60)
    assert [each.index for each in sink.committed] == list(range(60))
    assert done == list(range(1, 61))
    assert sink.ended == ["finish"]


def test_several_frames_are_encoded_at_once() -> None:
    together = threading.Barrier(3, timeout=10)
    with ordered(MemorySink(on_stage=lambda index: together.wait()), workers=3) as writer:
        submit(writer, 6)


def test_bytes_on_their_way_are_bounded() -> None:
    """The budget, and besides it the frame being put in place and the one being handed over."""
    made: list[int] = []
    most = 0
    sink = MemorySink(on_commit=lambda index: time.sleep(0.001))

    def make(index: int) -> Frame:
        made.append(index)
        return frame(0, index)

    with ordered(sink, budget=3 * SIZE, workers=8) as writer:
        for index in range(40):
            writer.submit(partial(make, index), SIZE)
            most = max(most, index + 1 - len(sink.committed))
    assert most <= 3 + 2
    assert sorted(made) == list(range(40))


@pytest.mark.parametrize("bad", [0, 5, 19])
def test_failed_encoding_reaches_the_caller(bad: int) -> None:
    def on_stage(index: int) -> None:
        if index == bad:
            raise WriteError("The disk is full.")

    sink = MemorySink(on_stage=on_stage)
    with pytest.raises(WriteError, match="disk is full"), ordered(sink, budget=2 * SIZE) as writer:
        submit(writer, 20)
    assert [each.index for each in sink.committed] == list(range(bad))
    assert sink.ended == ["abort"]


def test_failed_commit_reaches_the_caller() -> None:
    def on_commit(index: int) -> None:
        if index == 4:
            raise WriteError("The folder is gone.")

    sink = MemorySink(on_commit=on_commit)
    with pytest.raises(WriteError, match="folder is gone"), ordered(sink, budget=SIZE) as writer:
        submit(writer, 200)
    assert len(sink.committed) == 4
    assert sink.ended == ["abort"]


def test_failure_of_making_a_frame_reaches_the_caller() -> None:
    def make() -> Frame:
        raise MemoryError

    sink = MemorySink()
    with pytest.raises(MemoryError), ordered(sink) as writer:
        writer.submit(make, SIZE)
    assert sink.ended == ["abort"]


def test_error_of_the_caller_leaves_what_was_handed_over() -> None:
    sink = MemorySink(on_stage=lambda index: time.sleep(0.002))
    with pytest.raises(KeyboardInterrupt), ordered(sink) as writer:
        submit(writer, 7, then=KeyboardInterrupt())
    assert [each.index for each in sink.committed] == list(range(7))
    assert sink.ended == ["abort"]


def test_nothing_handed_over_is_finished_too() -> None:
    sink = MemorySink()
    with ordered(sink):
        pass
    assert sink.ended == ["finish"]
