"""Workers of a cluster as the main process sees them. Ray places them, and starts them again when they have died."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ray

from midframe.media.pixels import ViewTransform
from midframe.pipeline.executing.chunks import PairOrder
from midframe.pipeline.executing.cluster.placement import WorkerPlan
from midframe.pipeline.executing.cluster.shipping import FrameFile
from midframe.pipeline.executing.cluster.worker import VERSION, ChunkWorker, Reply
from midframe.pipeline.networks.network import EngineMaker
from midframe.pipeline.pairs.tasks import PairTask
from midframe.policy.recursion import Mode
from midframe.types import Samples

MOST_RESTARTS = 10
"""How often Ray starts a worker again, somewhere. Nodes may come and go; chunks that kill workers have a bound of
their own."""

CHUNKS_AHEAD = 2
"""Chunks that a worker has at a time: one in work, and one that travels meanwhile."""


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


class Seat:
    """A place for a worker; who sits there may change.

    Attributes:
        greeting: Where its answer to our hello comes from; None once it has come, and after `leave`.
        device_name: What it draws with, once it has said so.
        pending: What it has to do.
    """

    def __init__(self, actor: Any, maker: Any) -> None:
        """Take it.

        Args:
            actor: Ray's handle on a `ChunkWorker`.
            maker: Ray's reference to what makes its engine. Not given when the actor is made: Ray does not promise to
                have that still when it starts the actor again.
        """
        self._actor = actor
        self._maker = maker
        self.device_name = ""
        self.pending: dict[Any, Assignment] = {}
        self.greeting: Any = None
        self.greet()

    def greet(self) -> None:
        """Say hello. The answer comes as soon as Ray has found a place and a worker is ready there."""
        self.greeting = self._actor.hello.options(max_task_retries=-1).remote(VERSION, self._maker)

    @property
    def wants_more(self) -> bool:
        """Whether it should get another chunk."""
        return self.greeting is None and len(self.pending) < CHUNKS_AHEAD

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


class Crew:
    """Seats, taken as they are needed.

    Attributes:
        seats: Those that may still draw.
    """

    def __init__(self, maker: EngineMaker, plan: WorkerPlan, transform: ViewTransform, mode: Mode) -> None:
        """Choose; nothing is started yet."""
        self._maker = maker
        self._plan = plan
        self._transform = transform
        self._mode = mode
        self._shipped: Any = None
        self._started = 0
        self.seats: list[Seat] = []

    @property
    def size(self) -> int:
        """How many workers there may be."""
        return self._plan.count

    @property
    def starting(self) -> int:
        """How many are not ready yet."""
        return sum(seat.greeting is not None for seat in self.seats)

    def grow(self, wanted: int) -> None:
        """Start workers until so many are starting, or all are there."""
        if self._shipped is None:
            # Once into the object store; from there, each node takes it once.
            self._shipped = ray.put(self._maker)
        worker: Any = ray.remote(ChunkWorker)
        chosen = worker.options(num_cpus=self._plan.cpus, num_gpus=self._plan.gpus, max_restarts=MOST_RESTARTS)
        while self._started < self._plan.count and self.starting < wanted:
            self._started += 1
            self.seats.append(Seat(chosen.remote(self._transform, self._mode), self._shipped))

    def stop(self) -> None:
        """End all workers."""
        for seat in self.seats:
            seat.leave()
        self.seats.clear()
        self._shipped = None
        self._started = 0
