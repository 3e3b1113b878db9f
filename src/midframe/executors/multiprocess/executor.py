"""The executor with one worker process a device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from multiprocessing.connection import Connection

from midframe.engines.protocols import EngineMaker
from midframe.executors.base import PairResult, PairTask
from midframe.executors.chunks import split_into_chunks
from midframe.executors.multiprocess.forkserver import WorkerProcess, context
from midframe.executors.multiprocess.shared_frames import SharedFrames
from midframe.executors.multiprocess.worker import serve
from midframe.executors.multiprocess.worker_pool import ProcessTransport, ProcessWorker
from midframe.executors.scheduler import CHUNKS_AHEAD, OrderedScheduler
from midframe.media.pixels import ViewTransform
from midframe.signals import CancelToken
from midframe.timing.steps import Mode

WORKER_BYTES = 256 << 20
"""Bytes of shared memory for each worker. A single pair whose frames do not fit gets what it needs."""


class ProcessExecutor:
    """Interpolates with several engines at once, each in a process of its own. `run` starts and ends the processes.

    Args:
        makers: Make the engines, one a worker.
        transform: Makes the views.
        mode: How several frames in a pair are interpolated.
        worker_bytes: Bytes of shared memory for each worker.
    """

    def __init__(
        self, makers: Sequence[EngineMaker], transform: ViewTransform, mode: Mode, *, worker_bytes: int = WORKER_BYTES
    ) -> None:
        self._transform = transform
        self._mode = mode
        self._worker_bytes = worker_bytes
        self._workers = [ProcessWorker(maker) for maker in makers]
        self._seconds = 0.0

    @property
    def engine_seconds(self) -> float:
        """Wall time spent interpolating so far, in seconds, on average over the workers."""
        return self._seconds / len(self._workers)

    @property
    def device_name(self) -> str:
        """All devices in words, such as "2 × cpu (1 thread)"."""
        names = Counter(worker.device_name for worker in self._workers)
        return " + ".join(name if number == 1 else f"{number} × {name}" for name, number in names.items())

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about workers that died or ran out of memory."""
        notices = tuple(dict.fromkeys(text for worker in self._workers for text in worker.notices))
        return notices + tuple(
            f"The worker for {worker.device} died and was restarted ({worker.restarts}×); no frames were lost."
            for worker in self._workers
            if worker.restarts
        )

    def run(self, tasks: Iterable[PairTask], *, cancel: CancelToken | None = None) -> Generator[PairResult, None, None]:
        """Interpolate. See `midframe.executors.base.Executor`."""
        frames = SharedFrames(self._transform.format, nbytes=self._worker_bytes * len(self._workers))

        def make_process(connection: Connection, maker: EngineMaker) -> WorkerProcess:
            arguments = (connection, frames, maker, self._transform, self._mode)
            return context().Process(target=serve, args=arguments, name="midframe-worker", daemon=True)

        transport = ProcessTransport(self._workers, frames, make_process, self._add_seconds, cancel)
        try:
            chunks = split_into_chunks(tasks, self._worker_bytes // CHUNKS_AHEAD, len(self._workers))
            yield from OrderedScheduler(transport, chunks, cancel=cancel).results()
        finally:
            transport.stop()
            frames.close()

    def _add_seconds(self, seconds: float) -> None:
        self._seconds += seconds
