"""How many workers fit on a cluster, and the resources of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from midframe.engines.devices import CPU
from midframe.engines.options import AUTO, EngineOptions
from midframe.engines.registry import find_engine
from midframe.errors import OptionError

Resources = Mapping[str, float]
"""The resources of a node, by Ray's names: "CPU", "GPU", "accelerator_type:A100", "memory" (bytes, most of what was
free when the node was started)."""

_ACCELERATOR = "accelerator_type:"


@dataclass(frozen=True)
class WorkerPlan:
    """Identical workers.

    Attributes:
        count: How many.
        cpus: CPUs that Ray reserves for each.
        gpus: GPUs that Ray reserves for each; 0 or 1.
        threads: CPU threads of each; None for the default.
        hardware: Kinds of GPU, as Ray names them; empty for CPUs.
        per_node: How many may share the memory of a node, on the node that has most.
        on_this_node: How many may be on the node of the main process.
        node_memory: Bytes that every node with workers has for them; None if Ray does not know.
    """

    count: int
    cpus: int = 1
    gpus: int = 0
    threads: int | None = None
    hardware: tuple[str, ...] = ()
    per_node: int = 1
    on_this_node: int = 0
    node_memory: int | None = None

    @property
    def device(self) -> str:
        """The device of a worker, as torch names it: Ray hides all other GPUs from it."""
        return "cuda" if self.gpus else "cpu"


def check_devices(options: EngineOptions) -> None:
    """Refuse devices that Ray does not assign; this can be said without a cluster.

    Raises:
        OptionError: The options name such a device, or an engine that runs on nothing else.
    """
    kind = None if options.engine == AUTO else find_engine(options.engine).only_kind
    device = kind if options.device in ("auto", "all") and kind else options.device
    if device not in ("auto", "all", CPU, "cuda"):
        raise OptionError(
            f"With `executor=ray`, `device` is auto, cpu or cuda, not {device}: Ray decides which worker gets which "
            "device.",
            option="device",
        )


def plan_workers(nodes: Sequence[Resources], options: EngineOptions, wanted: int | None) -> WorkerPlan:
    """Plan one worker a GPU; without GPUs, as many as fit with the threads that each gets.

    Args:
        nodes: All nodes of the cluster, the one of the main process first.
        options: `device` and `threads` count. Without threads, a worker gets what the smallest node has: workers with
            different numbers of threads would round differently.
        wanted: Number of workers; None for all that fit. Those that do not fit wait.

    Raises:
        OptionError: A cluster on which no worker fits.
    """
    if wanted is not None and wanted < 1:
        raise OptionError(f"`ray_workers` must be at least 1, not {wanted}.", option="ray_workers")
    gpus = int(sum(int(node.get("GPU", 0)) for node in nodes))
    if gpus and options.device != "cpu":
        kinds = {name.removeprefix(_ACCELERATOR) for node in nodes for name in node if name.startswith(_ACCELERATOR)}
        return WorkerPlan(
            wanted or gpus,
            options.threads or 1,
            1,
            options.threads,
            tuple(sorted(kinds)),
            *_sharing([int(node.get("GPU", 0)) for node in nodes], nodes, wanted or gpus),
        )
    if options.device in ("cuda", "all"):
        raise OptionError("The Ray cluster has no GPU; use `device=cpu`, or add nodes with GPUs.", option="device")
    processors = [int(node["CPU"]) for node in nodes if node.get("CPU", 0) >= 1]
    if not processors:
        raise OptionError("The Ray cluster has no GPUs and no CPUs; add nodes with `ray start`.")
    threads = options.threads or min(processors)
    capacities = [int(node.get("CPU", 0)) // threads for node in nodes]
    capacity = sum(capacities)
    if not capacity:
        raise OptionError(
            f"No node of the Ray cluster has {threads} CPUs; the largest has {max(processors)}. Use fewer `threads`.",
            option="threads",
        )
    return WorkerPlan(wanted or capacity, threads, 0, threads, (), *_sharing(capacities, nodes, wanted or capacity))


def _sharing(capacities: Sequence[int], nodes: Sequence[Resources], count: int) -> tuple[int, int, int | None]:
    """`per_node`, `on_this_node` and `node_memory` of a plan, from how many workers fit on each node."""
    memories = [int(node.get("memory", 0)) for node, capacity in zip(nodes, capacities, strict=True) if capacity]
    return min(count, max(capacities)), min(count, capacities[0]), min(memories, default=0) or None
