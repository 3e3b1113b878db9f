"""Sources, sinks and networks that tests can look into."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from tests.support.fake_engine import FakeEngine

from midframe.engines.options import PairOptions
from midframe.engines.protocols import EngineMaker
from midframe.errors import MidframeError
from midframe.media.protocols import FrameSource, StagedFrame
from midframe.runtime.events import Advanced, Event
from midframe.types import Frame, FrameFormat

FORMAT = FrameFormat(12, 9, 3, np.dtype("uint8"))


def frame(value: int, index: int = 0) -> Frame:
    """A flat frame of a brightness."""
    return Frame(np.full((FORMAT.height, FORMAT.width, 3), value, np.uint8), FORMAT, index)


@dataclass
class MemorySource(FrameSource):
    """Frames in memory; `on_read` may wait or raise."""

    frames: Sequence[Frame]
    on_read: Callable[[int], None] = lambda index: None
    codec_name: str = "PNG"
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    closed: int = 0

    @property
    def format(self) -> FrameFormat:
        return self.frames[0].format

    def __len__(self) -> int:
        return len(self.frames)

    def read(self, index: int) -> Frame:
        self.on_read(index)
        return self.frames[index]

    def close(self) -> None:
        self.closed += 1


@dataclass(frozen=True)
class MemoryStaged:
    index: int
    frame: Frame


@dataclass
class MemorySink:
    """Keeps what is committed; `on_stage` and `on_commit` may wait or raise."""

    on_stage: Callable[[int], object] = lambda index: None
    on_commit: Callable[[int], None] = lambda index: None
    committed: list[Frame] = field(default_factory=list)
    staged: set[int] = field(default_factory=set)
    ended: list[str] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def safe(self) -> int:
        return len(self.committed)

    def stage(self, index: int, frame: Frame) -> MemoryStaged:
        self.on_stage(index)
        with self._lock:
            assert index not in self.staged
            self.staged.add(index)
        return MemoryStaged(index, frame)

    def commit(self, staged: StagedFrame) -> None:
        assert isinstance(staged, MemoryStaged)
        assert staged.index == len(self.committed)
        self.on_commit(staged.index)
        self.committed.append(staged.frame)

    def finish(self) -> None:
        self.ended.append("finish")

    def abort(self) -> None:
        self.ended.append("abort")


class FakeNetwork:
    """A network whose engine is `FakeEngine`."""

    name = "a fake"
    sha256 = "0" * 64
    makers: Sequence[EngineMaker] = ()

    def __init__(self, notes: tuple[str, ...] = ()) -> None:
        self.notes = notes
        self.engine = FakeEngine()
        self.made = 0

    @property
    def settings(self) -> dict[str, object]:
        return {"model_sha256": self.sha256}

    spare = 1 << 30

    def fitted(
        self, frame_format: FrameFormat, times: int, mode: str, pair_options: Sequence[PairOptions] = ()
    ) -> FakeNetwork:
        return self

    def make_engine(self, notify: Callable[[str], None] = lambda sentence: None) -> FakeEngine:
        self.made += 1
        return self.engine


class Recorder:
    """A listener that remembers."""

    def __init__(self, on_event: Callable[[Event], None] = lambda event: None) -> None:
        self.events: list[Event] = []
        self.closed = 0
        self._on_event = on_event

    def __call__(self, event: Event) -> None:
        assert not self.closed, "an event after the end"
        self.events.append(event)
        self._on_event(event)

    def close(self) -> None:
        self.closed += 1


class StopError(MidframeError):
    """Raised in the middle of a job by tests."""


def stopping(stop_after: int | None) -> Recorder:
    """A listener that lets a job fail when more than that many frames are in place; never if None."""

    def on_event(event: Event) -> None:
        if stop_after is None or not isinstance(event, Advanced):
            return
        if event.stage == "write" and event.done > stop_after:
            raise StopError("stop")

    return Recorder(on_event)
