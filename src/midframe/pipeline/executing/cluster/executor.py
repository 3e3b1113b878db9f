"""The executor on a Ray cluster: chunks out to wherever Ray has placed workers, results in, in order."""

from __future__ import annotations

import contextlib
import heapq
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator
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

from midframe.engine.available import available_memory
from midframe.errors import EngineError, MidframeError
from midframe.media.pixels import ViewTransform
from midframe.pipeline.executing.chunks import PairOrder, chunked
from midframe.pipeline.executing.cluster.crew import Assignment, Crew, Seat
from midframe.pipeline.executing.cluster.placement import WorkerPlan
from midframe.pipeline.executing.cluster.shipping import FrameFile
from midframe.pipeline.executing.cluster.worker import Failure, Reply
from midframe.pipeline.executing.remote_errors import RemoteError
from midframe.pipeline.networks.network import EngineMaker
from midframe.pipeline.pairs.tasks import PairResult, PairTask
from midframe.policy.recursion import Mode
from midframe.types import Frame, Samples

MOST_CHUNKS = 4
"""Chunks for each worker that may be on their way, finished ones that wait for their turn included."""

CHUNK_BYTES = 128 << 20
"""Bytes of samples, read and drawn, after which a chunk ends."""

MOST_TRIES = 4
"""How often a chunk is given to a worker; what kills every one of them is not a mishap."""

SHARE = 0.5
"""Of the memory that is free when drawing begins, how much frames on their way may take."""

SECONDS_FOR_WORKERS = 600.0
"""How long a job waits while it has no worker at all. A cluster that grows on demand needs minutes."""

POLL_SECONDS = 5.0
"""How long to wait at a time."""

_LOSSES = (RayActorError, NodeDiedError, ObjectLostError, OutOfMemoryError, WorkerCrashedError)
"""What Ray raises when a worker, its node, or a result on the way has gone: all of them can be put right."""


class RayExecutor:
    """Draws with workers of a Ray cluster. `run` starts and ends them; the connection to the cluster must be there."""

    def __init__(
        self,
        maker: EngineMaker,
        plan: WorkerPlan,
        transform: ViewTransform,
        mode: Mode,
        *,
        shared_input: bool = False,
        most_bytes: int | None = None,
    ) -> None:
        """Choose.

        Args:
            maker: Makes the engines. Travels to each node once.
            plan: How many workers, and what each gets.
            transform: Makes the views.
            mode: How several frames in a pair are drawn.
            shared_input: Whether to send the names of frames that have files of their own, and not the samples.
            most_bytes: Bytes of frames that may be on their way; None for half of the memory that is free.
        """
        self._crew = Crew(maker, plan, transform, mode)
        self._shared_input = shared_input
        self._most_bytes = most_bytes
        self._device = maker.device
        self._names: Counter[str] = Counter()
        self._seconds = 0.0
        self._losses = 0
        self._unseen: str | None = None
        self._told: dict[str, None] = {}
        self._reset()

    def _reset(self) -> None:
        self._row: deque[Assignment] = deque()
        self._waiting: list[tuple[int, Assignment]] = []
        self._taken = 0
        self._used = 0
        self._idle_seconds = 0.0
        self._ended = False
        self._last_error: Exception | None = None

    @property
    def engine_seconds(self) -> float:
        """Wall time spent drawing so far, on average over the workers."""
        return self._seconds / max(1, self._names.total())

    @property
    def device_name(self) -> str:
        """All workers in words, such as "3 × cpu (1 thread) on Ray"."""
        names = self._names or Counter({self._device: self._crew.size})
        return " + ".join(f"{number} × {name}" for name, number in names.items()) + " on Ray"

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about workers and nodes that were lost, and files that they could not see."""
        notes = list(self._told)
        if self._losses:
            notes.append(f"Workers or their nodes were lost while they drew ({self._losses}×); nothing is missing.")
        if self._unseen:
            notes.append(f"The input's files are not the same on all nodes ({self._unseen}), so frames were sent.")
        return tuple(notes)

    def run(self, tasks: Iterable[PairTask]) -> Generator[PairResult, None, None]:
        """Draw. See `midframe.pipeline.executing.workers.Executor`."""
        self._reset()
        most_bytes = self._most_bytes or int(available_memory() * SHARE)
        try:
            yield from self._results(chunked(tasks, CHUNK_BYTES), most_bytes)
        except RayError as error:
            sentence = " ".join(str(error).split()[:60])
            raise EngineError(f"The Ray cluster failed ({type(error).__name__}): {sentence}") from error
        finally:
            # Where the cluster itself has gone, there is nobody left to stop.
            with contextlib.suppress(RayError):
                self._crew.stop()
            self._reset()

    def _results(self, chunks: Iterator[tuple[PairTask, ...]], most_bytes: int) -> Iterator[PairResult]:
        while True:
            yield from self._finished()
            if self._ended and not self._row:
                break
            if not self._ended and (not self._row or self._has_room(most_bytes)):
                self._take(chunks)
                self._hand_out()
                self._listen(0.0)
            else:
                self._hand_out()
                self._listen(POLL_SECONDS)
        if self._last_error is not None:
            raise self._last_error

    def _has_room(self, most_bytes: int) -> bool:
        """Whether another chunk may be on its way; it will be about as large as the last one."""
        return len(self._row) < MOST_CHUNKS * self._crew.size and self._used + self._row[-1].nbytes <= most_bytes

    def _take(self, chunks: Iterator[tuple[PairTask, ...]]) -> None:
        try:
            chunk = next(chunks, None)
        except MidframeError as error:
            self._last_error = error
            chunk = None
        if chunk is None:
            self._ended = True
            return
        orders = {
            position: PairOrder(task.pair.left.frame.index, task.pair.right.frame.index, task.times)
            for position, task in enumerate(chunk)
            if task.times
        }
        one = chunk[0].pair.left.frame.samples.nbytes
        nbytes = one * (len(chunk) + 2 * len(orders) + sum(len(task.times) for task in chunk))
        self._taken += 1
        self._used += nbytes
        assignment = Assignment(self._taken, chunk, orders, nbytes)
        self._row.append(assignment)
        if orders:
            heapq.heappush(self._waiting, (assignment.number, assignment))

    def _hand_out(self) -> None:
        """Give chunks that wait to workers that are ready, the oldest first; start workers if there are too few."""
        if not self._waiting:
            return
        self._crew.grow(len(self._waiting))
        if not self._crew.seats:
            raise EngineError("All workers of the Ray cluster died too often. If memory ran out, use fewer per node.")
        free = [seat for seat in self._crew.seats if seat.wants_more]
        while self._waiting and free:
            seat = min(free, key=_load)
            _, assignment = heapq.heappop(self._waiting)
            seat.assign(assignment, tuple(assignment.orders.values()), self._sources(assignment))
            free = [seat for seat in free if seat.wants_more]

    def _sources(self, assignment: Assignment) -> dict[int, Samples | FrameFile]:
        sources: dict[int, Samples | FrameFile] = {}
        for position in assignment.orders:
            pair = assignment.tasks[position].pair
            for frame in (pair.left.frame, pair.right.frame):
                if frame.index not in sources:
                    sources[frame.index] = self._shipped(frame)
        return sources

    def _shipped(self, frame: Frame) -> Samples | FrameFile:
        file = FrameFile.of(frame) if self._shared_input and not self._unseen else None
        return file or frame.samples

    def _listen(self, seconds: float) -> None:
        """Hear what workers have to say, waiting for it if nothing is there yet."""
        answers = {seat.greeting: seat for seat in self._crew.seats if seat.greeting is not None}
        replies = {reference: seat for seat in self._crew.seats for reference in seat.pending}
        references: list[Any] = [*replies, *answers]
        if not references:
            return
        there, _ = ray.wait(references, num_returns=len(references), timeout=0)
        if not there and seconds:
            there, _ = ray.wait(references, num_returns=1, timeout=seconds)
        for reference in there:
            if reference in answers:
                self._hear_hello(answers[reference], reference)
            else:
                self._hear(replies[reference], reference)
        if there or len(answers) < len(self._crew.seats):
            self._idle_seconds = 0.0
            return
        self._idle_seconds += seconds
        if self._idle_seconds >= SECONDS_FOR_WORKERS:
            raise EngineError(
                f"No worker could be started on the Ray cluster for {SECONDS_FOR_WORKERS / 60:.0f} minutes; others "
                "seem to use all of it. `ray status` tells."
            )

    def _hear_hello(self, seat: Seat, reference: Any) -> None:
        try:
            hello = ray.get(reference)
        except ActorDiedError:
            self._crew.seats.remove(seat)
            return
        except RayActorError:
            seat.greet()
            return
        seat.greeting = None
        if isinstance(hello, Failure):
            self._give_up(hello)
            return
        if not seat.device_name:
            seat.device_name = hello.device_name
            self._names[hello.device_name] += 1

    def _hear(self, seat: Seat, reference: Any) -> None:
        assignment = seat.pending.pop(reference)
        try:
            reply: Reply = ray.get(reference)
        except _LOSSES as error:
            self._lose(seat, assignment, error)
            return
        self._seconds += reply.seconds
        self._told.update(dict.fromkeys(reply.told))
        if not reply.ready:
            if seat.greeting is None:
                seat.greet()
            heapq.heappush(self._waiting, (assignment.number, assignment))
            return
        if reply.unseen is not None:
            self._unseen = self._unseen or reply.unseen
            assignment.tries -= 1
            heapq.heappush(self._waiting, (assignment.number, assignment))
            return
        assignment.reply = reply
        if reply.failure is not None:
            self._ended = True

    def _lose(self, seat: Seat, assignment: Assignment, error: RayError) -> None:
        """Somebody else gets what a lost worker had to do. Ray starts another one, which will answer our hello."""
        if not isinstance(error, RayActorError):
            self._losses += 1
        elif seat.greeting is None:
            # One death takes all chunks of a seat along; it is counted once.
            self._losses += 1
            seat.greet()
        if assignment.tries < MOST_TRIES:
            heapq.heappush(self._waiting, (assignment.number, assignment))
            return
        assignment.failure = EngineError(
            f"Workers on the Ray cluster died {MOST_TRIES} times over the same frames. If memory ran out, use fewer "
            "workers or --scale 0.5."
        )
        self._ended = True

    def _give_up(self, failure: Failure) -> None:
        """No worker can be had. What others draw already still counts."""
        failure.error.__cause__ = RemoteError(failure.traceback)
        for _, assignment in self._waiting:
            assignment.failure = failure.error
        self._waiting.clear()
        self._last_error = failure.error
        self._ended = True

    def _finished(self) -> Iterator[PairResult]:
        """Results whose turn it is, as far as they are there."""
        while self._row:
            head = self._row[0]
            if head.orders and head.reply is None:
                if head.failure is not None:
                    raise head.failure
                return
            drawn = iter(head.reply.drawn if head.reply else ())
            for position, task in enumerate(head.tasks):
                pictures: tuple[Samples, ...] | None = ()
                if position in head.orders:
                    pictures = next(drawn, None)
                if pictures is None:
                    assert head.reply is not None
                    assert head.reply.failure is not None
                    failure = head.reply.failure
                    failure.error.__cause__ = RemoteError(failure.traceback)
                    raise failure.error
                # Ray's memory goes when the connection does, which may be before these are written.
                yield PairResult(task, tuple(np.array(each) for each in pictures), finished=True)
            self._row.popleft()
            self._used -= head.nbytes


def _load(seat: Seat) -> int:
    return len(seat.pending)
