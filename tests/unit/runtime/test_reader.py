from __future__ import annotations

import threading

import pytest
from tests.support.jobs import FORMAT, MemorySource, frame

from midframe.errors import UnreadableFileError
from midframe.executors.base import PreparedFrame
from midframe.runtime.reader import CountedFrames, ReadAhead

SIZE = FORMAT.nbytes


def read_ahead(
    source: MemorySource, budget: int = 10 * SIZE, done: list[int] | None = None
) -> ReadAhead[PreparedFrame]:
    frames = CountedFrames(source, (done if done is not None else []).append)
    return ReadAhead((PreparedFrame(each, None) for each in frames), budget=budget)


class TestReadAhead:
    def test_frames_in_order(self) -> None:
        frames = [frame(value, value) for value in range(50)]
        done: list[int] = []
        with read_ahead(MemorySource(frames), done=done) as reader:
            assert [each.frame.index for each in reader] == list(range(50))
        assert done == list(range(1, 51))

    def test_runs_ahead_by_the_budget_and_no_further(self) -> None:
        waiting, goal = threading.Event(), 3
        started: list[int] = []

        def on_read(index: int) -> None:
            started.append(index)
            # Three in the queue, a fourth in the reader's hands; a fifth would be one too many.
            if index == goal:
                waiting.set()

        source = MemorySource([frame(0, index) for index in range(20)], on_read)
        with read_ahead(source, budget=3 * SIZE) as reader:
            assert waiting.wait(10)
            threading.Event().wait(0.05)
            assert started == [0, 1, 2, 3]
            assert len(list(reader)) == 20

    def test_error_comes_after_the_frames_before_it(self) -> None:
        def on_read(index: int) -> None:
            if index == 3:
                raise UnreadableFileError("c.png is damaged.")

        with read_ahead(MemorySource([frame(0, index) for index in range(9)], on_read)) as reader:
            rest = iter(reader)
            assert [next(rest).frame.index for _ in range(3)] == [0, 1, 2]
            with pytest.raises(UnreadableFileError):
                next(rest)

    def test_leaving_early_stops_the_thread(self) -> None:
        source = MemorySource([frame(0, index) for index in range(1000)])
        with read_ahead(source, budget=2 * SIZE) as reader:
            assert next(iter(reader)).frame.index == 0

    def test_error_of_the_consumer_stops_the_thread(self) -> None:
        source = MemorySource([frame(0, index) for index in range(1000)])
        with pytest.raises(ZeroDivisionError), read_ahead(source, budget=2 * SIZE) as reader:
            1 / next(iter(reader)).frame.index
