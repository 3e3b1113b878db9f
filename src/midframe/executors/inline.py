"""Executors: pair tasks in, drawn frames out, in order."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from typing import Generic, Protocol, TypeVar

from midframe.engines.interpolation import engine_frame, interpolate_times, interpolate_with_motion
from midframe.engines.protocols import Engine, require_motion
from midframe.executors.tasks import PairResult, PairTask, PreparedFrame
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode

Encoded = TypeVar("Encoded")


class Executor(Protocol):
    """Turns tasks into results, in the order of the tasks."""

    @property
    def engine_seconds(self) -> float:
        """Wall time spent inside engines so far; of several at once, the mean."""
        ...

    @property
    def device_name(self) -> str:
        """In words, what draws."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about what went wrong and was put right; complete once all tasks are done."""
        ...

    def run(self, tasks: Iterable[PairTask]) -> Generator[PairResult, None, None]:
        """Draw. Tasks are taken as they are needed, never all at once. To stop early, close the generator.

        Raises:
            EngineError: An engine failed; all results before it were yielded.
            MidframeError: What taking a task raised; likewise.
        """
        ...


class InlineExecutor(Generic[Encoded]):
    """One engine in the calling thread. A frame is encoded once and serves both of its pairs."""

    def __init__(
        self, engine: Engine[Encoded], transform: ViewTransform, mode: Mode, *, keep_motion: bool = False
    ) -> None:
        """Take an engine; `keep_motion` puts motion into the results, and needs the direct mode.

        Raises:
            OptionError: Motion is wanted, and the engine does not hand it out.
        """
        assert mode == "direct" or not keep_motion
        if keep_motion:
            require_motion(engine, "Flow output", "flow_folder")
        self._keep_motion = keep_motion
        self._engine = engine
        self._transform = transform
        self._mode = mode
        self._encoded: dict[int, Encoded] = {}
        self._engine_seconds = 0.0

    @property
    def engine_seconds(self) -> float:
        """Wall time spent inside the engine so far."""
        return self._engine_seconds

    @property
    def device_name(self) -> str:
        """The engine's device."""
        return self._engine.device_name

    @property
    def notes(self) -> tuple[str, ...]:
        """None: what goes wrong in this process is not put right."""
        return ()

    def run(self, tasks: Iterable[PairTask]) -> Generator[PairResult, None, None]:
        """Draw pair by pair."""
        for task in tasks:
            if not task.times:
                yield PairResult(task, ())
                continue
            started = time.perf_counter()
            left, right = self._encode(task.pair.left), self._encode(task.pair.right)
            result = self._drawn(task, left, right)
            # Only the right frame can be wanted again, as the left one of the next pair.
            self._encoded = {task.pair.right.frame.index: right}
            self._engine_seconds += time.perf_counter() - started
            yield result

    def _drawn(self, task: PairTask, left: Encoded, right: Encoded) -> PairResult:
        if self._keep_motion:
            frames, motions = interpolate_with_motion(self._engine, left, right, task.times)
            return PairResult(task, frames, motions=motions)
        drawn = interpolate_times(self._engine, left, right, self._mode, task.times, self._transform.view_of_working)
        return PairResult(task, tuple(drawn[when] for when in task.times))

    def _encode(self, prepared: PreparedFrame) -> Encoded:
        known = self._encoded.get(prepared.frame.index)
        if known is not None:
            return known
        # The frames of lean jobs come without; see `midframe.runtime.classification.Judge`.
        seen = prepared.engine_frame or engine_frame(prepared.frame, self._transform)
        encoded = self._engine.encode(seen)
        self._encoded[prepared.frame.index] = encoded
        return encoded
