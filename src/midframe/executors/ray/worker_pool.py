"""Workers of a cluster as the main process sees them. Ray places them, and starts them again when they have died."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ray

from midframe.engines.protocols import EngineMaker
from midframe.executors.chunks import CHUNK_FRAMES, PairRequest
from midframe.executors.ray.placement import WorkerPlan
from midframe.executors.ray.transfer import FrameFile
from midframe.executors.ray.worker import ChunkWorker
from midframe.executors.scheduler import ChunkRequest
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode
from midframe.types import Samples
from midframe.version import __version__

MAX_RESTARTS = 10
"""How often Ray starts a worker again, on any node. Nodes may come and go; chunks that kill workers have a limit of
their own."""

Settings = tuple[Any, ...]
"""What `ChunkWorker.set_up` takes after the version."""


class RayWorker:
    """A worker, wherever Ray has placed it; after a death, its successor.

    Args:
        number: Number of the worker.
        actor: Ray's handle of a `ChunkWorker`.

    Attributes:
        number: Number of the worker.
        setup: Reference to the result of `ChunkWorker.set_up`; None before it was requested, once it has arrived, and
            after `stop`.
        device_name: Its device in words, once it was set up for the first time.
        pending: The chunks that it has, by references to their replies.
    """

    def __init__(self, number: int, actor: Any) -> None:
        self.number = number
        self._actor = actor
        self._settings: Settings = ()
        self.device_name = ""
        self.pending: dict[Any, ChunkRequest] = {}
        self.setup: Any = None

    def set_up(self, settings: Settings) -> None:
        """Request the setup for the first time.

        The settings are not given when the actor is made: then they are not known yet, and Ray does not promise to
        have them still when it starts the actor again.
        """
        self._settings = settings
        self.set_up_again()

    def set_up_again(self) -> None:
        """Request the setup. The result arrives as soon as Ray has placed the worker, and it has an engine."""
        self.pending.clear()
        self.setup = self._actor.set_up.options(max_task_retries=-1).remote(__version__, *self._settings)

    @property
    def has_settings(self) -> bool:
        """Whether the setup was requested."""
        return bool(self._settings)

    def send(
        self, request: ChunkRequest, pairs: Sequence[PairRequest], sources: dict[int, Samples | FrameFile]
    ) -> None:
        """Send a chunk."""
        self.pending[self._actor.interpolate.remote(pairs, sources)] = request

    def stop(self) -> None:
        """End the worker at once."""
        ray.kill(self._actor, no_restart=True)
        self.pending.clear()
        self.setup = None


class RayWorkerPool:
    """Workers, started as they are needed.

    Args:
        plan: How many workers there may be, and the resources of each.

    Attributes:
        plan: How many workers there may be, and the resources of each.
        workers: Workers that have been started and may still work, by their numbers.
    """

    def __init__(self, plan: WorkerPlan) -> None:
        self.plan = plan
        self._settings: Settings | None = None
        self._started = 0
        self.workers: dict[int, RayWorker] = {}

    @property
    def size(self) -> int:
        """How many workers there may be."""
        return self.plan.count

    @property
    def is_exhausted(self) -> bool:
        """Whether all workers that there may be have been started, and have died for good."""
        return not self.workers and self._started == self.plan.count

    def start_early(self, frames: int | None) -> None:
        """Start workers for a job that is still being prepared; they load what takes long, and wait for settings.

        Args:
            frames: How many frames will be interpolated; None if that is unknown.
        """
        self._start(self.size if frames is None else -(-frames // CHUNK_FRAMES))

    def configure(self, maker: EngineMaker, transform: ViewTransform, mode: Mode) -> None:
        """Choose the settings that all workers are set up with.

        Args:
            maker: Makes the engines. Sent to each node once.
            transform: Makes the views.
            mode: How several frames in a pair are interpolated.
        """
        # Once into the object store; from there, each node fetches it once.
        self._settings = (ray.put(maker), transform, mode)

    def request(self, count: int) -> None:
        """Set up or start workers until that many are being set up, or all have been started."""
        assert self._settings is not None
        missing = count - sum(worker.setup is not None for worker in self.workers.values())
        self._start(missing - len(self._without_settings))
        for worker in self._without_settings[: max(0, missing)]:
            worker.set_up(self._settings)

    @property
    def _without_settings(self) -> list[RayWorker]:
        return [worker for worker in self.workers.values() if not worker.has_settings]

    def _start(self, count: int) -> None:
        count = min(count, self.plan.count - self._started)
        if count <= 0:
            return
        actor_class: Any = ray.remote(ChunkWorker)
        placed = actor_class.options(num_cpus=self.plan.cpus, num_gpus=self.plan.gpus, max_restarts=MAX_RESTARTS)
        for _ in range(count):
            self.workers[self._started] = RayWorker(self._started, placed.remote())
            self._started += 1

    def stop(self) -> None:
        """End all workers."""
        for worker in self.workers.values():
            worker.stop()
        self.workers.clear()
        self._settings = None
        self._started = 0
