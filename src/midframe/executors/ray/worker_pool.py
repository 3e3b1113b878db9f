"""Workers of a cluster as the main process sees them. Ray places them, and starts them again when they have died."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ray

from midframe.engines.protocols import EngineMaker
from midframe.executors.chunks import CHUNK_DRAWS, PairOrder
from midframe.executors.ray.ordered_queue import Assignment
from midframe.executors.ray.placement import WorkerPlan
from midframe.executors.ray.transfer import FrameFile
from midframe.executors.ray.worker import VERSION, ChunkWorker
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode
from midframe.types import Samples

MOST_RESTARTS = 10
"""How often Ray starts a worker again, somewhere. Nodes may come and go; chunks that kill workers have a bound of
their own."""

CHUNKS_AHEAD = 2
"""Chunks that a worker has at a time: one in work, and one that travels meanwhile."""


class Seat:
    """A place for a worker; who sits there may change.

    Attributes:
        greeting: Where its answer to our hello comes from; None before we said it, once it has come, and after `leave`.
        device_name: What it draws with, once it has said so.
        pending: What it has to do.
    """

    def __init__(self, actor: Any) -> None:
        """Take it; `actor` is Ray's handle on a `ChunkWorker`."""
        self._actor = actor
        self._words: tuple[Any, ...] = ()
        self._ready = False
        self.device_name = ""
        self.pending: dict[Any, Assignment] = {}
        self.greeting: Any = None

    def greet(self, words: tuple[Any, ...]) -> None:
        """Say hello for the first time.

        Args:
            words: What `ChunkWorker.hello` takes behind the version. Not given when the actor is made: then nothing of
                it is known yet, and Ray does not promise to have it still when it starts the actor again.
        """
        self._words = words
        self.greet_again()

    def greet_again(self) -> None:
        """Say hello. The answer comes as soon as Ray has found a place and a worker is ready there."""
        self._ready = False
        self.greeting = self._actor.hello.options(max_task_retries=-1).remote(VERSION, *self._words)

    def welcome(self, device_name: str) -> None:
        """The answer has come."""
        self.greeting = None
        self.device_name = self.device_name or device_name
        self._ready = True

    @property
    def was_greeted(self) -> bool:
        """Whether it knows what to draw with, or will."""
        return bool(self._words)

    @property
    def wants_more(self) -> bool:
        """Whether it should get another chunk."""
        return self._ready and len(self.pending) < CHUNKS_AHEAD

    def assign(
        self, assignment: Assignment, orders: Sequence[PairOrder], sources: dict[int, Samples | FrameFile]
    ) -> None:
        """Give it a chunk."""
        assignment.tries += 1
        self.pending[self._actor.draw.remote(orders, sources)] = assignment

    def leave(self) -> None:
        """End the worker at once."""
        ray.kill(self._actor, no_restart=True)
        self.pending.clear()
        self.greeting = None
        self._ready = False


class Crew:
    """Seats, taken as they are needed.

    Attributes:
        plan: How many workers there may be, and what each gets.
        seats: Those that may still draw.
    """

    def __init__(self, plan: WorkerPlan) -> None:
        """Choose; nothing is started yet."""
        self.plan = plan
        self._words: tuple[Any, ...] | None = None
        self._started = 0
        self.seats: list[Seat] = []

    @property
    def size(self) -> int:
        """How many workers there may be."""
        return self.plan.count

    @property
    def starting(self) -> int:
        """How many are not ready yet."""
        return sum(seat.greeting is not None for seat in self.seats)

    def get_ready(self, draws: int | None) -> None:
        """Start workers for a job that comes; they load what takes long, and wait to be told the rest.

        Args:
            draws: How many frames it will draw, as far as that is known; None if nobody can say.
        """
        self._grow(self.size if draws is None else -(-draws // CHUNK_DRAWS))

    def tell(self, maker: EngineMaker, transform: ViewTransform, mode: Mode) -> None:
        """Say what is to be drawn with, to those who are there and all who come.

        Args:
            maker: Makes the engines. Travels to each node once.
            transform: Makes the views.
            mode: How several frames in a pair are drawn.
        """
        # Once into the object store; from there, each node takes it once.
        self._words = (ray.put(maker), transform, mode)

    def call(self, wanted: int) -> None:
        """Greet or start workers until so many are starting, or all are there."""
        assert self._words is not None
        missing = wanted - self.starting
        self._grow(missing - len(self._unmet))
        for seat in self._unmet[: max(0, missing)]:
            seat.greet(self._words)

    @property
    def _unmet(self) -> list[Seat]:
        return [seat for seat in self.seats if not seat.was_greeted]

    def _grow(self, more: int) -> None:
        worker: Any = ray.remote(ChunkWorker)
        chosen = worker.options(num_cpus=self.plan.cpus, num_gpus=self.plan.gpus, max_restarts=MOST_RESTARTS)
        for _ in range(min(more, self.plan.count - self._started)):
            self._started += 1
            self.seats.append(Seat(chosen.remote()))

    def stop(self) -> None:
        """End all workers."""
        for seat in self.seats:
            seat.leave()
        self.seats.clear()
        self._words = None
        self._started = 0
