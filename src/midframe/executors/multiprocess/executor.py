"""The executor with one worker process a device: chunks out as workers come free, results in, in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from multiprocessing.connection import Connection

from midframe.engines.protocols import EngineMaker
from midframe.executors.chunks import chunked
from midframe.executors.multiprocess.forkserver import WorkerProcess, context
from midframe.executors.multiprocess.schedule import Schedule
from midframe.executors.multiprocess.shared_frames import SharedFrames
from midframe.executors.multiprocess.worker import serve
from midframe.executors.multiprocess.worker_pool import CHUNKS_AHEAD, Worker
from midframe.executors.tasks import PairResult, PairTask
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode

WORKER_BYTES = 256 << 20
"""Bytes of shared memory for each worker. A single pair whose frames do not fit gets what it needs."""


class ProcessExecutor:
    """Draws with several engines at once, each in a process of its own. `run` starts and ends the processes."""

    def __init__(
        self, makers: Sequence[EngineMaker], transform: ViewTransform, mode: Mode, *, worker_bytes: int = WORKER_BYTES
    ) -> None:
        """Choose.

        Args:
            makers: Make the engines, one a worker.
            transform: Makes the views.
            mode: How several frames in a pair are drawn.
            worker_bytes: Of shared memory for each worker.
        """
        self._transform = transform
        self._mode = mode
        self._worker_bytes = worker_bytes
        self._workers = [Worker(maker, self._process) for maker in makers]
        self._frames: SharedFrames | None = None
        self._seconds = 0.0

    @property
    def engine_seconds(self) -> float:
        """Wall time spent drawing so far, on average over the workers."""
        return self._seconds / len(self._workers)

    @property
    def device_name(self) -> str:
        """All devices in words, such as "2 × cpu (1 thread)"."""
        names = Counter(worker.device_name for worker in self._workers)
        return " + ".join(name if number == 1 else f"{number} × {name}" for name, number in names.items())

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about workers that died or ran out of memory."""
        told = tuple(dict.fromkeys(sentence for worker in self._workers for sentence in worker.told))
        return told + tuple(
            f"The worker for {worker.device} died and was started again ({worker.restarts}×); nothing is missing."
            for worker in self._workers
            if worker.restarts
        )

    def run(self, tasks: Iterable[PairTask]) -> Generator[PairResult, None, None]:
        """Draw. See `midframe.executors.inline.Executor`."""
        self._frames = SharedFrames(self._transform.format, nbytes=self._worker_bytes * len(self._workers))
        try:
            chunks = chunked(tasks, self._worker_bytes // CHUNKS_AHEAD, len(self._workers))
            yield from Schedule(self._workers, self._frames, chunks, self._add_seconds).results()
        finally:
            for worker in self._workers:
                worker.stop()
                worker.assignments.clear()
            self._frames.close()
            self._frames = None

    def _add_seconds(self, seconds: float) -> None:
        self._seconds += seconds

    def _process(self, connection: Connection, maker: EngineMaker) -> WorkerProcess:
        arguments = (connection, self._frames, maker, self._transform, self._mode)
        return context().Process(target=serve, args=arguments, name="midframe-worker", daemon=True)
