"""Chunks on their way, in order: what was taken and not yet given back as results."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from midframe.errors import MidframeError
from midframe.executors.chunks import PairOrder
from midframe.executors.ray.worker import Reply
from midframe.executors.remote_errors import RemoteError
from midframe.executors.tasks import PairResult, PairTask
from midframe.types import Samples


@dataclass(eq=False)
class Assignment:
    """A chunk on its way.

    Attributes:
        number: Of the chunk; chunks are numbered in order.
        tasks: What it is made of.
        orders: What is to be drawn, by the position of its task in `tasks`.
        nbytes: What it takes in memory here, source frames twice: as they were read, and on their way.
        tries: How often it was given to a worker.
        reply: What became of it.
        failure: Why there will be no reply.
    """

    number: int
    tasks: tuple[PairTask, ...]
    orders: dict[int, PairOrder]
    nbytes: int
    tries: int = 0
    reply: Reply | None = None
    failure: Exception | None = None


class ChunkRow:
    """Chunks in order; those that ask for something wait until somebody draws them.

    Attributes:
        ended: Whether no more will be taken: the tasks are at their end, or something failed.
        last_error: What is to be raised once everything before it was given back; None if nothing is.
    """

    def __init__(self, chunks: Iterator[tuple[PairTask, ...]], most_chunks: int, most_bytes: int) -> None:
        """Choose.

        Args:
            chunks: From `midframe.executors.chunks.chunked`.
            most_chunks: How many may be on their way, finished ones that wait for their turn included.
            most_bytes: What they may take in memory. One at least may be on its way in any case.
        """
        self._chunks = chunks
        self._most_chunks = most_chunks
        self._most_bytes = most_bytes
        self._row: deque[Assignment] = deque()
        self._waiting: list[tuple[int, Assignment]] = []
        self._taken = 0
        self._used = 0
        self.ended = False
        self.last_error: Exception | None = None

    @property
    def is_empty(self) -> bool:
        """Whether everything that was taken was given back."""
        return not self._row

    @property
    def waiting(self) -> int:
        """How many chunks somebody should draw."""
        return len(self._waiting)

    @property
    def has_room(self) -> bool:
        """Whether another chunk may be on its way; it will be about as large as the last one."""
        if not self._row:
            return True
        return len(self._row) < self._most_chunks and self._used + self._row[-1].nbytes <= self._most_bytes

    def take(self) -> None:
        """Take the next chunk, if there is one."""
        try:
            chunk = next(self._chunks, None)
        except MidframeError as error:
            self.last_error = error
            chunk = None
        if chunk is None:
            self.ended = True
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
            self.put_back(assignment)

    def next_waiting(self) -> Assignment:
        """The oldest chunk that nobody draws, for somebody who will."""
        return heapq.heappop(self._waiting)[1]

    def put_back(self, assignment: Assignment) -> None:
        """Somebody has to draw it, still or again."""
        heapq.heappush(self._waiting, (assignment.number, assignment))

    def give_up(self, error: Exception) -> None:
        """Nobody will draw what waits; what is being drawn still counts."""
        for _, assignment in self._waiting:
            assignment.failure = error
        self._waiting.clear()
        self.last_error = error
        self.ended = True

    def finished(self) -> Iterator[PairResult]:
        """Results whose turn it is, as far as they are there.

        Raises:
            Exception: What went wrong with the first one that will not come.
        """
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
