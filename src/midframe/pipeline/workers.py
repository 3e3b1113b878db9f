"""Executors: pair tasks in, drawn frames out, in order."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from midframe.engine.base import Engine, EngineFrame
from midframe.media.pixels import ViewTransform
from midframe.pipeline.drawing import draw_steps
from midframe.policy.recursion import Mode, plan_steps
from midframe.types import Frame

Encoded = TypeVar("Encoded")


@dataclass(frozen=True, eq=False)
class PreparedFrame:
    """A source frame with what an engine takes.

    Attributes:
        frame: As read.
        engine_frame: View and working samples; None where no pair of the frame needs the network.
        static: Whether nothing moves between the frame before this one and this one.
    """

    frame: Frame
    engine_frame: EngineFrame | None
    static: bool

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        extra = self.engine_frame
        return self.frame.samples.nbytes + (extra.view.nbytes + extra.samples.nbytes if extra else 0)


@dataclass(frozen=True, eq=False)
class PairTask:
    """Two neighbouring source frames and the times wanted between them.

    Attributes:
        index: Number of the pair; its left frame has the same.
        left: Left frame.
        right: Right frame.
        times: Strictly inside (0, 1), ascending. Empty, and the network is not asked, where the pair is held.
    """

    index: int
    left: PreparedFrame
    right: PreparedFrame
    times: tuple[Fraction, ...]


@dataclass(frozen=True, eq=False)
class PairResult:
    """What was drawn for a pair.

    Attributes:
        task: The pair.
        drawn: Working samples for each of the task's times, in their order.
    """

    task: PairTask
    drawn: tuple[NDArray[np.float32], ...]


class Executor(Protocol):
    """Turns tasks into results, in the order of the tasks."""

    @property
    def engine_seconds(self) -> float:
        """Wall time spent inside engines so far."""
        ...

    def run(self, tasks: Iterable[PairTask]) -> Iterator[PairResult]:
        """Draw. Tasks are taken as they are needed, never all at once.

        Raises:
            EngineError: An engine failed.
        """
        ...


class InlineExecutor(Generic[Encoded]):
    """One engine in the calling thread. A frame is encoded once and serves both of its pairs."""

    def __init__(self, engine: Engine[Encoded], transform: ViewTransform, mode: Mode) -> None:
        self._engine = engine
        self._transform = transform
        self._mode = mode
        self._encoded: dict[int, Encoded] = {}
        self._engine_seconds = 0.0

    @property
    def engine_seconds(self) -> float:
        """Wall time spent inside the engine so far."""
        return self._engine_seconds

    def run(self, tasks: Iterable[PairTask]) -> Iterator[PairResult]:
        """Draw pair by pair."""
        for task in tasks:
            if not task.times:
                yield PairResult(task, ())
                continue
            started = time.perf_counter()
            left, right = self._encode(task.left), self._encode(task.right)
            steps = plan_steps(self._mode, task.times)
            drawn = dict(draw_steps(self._engine, left, right, steps, self._transform.view_of_working))
            # Only the right frame can be wanted again, as the left one of the next pair.
            self._encoded = {task.right.frame.index: right}
            self._engine_seconds += time.perf_counter() - started
            yield PairResult(task, tuple(drawn[when] for when in task.times))

    def _encode(self, prepared: PreparedFrame) -> Encoded:
        known = self._encoded.get(prepared.frame.index)
        if known is not None:
            return known
        assert prepared.engine_frame is not None
        encoded = self._engine.encode(prepared.engine_frame)
        self._encoded[prepared.frame.index] = encoded
        return encoded
