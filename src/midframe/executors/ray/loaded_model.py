"""A network that is run on a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from midframe.engines.loading import CheckpointEngineMaker, LoadedModel, load_model
from midframe.engines.memory_info import default_budget
from midframe.engines.memory_model import MemoryPlan
from midframe.engines.memory_plan import plan_memory
from midframe.engines.options import EngineOptions, PairOptions
from midframe.engines.protocols import Engine, EngineMaker, Notify, ignore_notice
from midframe.executors.ray.engine_factory import ShippedEngineMaker
from midframe.executors.ray.executor import RayExecutor
from midframe.executors.ray.placement import WorkerPlan
from midframe.executors.ray.worker_pool import RayWorkerPool
from midframe.media.pixels import ViewTransform
from midframe.models.download import Progress
from midframe.timing.steps import Mode
from midframe.types import FrameFormat


@dataclass(frozen=True, eq=False)
class ClusterNetwork:
    """A checkpoint that was loaded here, for workers elsewhere.

    Attributes:
        loaded: The model for the CPU of this machine, with the threads of one worker.
        plan: The workers.
        pool: The workers, as far as they are starting.
        options: How the network is run.
        shared_input: See `midframe.executors.options.ExecutionOptions`.
        memory: How workers start; None to start without strips and with all frames of a pair at once.
    """

    loaded: LoadedModel
    plan: WorkerPlan
    pool: RayWorkerPool
    options: EngineOptions
    shared_input: bool = False
    memory: MemoryPlan | None = None

    @property
    def name(self) -> str:
        """The model in words, for summaries."""
        return self.loaded.name

    @property
    def sha256(self) -> str:
        """SHA-256 of the checkpoint file."""
        return self.loaded.sha256

    @property
    def notes(self) -> tuple[str, ...]:
        """What was ignored when the checkpoint was read, and what memory asks for."""
        return replace(self.loaded, memory=self.memory).notes

    @property
    def settings(self) -> dict[str, object]:
        """What decides how frames are interpolated. On CPUs, as without a cluster: so are the frames."""
        settings = replace(self.loaded, memory=self.memory).settings
        if not self.plan.gpus:
            return settings
        kinds = " or ".join(self.plan.hardware) or "any kind"
        return {**settings, "engines": [f"cuda ({kinds}), Ray"]}

    @property
    def makers(self) -> Sequence[EngineMaker]:
        """A single one, which all workers share."""
        options = replace(self.options, device=self.plan.device, threads=self.plan.threads)
        checkpoint = self.loaded.checkpoint
        path = checkpoint.path.absolute()
        return (
            ShippedEngineMaker.load(
                CheckpointEngineMaker(path, self.sha256, checkpoint.architecture, options, self.memory)
            ),
        )

    def make_engine(self, notify: Notify = ignore_notice) -> Engine[Any]:
        """An engine in this process, to try a pair with; on its CPU."""
        return self.loaded.make_engine(notify)

    @property
    def spare(self) -> int:
        """Bytes that remain for frames on this machine, besides the workers that may be on it."""
        if self.memory is None:
            return self.loaded.spare
        return max(0, (self.options.memory or default_budget()) - self.plan.on_this_node * self.memory.need)

    def fitted(
        self, frame_format: FrameFormat, times: int, mode: Mode, pair_options: Sequence[PairOptions] = ()
    ) -> ClusterNetwork:
        """Plan for the worker with the least memory, so that all start alike. On GPUs, each worker plans for itself.

        Raises:
            OutOfMemoryError: Nothing fits; the message says what would.
        """
        if self.plan.gpus:
            return self
        budget = self.options.memory or self.plan.node_memory
        worker_options = replace(self.options, device="cpu", threads=self.plan.threads, memory=budget)
        memory = plan_memory(
            self.loaded.checkpoint.model, [worker_options] * self.plan.per_node, frame_format, times, mode, pair_options
        )
        return replace(self, memory=memory)

    def make_executor(self, transform: ViewTransform, mode: Mode) -> RayExecutor:
        """The executor for a job.

        Raises:
            WeightsError: The checkpoint cannot be read any more.
        """
        return RayExecutor(self.makers[0], self.pool, transform, mode, shared_input=self.shared_input)


def load_cluster_network(
    pool: RayWorkerPool, options: EngineOptions, *, shared_input: bool, progress: Progress | None = None
) -> ClusterNetwork:
    """Find the weights, read them, and check all options.

    Args:
        pool: The workers.
        options: How the network is run.
        shared_input: See `midframe.executors.options.ExecutionOptions`.
        progress: Reports how far the download of the weights is.

    Raises:
        OptionError: What `load_model` refuses.
        WeightsError: No such model, or its checkpoint cannot be used.
        DownloadError: The weights could not be fetched.
    """
    loaded = load_model(replace(options, device="cpu", threads=pool.plan.threads), progress)
    return ClusterNetwork(loaded, pool.plan, pool, options, shared_input)
