"""Scheduling chunks to workers, for every executor that has workers outside this process.

The scheduler decides which worker gets which chunk, sends lost chunks again, and puts results in order. How chunks
travel and how workers are started is the business of a transport.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from midframe.errors import EngineError, MidframeError
from midframe.executors.base import PairResult, PairTask
from midframe.signals import CancelToken, interruptible_wait
from midframe.types import Samples

CHUNKS_AHEAD = 2
"""Chunks that a worker has at a time: one in work, and one so that it need not wait for the main process."""

MAX_CHUNKS = 4
"""Chunks in flight for each worker, including finished ones that wait for their turn."""


@dataclass(eq=False)
class ChunkRequest:
    """A chunk in flight: taken from the tasks, and not yet given out as results.

    Attributes:
        number: Number of the chunk; chunks are numbered in order.
        tasks: Its tasks.
        done: Positions in `tasks` whose frames have been interpolated.
        worker: Number of the worker that has the chunk; None if it is unassigned or complete.
        last_worker: Number of the worker that it was last sent to.
        attempts: How often it was sent to a worker.
        error: Why its missing frames will not come; None if they may come.
    """

    number: int
    tasks: tuple[PairTask, ...]
    done: set[int] = field(default_factory=set)
    worker: int | None = None
    last_worker: int | None = None
    attempts: int = 0
    error: Exception | None = None

    @property
    def missing(self) -> list[int]:
        """Positions of the tasks whose frames are still to be interpolated, ascending."""
        return [position for position, task in enumerate(self.tasks) if task.times and position not in self.done]

    @property
    def is_pending(self) -> bool:
        """Whether frames are missing that may still come."""
        return self.error is None and bool(self.missing)


@dataclass(frozen=True)
class WorkerReady:
    """A worker accepts chunks from now on.

    Attributes:
        worker: Its number.
    """

    worker: int


@dataclass(frozen=True)
class WorkerLoss:
    """A worker has gone, with all chunks that it had; it accepts none until the next `WorkerReady`.

    Attributes:
        worker: Its number.
        error: Why it will not come back; its chunks fail with this. None if its chunks are to be sent again.
        counted: Whether the attempts count that were made on its chunks.
    """

    worker: int
    error: Exception | None = None
    counted: bool = True


@dataclass(frozen=True)
class ChunkResult:
    """Frames of a chunk have been interpolated; `Transport.collect` returns them.

    Attributes:
        number: Number of the chunk.
        positions: Positions of their tasks in the chunk.
    """

    number: int
    positions: tuple[int, ...]


@dataclass(frozen=True)
class ChunkFailure:
    """The missing frames of a chunk cannot be interpolated.

    Attributes:
        number: Number of the chunk.
        error: Why.
    """

    number: int
    error: Exception


@dataclass(frozen=True)
class ChunkLoss:
    """A chunk did not arrive, or its results did not; it is sent again, to any worker.

    Attributes:
        number: Number of the chunk.
        counted: Whether the attempt counts that was made on it.
    """

    number: int
    counted: bool = True


TransportEvent = WorkerReady | WorkerLoss | ChunkResult | ChunkFailure | ChunkLoss
"""What can happen while the scheduler waits."""


class Transport(Protocol):
    """Workers, and the way of chunks to them and of frames back. Workers are known by numbers."""

    @property
    def max_workers(self) -> int:
        """How many workers there may be at a time, at least 1."""
        ...

    @property
    def has_capacity(self) -> bool:
        """Whether another chunk may be taken from the tasks; true if none is in flight."""
        ...

    def reserve(self, request: ChunkRequest) -> bool:
        """Reserve the memory that a chunk and its frames need.

        Returns:
            False where there is no space at present; always true if no chunk is in flight.

        Raises:
            EngineError: The system has no memory left.
        """
        ...

    def request_workers(self, count: int) -> None:
        """Have up to that many workers started, for as many unassigned chunks."""
        ...

    def send(self, worker: int, request: ChunkRequest) -> None:
        """Send the missing tasks of a chunk to a worker.

        Raises:
            EngineError: The worker cannot be started.
        """
        ...

    def wait(self, seconds: float) -> Sequence[TransportEvent]:
        """Return what has happened, waiting for at most that many seconds if nothing has.

        Raises:
            EngineError: No workers are available.
        """
        ...

    def collect(self, request: ChunkRequest, position: int) -> tuple[Samples, ...]:
        """Return the frames of a task, which belong to the caller, and free the transport's memory for them."""
        ...

    def release(self, request: ChunkRequest) -> None:
        """Free what is still reserved for a chunk: all its results have been collected."""
        ...


class OrderedScheduler:
    """Sends chunks to workers as these become free, and yields results in the order of the tasks.

    Nothing is taken or sent before `results` is iterated.

    Args:
        transport: The workers.
        chunks: Chunks in order, from `midframe.executors.chunks.split_into_chunks`.
        max_attempts: How often a chunk is sent to workers that are lost; None for no limit.
        attempts_error: Message of the error that ends a job after as many attempts.
        cancel: Ends the job when it is cancelled.
    """

    def __init__(
        self,
        transport: Transport,
        chunks: Iterator[tuple[PairTask, ...]],
        *,
        max_attempts: int | None = None,
        attempts_error: str = "",
        cancel: CancelToken | None = None,
    ) -> None:
        self._transport = transport
        self._chunks = chunks
        self._max_attempts = max_attempts
        self._attempts_error = attempts_error
        self._cancel = cancel
        self._taken = 0
        self._unreserved: ChunkRequest | None = None
        self._in_flight: dict[int, ChunkRequest] = {}
        self._unassigned: list[int] = []
        self._ready: dict[int, None] = {}
        self._position = 0
        self._ended = False
        self._error: Exception | None = None
        self._worker_error: Exception | None = None

    def results(self) -> Iterator[PairResult]:
        """Every result, in order and once.

        Raises:
            MidframeError: An engine failed, workers were lost too often, or a task could not be taken; all results
                before were yielded.
            CancelRequested: The token was cancelled.
        """
        while True:
            yield from self._finished()
            if self._ended and not self._in_flight:
                break
            if self._has_capacity() and self._take():
                self._assign()
                events = interruptible_wait(self._transport.wait, 0, cancel=self._cancel)
            else:
                events = interruptible_wait(self._transport.wait, cancel=self._cancel)
            for event in events:
                self._handle(event)
            self._assign()
        if self._error is not None:
            raise self._error

    def _has_capacity(self) -> bool:
        """Whether another chunk may be in flight."""
        workers = self._transport.max_workers
        if self._ended or len(self._in_flight) >= MAX_CHUNKS * workers:
            return False
        pending = sum(request.is_pending for request in self._in_flight.values())
        return pending < CHUNKS_AHEAD * workers and (self._unreserved is not None or self._transport.has_capacity)

    def _take(self) -> bool:
        """Take the next chunk; return whether it is in flight now."""
        if self._unreserved is None:
            try:
                chunk = next(self._chunks, None)
            except MidframeError as error:
                self._error = error
                chunk = None
            if chunk is None:
                self._ended = True
                return True
            self._taken += 1
            self._unreserved = ChunkRequest(self._taken, chunk)
        request = self._unreserved
        if not self._transport.reserve(request):
            return False
        self._unreserved = None
        self._in_flight[request.number] = request
        if request.missing:
            heapq.heappush(self._unassigned, request.number)
        return True

    def _assign(self) -> None:
        """Send unassigned chunks to workers that are free, the oldest first."""
        if self._unassigned:
            self._transport.request_workers(len(self._unassigned))
        while self._unassigned:
            load = dict.fromkeys(self._ready, 0)
            for request in self._in_flight.values():
                if request.worker is not None:
                    load[request.worker] += 1
            free = [worker for worker, chunks in load.items() if chunks < CHUNKS_AHEAD]
            if not free:
                break
            self._send(free, load)
        if self._worker_error is not None and not self._ready:
            for number in self._unassigned:
                self._in_flight[number].error = self._worker_error
            self._unassigned.clear()

    def _send(self, free: Sequence[int], load: dict[int, int]) -> None:
        """Send the oldest unassigned chunk to the worker that has least to do, if possible to the one it had."""
        request = self._in_flight[heapq.heappop(self._unassigned)]
        worker = min(free, key=lambda number: (load[number], number != request.last_worker))
        request.worker = request.last_worker = worker
        request.attempts += 1
        try:
            self._transport.send(worker, request)
        except EngineError as error:
            self._lose_worker(WorkerLoss(worker, error))

    def _handle(self, event: TransportEvent) -> None:
        if isinstance(event, WorkerReady):
            self._ready[event.worker] = None
        elif isinstance(event, WorkerLoss):
            self._lose_worker(event)
        elif isinstance(event, ChunkResult):
            request = self._in_flight[event.number]
            request.done.update(event.positions)
            if not request.missing:
                request.worker = None
        elif isinstance(event, ChunkFailure):
            self._fail(self._in_flight[event.number], event.error)
        else:
            self._lose_chunk(self._in_flight[event.number], counted=event.counted)

    def _lose_worker(self, loss: WorkerLoss) -> None:
        self._ready.pop(loss.worker, None)
        lost = [request for request in self._in_flight.values() if request.worker == loss.worker]
        if loss.error is not None:
            self._worker_error = loss.error
            self._stop(loss.error)
        for request in lost:
            if loss.error is None:
                self._lose_chunk(request, counted=loss.counted)
            else:
                self._fail(request, loss.error)

    def _lose_chunk(self, request: ChunkRequest, *, counted: bool) -> None:
        request.worker = None
        request.attempts -= not counted
        if self._max_attempts is not None and request.attempts >= self._max_attempts:
            self._fail(request, EngineError(self._attempts_error))
        else:
            heapq.heappush(self._unassigned, request.number)

    def _fail(self, request: ChunkRequest, error: Exception) -> None:
        """The rest of a chunk will not come; what comes before it still does."""
        request.worker = None
        request.error = error
        self._stop(error)

    def _stop(self, error: Exception) -> None:
        """Take no more chunks, and end with an error unless all chunks have been taken already."""
        if not self._ended:
            self._ended = True
            self._error = error
            self._unreserved = None

    def _finished(self) -> Iterator[PairResult]:
        """Results whose turn it is, as far as they are complete.

        Raises:
            Exception: Why the next one will not come.
        """
        while self._in_flight:
            head = next(iter(self._in_flight.values()))
            while self._position < len(head.tasks):
                position, task = self._position, head.tasks[self._position]
                frames: tuple[Samples, ...] = ()
                if task.times:
                    if position not in head.done:
                        if head.error is not None:
                            raise head.error
                        return
                    frames = self._transport.collect(head, position)
                self._position += 1
                yield PairResult(task, frames, finished=True)
            del self._in_flight[head.number]
            self._position = 0
            self._transport.release(head)
