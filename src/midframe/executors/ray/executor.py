"""The executor on a Ray cluster."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from typing import Any

import numpy as np
import ray
from ray.exceptions import (
    ActorDiedError,
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    RayActorError,
    RayError,
    WorkerCrashedError,
)

from midframe.engines.memory_info import available_memory
from midframe.engines.protocols import EngineMaker
from midframe.errors import EngineError
from midframe.executors.base import PairResult, PairTask
from midframe.executors.chunks import PairRequest, split_into_chunks
from midframe.executors.ray.transfer import FrameFile
from midframe.executors.ray.worker import ChunkReply
from midframe.executors.ray.worker_pool import RayWorker, RayWorkerPool
from midframe.executors.remote_errors import RemoteFailure
from midframe.executors.scheduler import (
    ChunkFailure,
    ChunkLoss,
    ChunkRequest,
    ChunkResult,
    OrderedScheduler,
    TransportEvent,
    WorkerLoss,
    WorkerReady,
)
from midframe.media.pixels import ViewTransform
from midframe.signals import CancelToken
from midframe.timing.steps import Mode
from midframe.types import Frame, Samples

CHUNK_BYTES = 128 << 20
"""Bytes of samples, read and interpolated, after which a chunk ends."""

MEMORY_SHARE = 0.5
"""Share of the memory that is free when a run begins, that frames in flight may take."""

MAX_ATTEMPTS = 4
"""How often a chunk is sent to a worker; a chunk that kills every one of them does not do so by accident."""

WORKER_TIMEOUT_SECONDS = 600.0
"""How long a job waits while it has no worker at all. A cluster that grows on demand needs minutes."""

_LOSSES = (RayActorError, NodeDiedError, ObjectLostError, OutOfMemoryError, WorkerCrashedError)
"""What Ray raises when a worker, its node, or a result on the way is lost: the chunk can be sent again."""


class RayExecutor:
    """Interpolates with workers of a Ray cluster. `run` starts and ends them; the connection must exist already.

    Args:
        maker: Makes the engines. Sent to each node once.
        pool: Workers; some of them may be starting already.
        transform: Makes the views.
        mode: How several frames in a pair are interpolated.
        shared_input: Whether to send the paths of frames that have files of their own, and not the samples.
        max_bytes: Bytes of frames that may be in flight; None for half of the memory that is free.
    """

    def __init__(
        self,
        maker: EngineMaker,
        pool: RayWorkerPool,
        transform: ViewTransform,
        mode: Mode,
        *,
        shared_input: bool = False,
        max_bytes: int | None = None,
    ) -> None:
        self._maker = maker
        self._pool = pool
        self._transform = transform
        self._mode = mode
        self._max_bytes = max_bytes
        self._transport = RayTransport(pool, shared_input=shared_input)

    @property
    def engine_seconds(self) -> float:
        """Wall time spent interpolating so far, in seconds, on average over the workers."""
        return self._transport.seconds / max(1, self._transport.device_names.total())

    @property
    def device_name(self) -> str:
        """All workers in words, such as "3 × cpu (1 thread) on Ray"."""
        names = self._transport.device_names or Counter({self._maker.device: self._pool.size})
        return " + ".join(f"{number} × {name}" for name, number in names.items()) + " on Ray"

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about workers and nodes that were lost, and files that they could not see."""
        return self._transport.notes

    def run(self, tasks: Iterable[PairTask], *, cancel: CancelToken | None = None) -> Generator[PairResult, None, None]:
        """Interpolate. See `midframe.executors.base.Executor`."""
        self._transport.max_bytes = self._max_bytes or int(available_memory() * MEMORY_SHARE)
        scheduler = OrderedScheduler(
            self._transport,
            split_into_chunks(tasks, CHUNK_BYTES, self._pool.size),
            max_attempts=MAX_ATTEMPTS,
            attempts_error=f"Workers on the Ray cluster died {MAX_ATTEMPTS} times on the same frames. If memory ran "
            "out, use fewer workers or `flow_scale=0.5`.",
            cancel=cancel,
        )
        try:
            self._pool.configure(self._maker, self._transform, self._mode)
            yield from scheduler.results()
        except RayError as error:
            sentence = " ".join(str(error).split()[:60])
            raise EngineError(f"The Ray cluster failed ({type(error).__name__}): {sentence}") from error
        finally:
            # If the cluster itself has gone, there are no workers left to stop.
            with contextlib.suppress(RayError):
                self._pool.stop()
            self._transport.reset()


class RayTransport:
    """Ray actors that get source frames with their chunks, and return interpolated ones.

    A `midframe.executors.scheduler.Transport`.

    Args:
        pool: The workers.
        shared_input: Whether to send the paths of frames that have files of their own, and not the samples.

    Attributes:
        max_bytes: What chunks in flight may take in the memory of this machine.
        device_names: How many workers there are of each device.
        seconds: Wall time spent interpolating, of all workers together.
    """

    def __init__(self, pool: RayWorkerPool, *, shared_input: bool) -> None:
        self._pool = pool
        self._shared_input = shared_input
        self.max_bytes = 0
        self.device_names: Counter[str] = Counter()
        self.seconds = 0.0
        self._nbytes: dict[int, int] = {}
        self._frames: dict[int, dict[int, tuple[Samples, ...]]] = {}
        self._losses = 0
        self._unseen: str | None = None
        self._notices: dict[str, None] = {}
        self._idle_seconds = 0.0

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about workers and nodes that were lost, and files that they could not see."""
        notes = list(self._notices)
        if self._losses:
            notes.append(
                f"Workers or nodes were lost ({self._losses}×); their work was repeated, and no frames were lost."
            )
        if self._unseen:
            notes.append(f"The input's files are not the same on all nodes ({self._unseen}), so frames were sent.")
        return tuple(notes)

    @property
    def max_workers(self) -> int:
        """Number of workers in the plan."""
        return self._pool.size

    @property
    def has_capacity(self) -> bool:
        """The next chunk is expected to be as large as the last one."""
        if not self._nbytes:
            return True
        last = next(reversed(self._nbytes.values()))
        return sum(self._nbytes.values()) + last <= self.max_bytes

    def reserve(self, request: ChunkRequest) -> bool:
        """Count the bytes of a chunk, source frames twice: as they were read, and on their way."""
        tasks = request.tasks
        frame_bytes = tasks[0].pair.left.frame.samples.nbytes
        frames = len(tasks) + 2 * len(request.missing) + sum(len(task.times) for task in tasks)
        self._nbytes[request.number] = frame_bytes * frames
        self._frames[request.number] = {}
        return True

    def request_workers(self, count: int) -> None:
        """Have Ray place and start workers."""
        self._pool.request(count)

    def send(self, worker: int, request: ChunkRequest) -> None:
        """Send the source frames of a chunk, or their paths."""
        tasks = [request.tasks[position] for position in request.missing]
        pairs = [PairRequest.of(task, task.pair.left.frame.index, task.pair.right.frame.index) for task in tasks]
        sources: dict[int, Samples | FrameFile] = {}
        for task in tasks:
            for frame in (task.pair.left.frame, task.pair.right.frame):
                if frame.index not in sources:
                    sources[frame.index] = self._sendable(frame)
        self._pool.workers[worker].send(request, pairs, sources)

    def _sendable(self, frame: Frame) -> Samples | FrameFile:
        file = FrameFile.of(frame) if self._shared_input and not self._unseen else None
        return file or frame.samples

    def wait(self, seconds: float) -> Sequence[TransportEvent]:
        """Receive the results of setups and the replies for chunks."""
        workers = self._pool.workers.values()
        setups = {worker.setup: worker for worker in workers if worker.setup is not None}
        replies = {reference: worker for worker in workers for reference in worker.pending}
        references: list[Any] = [*replies, *setups]
        if not references:
            return ()
        ready, _ = ray.wait(references, num_returns=len(references), timeout=0)
        if not ready and seconds:
            ready, _ = ray.wait(references, num_returns=1, timeout=seconds)
        events: list[TransportEvent] = []
        for reference in ready:
            if reference in setups:
                events += self._set_up(setups[reference], reference)
            elif reference in replies[reference].pending:  # else it was lost with its worker just now
                events += self._received(replies[reference], reference)
        if ready or len(setups) < sum(worker.has_settings for worker in workers):
            self._idle_seconds = 0.0
            return events
        self._idle_seconds += seconds
        if self._idle_seconds >= WORKER_TIMEOUT_SECONDS:
            raise EngineError(
                f"No worker could be started on the Ray cluster for {WORKER_TIMEOUT_SECONDS / 60:.0f} minutes; other "
                "jobs seem to use all of it. See `ray status`."
            )
        return events

    def _set_up(self, worker: RayWorker, reference: Any) -> Sequence[TransportEvent]:
        try:
            info = ray.get(reference)
        except ActorDiedError:
            del self._pool.workers[worker.number]
            if self._pool.is_exhausted:
                error = EngineError(
                    "All workers of the Ray cluster died too often. If memory ran out, use fewer per node."
                )
                return (WorkerLoss(worker.number, error),)
            return (WorkerLoss(worker.number),)
        except RayActorError:
            worker.set_up_again()
            return ()
        worker.setup = None
        if isinstance(info, RemoteFailure):
            return (WorkerLoss(worker.number, info.restored()),)
        if not worker.device_name:
            worker.device_name = info.device_name
            self.device_names[info.device_name] += 1
        return (WorkerReady(worker.number),)

    def _received(self, worker: RayWorker, reference: Any) -> Sequence[TransportEvent]:
        request = worker.pending.pop(reference)
        try:
            reply: ChunkReply = ray.get(reference)
        except RayActorError:
            # Ray starts another one, whose setup is awaited from now on.
            self._losses += 1
            worker.set_up_again()
            return (WorkerLoss(worker.number),)
        except _LOSSES:
            self._losses += 1
            return (ChunkLoss(request.number),)
        self.seconds += reply.seconds
        self._notices.update(dict.fromkeys(reply.notices))
        if not reply.ready:
            worker.set_up_again()
            return (WorkerLoss(worker.number, counted=False),)
        if reply.unseen is not None:
            self._unseen = self._unseen or reply.unseen
            return (ChunkLoss(request.number, counted=False),)
        positions = tuple(request.missing[: len(reply.frames)])
        self._frames[request.number].update(zip(positions, reply.frames, strict=True))
        result = ChunkResult(request.number, positions)
        if reply.failure is None:
            return (result,)
        return (result, ChunkFailure(request.number, reply.failure.restored()))

    def collect(self, request: ChunkRequest, position: int) -> tuple[Samples, ...]:
        """Copy frames out of Ray's memory, which goes with the connection: that may be before they are written."""
        return tuple(np.array(samples) for samples in self._frames[request.number].pop(position))

    def release(self, request: ChunkRequest) -> None:
        """Forget the chunk."""
        del self._nbytes[request.number], self._frames[request.number]

    def reset(self) -> None:
        """Forget all chunks; none is in flight any more."""
        self._nbytes.clear()
        self._frames.clear()
        self._idle_seconds = 0.0
