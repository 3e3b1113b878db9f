"""How many workers a cluster has room for, and what each of them gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from midframe.engines.options import EngineOptions
from midframe.errors import OptionError

Resources = Mapping[str, float]
"""What a node of a cluster has, by Ray's names: "CPU", "GPU", "accelerator_type:A100", "memory" (bytes, most
of what was free when the node began)."""

_ACCELERATOR = "accelerator_type:"


@dataclass(frozen=True)
class WorkerPlan:
    """Workers that are all alike.

    Attributes:
        count: How many.
        cpus: CPUs that Ray sets aside for each.
        gpus: GPUs likewise; 0 or 1.
        threads: CPU threads of each; None for what torch takes.
        hardware: Kinds of GPU, as Ray names them; empty for CPUs.
        together: How many may share the memory of a node, on the node that has most.
        here: How many may be on the node of the main process.
        node_memory: Bytes that every node with workers has for them; None if Ray does not know.
    """

    count: int
    cpus: int = 1
    gpus: int = 0
    threads: int | None = None
    hardware: tuple[str, ...] = ()
    together: int = 1
    here: int = 0
    node_memory: int | None = None

    @property
    def device(self) -> str:
        """What a worker calls its device: Ray shows it no GPU but its own."""
        return "cuda" if self.gpus else "cpu"


def plan_workers(nodes: Sequence[Resources], options: EngineOptions, wanted: int | None) -> WorkerPlan:
    """One worker a GPU; without GPUs, as many as there is room for with the threads that each gets.

    Args:
        nodes: All nodes of the cluster, the one of the main process first.
        options: `device` and `threads` count. Without threads, a worker gets what the smallest node has: workers with
            different numbers of threads would round differently.
        wanted: How many workers; None for all that there is room for. More than there is room for wait for it.

    Raises:
        OptionError: A device that Ray does not share out, or a cluster without any room.
    """
    if options.device not in ("auto", "all", "cpu", "cuda"):
        raise OptionError(
            f"With --executor ray, --device is auto, cpu or cuda, not {options.device}: Ray says which worker gets "
            "which device."
        )
    if wanted is not None and wanted < 1:
        raise OptionError(f"--ray-workers must be at least 1, not {wanted}.")
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
        raise OptionError("The Ray cluster has no GPU; use --device cpu, or add nodes that have one.")
    processors = [int(node["CPU"]) for node in nodes if node.get("CPU", 0) >= 1]
    if not processors:
        raise OptionError("The Ray cluster has neither GPUs nor CPUs to work on; add nodes with `ray start`.")
    threads = options.threads or min(processors)
    rooms = [int(node.get("CPU", 0)) // threads for node in nodes]
    room = sum(rooms)
    if not room:
        raise OptionError(
            f"No node of the Ray cluster has {threads} CPUs; the largest has {max(processors)}. Use fewer --threads."
        )
    return WorkerPlan(wanted or room, threads, 0, threads, (), *_sharing(rooms, nodes, wanted or room))


def _sharing(rooms: Sequence[int], nodes: Sequence[Resources], count: int) -> tuple[int, int, int | None]:
    """`together`, `here` and `node_memory` of a plan, from how many workers each node has room for."""
    memories = [int(node.get("memory", 0)) for node, room in zip(nodes, rooms, strict=True) if room]
    return min(count, max(rooms)), min(count, rooms[0]), min(memories, default=0) or None
