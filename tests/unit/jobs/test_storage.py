"""Storage that is slow, and now and then very slow. Files that vanish or change: tests/contract/test_sources.py."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from tests.support.executors import TroubledMaker
from tests.support.jobs import FORMAT, FakeNetwork, MemorySink, MemorySource, frame

from midframe.detection.rules import PairRules
from midframe.jobs.resolve import ResolvedJob
from midframe.jobs.run import run_job
from midframe.media.images.folder_sink import FolderPlan
from midframe.runtime.events import Reporter

MakeJob = Callable[..., ResolvedJob]

VALUES = tuple(range(0, 240, 4))
WANTED = list(range(VALUES[-1] + 1))
"""Four times as many frames, each a step brighter."""

RULES = PairRules(static_threshold=None, cuts="off")
WAITING = 8
"""Frames that may wait before the engine, and as many after it."""


class TwoWorkers(FakeNetwork):
    """The same in two processes."""

    makers = (TroubledMaker(), TroubledMaker())


@dataclass
class Storage:
    """A place whose every access takes a while, and some a long while.

    Attributes:
        reading: Mean seconds to read a frame.
        writing: Mean seconds to compress and write one.
        read: Frames read so far.
        written: Frames in place.
        most: The most source frames that were on their way at any time: read, and not all of what follows written.
    """

    reading: float = 0.0
    writing: float = 0.0
    read: int = 0
    written: int = 0
    most: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _chance: random.Random = field(default_factory=lambda: random.Random(3))

    def on_read(self, index: int) -> None:
        self._wait(self.reading)
        with self._lock:
            self.read += 1
            self.most = max(self.most, self.read - self.written // 4)

    def on_stage(self, index: int) -> None:
        self._wait(self.writing)

    def on_commit(self, index: int) -> None:
        self._wait(self.writing / 4)
        with self._lock:
            self.written += 1

    def _wait(self, mean: float) -> None:
        with self._lock:
            # One access in ten takes six times as long, so frames overtake each other in the writers.
            seconds = mean * (6 if self._chance.random() < 0.1 else 0.45)
        time.sleep(seconds)


@pytest.mark.parametrize("network", [FakeNetwork, TwoWorkers])
@pytest.mark.parametrize(
    "storage",
    [Storage(reading=0.01), Storage(writing=0.01), Storage(reading=0.005, writing=0.01)],
    ids=["slow to read", "slow to write", "slow at both"],
)
def test_slow_storage_loses_nothing_and_fills_no_memory(
    make_job: MakeJob, monkeypatch: pytest.MonkeyPatch, storage: Storage, network: type[FakeNetwork]
) -> None:
    storage = replace(storage)
    sink = MemorySink(storage.on_stage, storage.on_commit)
    monkeypatch.setattr(FolderPlan, "open_sink", lambda plan, earlier: sink)
    frames = [frame(value, index) for index, value in enumerate(VALUES)]
    job = replace(make_job(VALUES, rules=RULES), source=MemorySource(frames, storage.on_read), journal=None)

    # Before the engine, a frame waits with its view and working samples.
    run_job(job, network(), Reporter([]), buffered=WAITING * FORMAT.nbytes)

    assert [int(each.samples.flat[0]) for each in sink.committed] == WANTED
    assert sink.ended == ["finish"]
    # What waits on both sides, what reading and judging hold, and four chunks of each worker.
    assert storage.most <= 2 * WAITING + 6 + 2 * 4 * 2
