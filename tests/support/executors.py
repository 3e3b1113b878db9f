"""Tasks for executors, and engines in other processes that get into trouble when told to."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
import psutil
from numpy.typing import NDArray
from tests.support.fake_engine import FakeEngine

from midframe.engines.interpolation import engine_frame
from midframe.engines.protocols import EngineFrame, Motion
from midframe.errors import EngineError
from midframe.executors.base import ClassifiedPair, PairResult, PairTask, PreparedFrame
from midframe.media.pixels import ViewTransform, from_working
from midframe.types import Frame, FrameFormat, Samples

FORMAT = FrameFormat(12, 9, 3, np.dtype("uint8"))
HALF = (Fraction(1, 2),)

Trouble = Literal["none", "engine error", "defect", "death", "sleep", "no start"]


@dataclass(frozen=True)
class TroubledMaker:
    """Makes `FakeEngine`s, in any process.

    Attributes:
        trouble: What happens, and where: "no start" when the engine is made, the others as a pair is interpolated.
        value: Of all samples of the left frame of the pair that it happens at; None for every pair.
        deaths: A folder that notes deaths, for a trouble that ends by itself.
        most_deaths: How often to die.
    """

    trouble: Trouble = "none"
    value: int | None = None
    deaths: Path | None = None
    most_deaths: int = 1
    device: str = "fake"

    def make_engine(self, notify: Callable[[str], None] = lambda sentence: None) -> FakeEngine:
        if self.trouble == "no start":
            raise EngineError("Out of memory on fake.")
        return _TroubledEngine(self)

    def happen(self) -> None:
        """Here it comes."""
        if self.trouble == "engine error":
            raise EngineError("The network failed on fake.")
        if self.trouble == "defect":
            raise ValueError("odd")
        if self.trouble == "sleep":
            time.sleep(600)
        if self.trouble == "death":
            assert self.deaths is not None
            so_far = len(list(self.deaths.iterdir()))
            if so_far < self.most_deaths:
                (self.deaths / str(so_far)).touch()
                os.kill(os.getpid(), signal.SIGKILL)


class _TroubledEngine(FakeEngine):
    def __init__(self, maker: TroubledMaker) -> None:
        super().__init__()
        self._maker = maker

    def motion(self, left: EngineFrame, right: EngineFrame, time: float) -> Motion:
        if self._maker.value is None or (left.samples == self._maker.value).all():
            self._maker.happen()
        return super().motion(left, right, time)


def flats(values: Iterable[int]) -> list[Frame]:
    """Frames of one brightness each."""
    shape = (FORMAT.height, FORMAT.width, FORMAT.channels)
    return [Frame(np.full(shape, value, np.uint8), FORMAT, index) for index, value in enumerate(values)]


def tasks_of(frames: Sequence[Frame], times: Sequence[tuple[Fraction, ...]]) -> Iterator[PairTask]:
    """A task for each two neighbours, prepared as for an engine in this process."""
    transform = ViewTransform.fit(frames)
    prepared = [PreparedFrame(frame, engine_frame(frame, transform)) for frame in frames]
    for left, right, wanted in zip(prepared, prepared[1:], times, strict=False):
        yield PairTask(ClassifiedPair(left, right), (), wanted)


def pictures(result: PairResult) -> list[Samples]:
    """What a result is in the file's type, whoever drew it."""
    frame_format = result.task.pair.left.frame.format
    return [each if result.finished else from_working(each, frame_format) for each in result.frames]


def brightness(results: Iterable[PairResult]) -> list[list[int]]:
    """Of each drawn frame, which must be flat."""

    def flat(picture: NDArray[Any]) -> int:
        assert (picture == picture.flat[0]).all()
        return int(picture.flat[0])

    return [[flat(picture) for picture in pictures(result)] for result in results]


def worker_processes(parent: int) -> list[psutil.Process]:
    """The workers of a process: forked by its server on Linux, else its own children."""
    children = {child: " ".join(child.cmdline()) for child in psutil.Process(parent).children()}
    forked = [worker for child, line in children.items() if "forkserver" in line for worker in child.children()]
    return forked + [child for child, line in children.items() if "spawn_main" in line]
