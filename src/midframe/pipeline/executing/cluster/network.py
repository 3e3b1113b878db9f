"""A network that is drawn with on a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from midframe.engine.base import Engine
from midframe.media.pixels import ViewTransform
from midframe.model.download import Progress
from midframe.pipeline.executing.cluster.executor import RayExecutor
from midframe.pipeline.executing.cluster.placement import WorkerPlan, plan_workers
from midframe.pipeline.executing.cluster.session import Cluster
from midframe.pipeline.executing.cluster.shipping import ShippedEngineMaker
from midframe.pipeline.executing.execution import ExecutionOptions
from midframe.pipeline.networks.network import EngineMaker, NetworkOptions, Tell, unheard
from midframe.pipeline.networks.setup import CheckpointEngineMaker, LoadedNetwork, load_network
from midframe.policy.recursion import Mode
from midframe.types import FrameFormat


@dataclass(frozen=True, eq=False)
class ClusterNetwork:
    """A checkpoint that was loaded here, for workers elsewhere.

    Attributes:
        loaded: For the CPU of this machine, with the threads of one worker.
        plan: The workers.
        options: What the user wants of the network.
        shared_input: See `midframe.pipeline.executing.execution.ExecutionOptions`.
    """

    loaded: LoadedNetwork
    plan: WorkerPlan
    options: NetworkOptions
    shared_input: bool = False

    @property
    def name(self) -> str:
        """For summaries."""
        return self.loaded.name

    @property
    def sha256(self) -> str:
        """Of the checkpoint file."""
        return self.loaded.sha256

    @property
    def notes(self) -> tuple[str, ...]:
        """What was ignored when the checkpoint was read."""
        return self.loaded.notes

    @property
    def settings(self) -> dict[str, object]:
        """What decides how frames are drawn. On CPUs, the same as in a job without a cluster: so are the frames."""
        if not self.plan.gpus:
            return self.loaded.settings
        kinds = " or ".join(self.plan.hardware) or "any kind"
        return {**self.loaded.settings, "engines": [f"cuda ({kinds}), Ray"]}

    @property
    def makers(self) -> Sequence[EngineMaker]:
        """One, which all workers share."""
        options = replace(self.options, device=self.plan.device, threads=self.plan.threads)
        checkpoint = self.loaded.checkpoint
        return (ShippedEngineMaker.load(CheckpointEngineMaker(checkpoint.path.absolute(), self.sha256, options)),)

    def make_engine(self, tell: Tell = unheard) -> Engine[Any]:
        """An engine in this process, to try a pair with; on its CPU."""
        return self.loaded.make_engine(tell)

    @property
    def spare(self) -> int:
        """Bytes that are left for frames on this machine, which draws nothing."""
        return self.loaded.spare

    def fitted(self, frame_format: FrameFormat, times: int, mode: Mode) -> ClusterNetwork:  # noqa: ARG002
        """The same: what fits is for each worker to find out, on its node."""
        return self

    def make_executor(self, transform: ViewTransform, mode: Mode) -> RayExecutor:
        """The executor for a job.

        Raises:
            WeightsError: The checkpoint cannot be read any more.
        """
        return RayExecutor(self.makers[0], self.plan, transform, mode, shared_input=self.shared_input)


def load_cluster_network(
    cluster: Cluster, options: NetworkOptions, execution: ExecutionOptions, progress: Progress | None = None
) -> ClusterNetwork:
    """Choose workers, find the weights, read them, and check all options.

    Raises:
        OptionError: A device that Ray does not share out, a cluster without room, or what `load_network` refuses.
        WeightsError: No such model, or its checkpoint cannot be used.
        DownloadError: The weights could not be fetched.
    """
    plan = plan_workers(cluster.nodes(), options, execution.ray_workers)
    loaded = load_network(replace(options, device="cpu", threads=plan.threads), progress)
    return ClusterNetwork(loaded, plan, options, execution.ray_shared_input)
