"""Options of execution: which executor, and which cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ExecutorKind = Literal["auto", "inline", "processes", "ray"]
"""auto: one device from this process, several each from a process of its own. inline: the first device, from this
process. processes: a process for each device, also for a single one. ray: the workers of a Ray cluster."""


@dataclass(frozen=True)
class ExecutionOptions:
    """Where frames are interpolated.

    Attributes:
        kind: See `ExecutorKind`.
        ray_address: "auto" for the cluster that this machine belongs to, "local" for one that is started here and ends
            with the job, or host:port of a cluster's head.
        ray_workers: Number of workers, at least 1; None for all that fit on the cluster.
        ray_shared_input: Whether nodes can read the input's files under the same paths, so that paths are sent and not
            samples.
    """

    kind: ExecutorKind = "auto"
    ray_address: str = "auto"
    ray_workers: int | None = None
    ray_shared_input: bool = False
