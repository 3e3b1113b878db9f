"""Between chunks and workers: who draws what, what they answer, and what is done about those that are lost."""

from __future__ import annotations

from collections import Counter
from typing import Any

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

from midframe.errors import EngineError
from midframe.executors.ray.ordered_queue import Assignment, ChunkRow
from midframe.executors.ray.transfer import FrameFile
from midframe.executors.ray.worker import Failure, Reply
from midframe.executors.ray.worker_pool import Crew, Seat
from midframe.executors.remote_errors import RemoteError
from midframe.types import Frame, Samples

MOST_TRIES = 4
"""How often a chunk is given to a worker; what kills every one of them is not a mishap."""

SECONDS_FOR_WORKERS = 600.0
"""How long a job waits while it has no worker at all. A cluster that grows on demand needs minutes."""

_LOSSES = (RayActorError, NodeDiedError, ObjectLostError, OutOfMemoryError, WorkerCrashedError)
"""What Ray raises when a worker, its node, or a result on the way has gone: all of them can be put right."""


class Dispatch:
    """Hands chunks of a row to the seats of a crew, and listens to them.

    Attributes:
        names: How many workers there are of each device.
        seconds: Wall time spent drawing, of all workers together.
    """

    def __init__(self, crew: Crew, *, shared_input: bool) -> None:
        """Choose.

        Args:
            crew: Who draws.
            shared_input: Whether to send the names of frames that have files of their own, and not the samples.
        """
        self._crew = crew
        self._shared_input = shared_input
        self.names: Counter[str] = Counter()
        self.seconds = 0.0
        self._losses = 0
        self._unseen: str | None = None
        self._told: dict[str, None] = {}
        self._idle_seconds = 0.0

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about workers and nodes that were lost, and files that they could not see."""
        notes = list(self._told)
        if self._losses:
            notes.append(f"Workers or their nodes were lost while they drew ({self._losses}×); nothing is missing.")
        if self._unseen:
            notes.append(f"The input's files are not the same on all nodes ({self._unseen}), so frames were sent.")
        return tuple(notes)

    def hand_out(self, row: ChunkRow) -> None:
        """Give chunks that wait to workers that are ready, the oldest first; start workers if there are too few.

        Raises:
            EngineError: There is no worker left.
        """
        if not row.waiting:
            return
        self._crew.call(row.waiting)
        if not self._crew.seats:
            raise EngineError("All workers of the Ray cluster died too often. If memory ran out, use fewer per node.")
        free = [seat for seat in self._crew.seats if seat.wants_more]
        while row.waiting and free:
            seat = min(free, key=_load)
            assignment = row.next_waiting()
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

    def listen(self, row: ChunkRow, seconds: float) -> None:
        """Hear what workers have to say.

        Args:
            row: What they draw.
            seconds: How long to wait for it if nothing is there yet.

        Raises:
            EngineError: There was no worker for too long.
        """
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
                self._hear_hello(row, answers[reference], reference)
            else:
                self._hear(row, replies[reference], reference)
        if there or len(answers) < sum(seat.was_greeted for seat in self._crew.seats):
            self._idle_seconds = 0.0
            return
        self._idle_seconds += seconds
        if self._idle_seconds >= SECONDS_FOR_WORKERS:
            raise EngineError(
                f"No worker could be started on the Ray cluster for {SECONDS_FOR_WORKERS / 60:.0f} minutes; others "
                "seem to use all of it. `ray status` tells."
            )

    def _hear_hello(self, row: ChunkRow, seat: Seat, reference: Any) -> None:
        try:
            hello = ray.get(reference)
        except ActorDiedError:
            self._crew.seats.remove(seat)
            return
        except RayActorError:
            seat.greet_again()
            return
        if isinstance(hello, Failure):
            seat.greeting = None
            hello.error.__cause__ = RemoteError(hello.traceback)
            row.give_up(hello.error)
            return
        if not seat.device_name:
            self.names[hello.device_name] += 1
        seat.welcome(hello.device_name)

    def _hear(self, row: ChunkRow, seat: Seat, reference: Any) -> None:
        assignment = seat.pending.pop(reference)
        try:
            reply: Reply = ray.get(reference)
        except _LOSSES as error:
            self._lose(row, seat, assignment, error)
            return
        self.seconds += reply.seconds
        self._told.update(dict.fromkeys(reply.told))
        if not reply.ready:
            if seat.greeting is None:
                seat.greet_again()
            row.put_back(assignment)
            return
        if reply.unseen is not None:
            self._unseen = self._unseen or reply.unseen
            assignment.tries -= 1
            row.put_back(assignment)
            return
        assignment.reply = reply
        if reply.failure is not None:
            row.ended = True

    def _lose(self, row: ChunkRow, seat: Seat, assignment: Assignment, error: RayError) -> None:
        """Somebody else gets what a lost worker had to do. Ray starts another one, which will answer our hello."""
        if not isinstance(error, RayActorError):
            self._losses += 1
        elif seat.greeting is None:
            # One death takes all chunks of a seat along; it is counted once.
            self._losses += 1
            seat.greet_again()
        if assignment.tries < MOST_TRIES:
            row.put_back(assignment)
            return
        assignment.failure = EngineError(
            f"Workers on the Ray cluster died {MOST_TRIES} times over the same frames. If memory ran out, use fewer "
            "workers or --scale 0.5."
        )
        row.ended = True


def _load(seat: Seat) -> int:
    return len(seat.pending)
