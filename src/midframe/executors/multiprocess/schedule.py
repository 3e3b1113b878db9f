"""Who draws what and when: chunks are handed to workers in order, and their results put back in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import connection as connections

import numpy as np

from midframe.errors import EngineError, MidframeError
from midframe.executors.chunks import PairOrder, distinct_frames
from midframe.executors.multiprocess.messages import Drawn, Failed, Ready, Reply, Told
from midframe.executors.multiprocess.shared_frames import SharedFrames
from midframe.executors.multiprocess.worker_pool import Assignment, Worker
from midframe.executors.remote_errors import RemoteError
from midframe.executors.tasks import PairResult, PairTask
from midframe.signals import POLL_INTERVAL_SECONDS

MOST_CHUNKS = 4
"""Chunks for each worker that may be on their way, finished ones that wait for their turn included."""


class Schedule:
    """One row of chunks, drawn by several workers."""

    def __init__(
        self,
        workers: Sequence[Worker],
        frames: SharedFrames,
        chunks: Iterator[tuple[PairTask, ...]],
        on_seconds: Callable[[float], None],
    ) -> None:
        """Choose.

        Args:
            workers: Who draws.
            frames: Shared with them.
            chunks: In order.
            on_seconds: Hears how long each pair took.
        """
        self._workers = workers
        self._frames = frames
        self._chunks = chunks
        self._on_seconds = on_seconds
        self._handed_out = 0
        self._waiting: tuple[PairTask, ...] | None = None
        self._row: deque[Assignment] = deque()
        self._position = 0
        self._ended = False
        self._input_error: MidframeError | None = None

    def results(self) -> Iterator[PairResult]:
        """Everything, in order.

        Raises:
            MidframeError: An engine failed, a worker died too often, or a task could not be had; all results before
                were yielded.
        """
        while True:
            yield from self._finished()
            if self._ended and not self._row:
                break
            if self._takes_more():
                self._hand_out()
                self._listen(wait=False)
            else:
                self._listen(wait=True)
        if self._input_error is not None:
            raise self._input_error

    def _takes_more(self) -> bool:
        """Whether the next chunk can be taken and handed out now."""
        if self._ended or len(self._row) >= MOST_CHUNKS * len(self._workers):
            return False
        # Tasks hold on to their source frames, also those that ask for nothing and only wait for their turn.
        if self._row and sum(len(each.tasks) for each in self._row) >= self._frames.limit:
            return False
        if not any(worker.wants_more for worker in self._workers):
            return False
        return self._waiting is None or not self._frames.in_use or self._frames.has_room(_blocks(self._waiting))

    def _hand_out(self) -> None:
        chunk = self._waiting or self._take()
        if chunk is None:
            self._ended = True
            return
        blocks = _blocks(chunk)
        if self._frames.in_use and not self._frames.has_room(blocks):
            self._waiting = chunk
            return
        self._waiting = None
        assignment = self._fill(chunk, self._frames.take(blocks))
        self._row.append(assignment)
        if assignment.orders:
            min((worker for worker in self._workers if worker.wants_more), key=_load).assign(assignment)

    def _take(self) -> tuple[PairTask, ...] | None:
        try:
            return next(self._chunks, None)
        except MidframeError as error:
            self._input_error = error
            return None

    def _fill(self, chunk: tuple[PairTask, ...], blocks: list[int]) -> Assignment:
        """Copy a chunk's frames into blocks, and lay out the rest of them for what will be drawn."""
        sources = distinct_frames(chunk)
        places = dict(zip(sources, blocks, strict=False))
        for index, samples in sources.items():
            np.copyto(self._frames.view(places[index]), samples)
        unused = iter(blocks[len(sources) :])
        orders, results = {}, {}
        for position, task in enumerate(chunk):
            if task.times:
                left, right = (places[each.frame.index] for each in (task.pair.left, task.pair.right))
                orders[position] = PairOrder(left, right, task.times)
                results[position] = [next(unused) for _ in task.times]
        self._handed_out += 1
        return Assignment(self._handed_out, chunk, list(places.values()), orders, results)

    def _listen(self, *, wait: bool) -> None:
        """Hear what workers have to say, if need be waiting until one has."""
        running = {worker.connection: worker for worker in self._workers if worker.connection is not None}
        heard = connections.wait(list(running), 0)
        # A wait without end would not notice a Ctrl+C that comes just before it.
        while wait and not heard:
            heard = connections.wait(list(running), POLL_INTERVAL_SECONDS)
        for connection in heard:
            worker = running[connection]  # type: ignore[index]
            self._hear(worker, worker.receive())

    def _hear(self, worker: Worker, reply: Reply | None) -> None:
        if isinstance(reply, Ready):
            worker.device_name = reply.device_name
        elif isinstance(reply, Told):
            worker.told.append(reply.sentence)
        elif isinstance(reply, Drawn):
            self._on_seconds(reply.seconds)
            (assignment,) = (each for each in worker.assignments if each.number == reply.chunk)
            assignment.drawn.add(reply.position)
            if not assignment.missing:
                worker.assignments.remove(assignment)
                self._frames.give_back(assignment.sources)
        elif isinstance(reply, Failed):
            reply.error.__cause__ = RemoteError(reply.traceback)
            worker.stop()
            self._give_up(worker, reply.error)
        else:
            try:
                worker.restart()
            except EngineError as error:
                self._give_up(worker, error)

    def _give_up(self, worker: Worker, error: Exception) -> None:
        """What a worker had to do will not come. Others finish what comes before it."""
        for assignment in worker.assignments:
            assignment.failure = error
        worker.assignments.clear()
        self._ended = True

    def _finished(self) -> Iterator[PairResult]:
        """Results whose turn it is, as far as they are there."""
        while self._row:
            head = self._row[0]
            while self._position < len(head.tasks):
                position = self._position
                if position in head.orders and position not in head.drawn:
                    if head.failure is not None:
                        raise head.failure
                    return
                blocks = head.results.get(position, [])
                drawn = tuple(self._frames.view(block).copy() for block in blocks)
                self._frames.give_back(blocks)
                self._position += 1
                yield PairResult(head.tasks[position], drawn, finished=True)
            self._row.popleft()
            self._position = 0


def _blocks(chunk: tuple[PairTask, ...]) -> int:
    """How many frames a chunk reads and draws."""
    return len(distinct_frames(chunk)) + sum(len(task.times) for task in chunk)


def _load(worker: Worker) -> int:
    return len(worker.assignments)
