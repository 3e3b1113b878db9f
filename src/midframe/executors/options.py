"""Options of execution: which executor, and which cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from midframe.errors import OptionError
from midframe.quantities import require_choice

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

    Raises:
        OptionError: A value that does not exist or is out of range, or an option of clusters without one.
    """

    kind: ExecutorKind = "auto"
    ray_address: str = "auto"
    ray_workers: int | None = None
    ray_shared_input: bool = False

    def __post_init__(self) -> None:
        require_choice("executor", self.kind, get_args(ExecutorKind))
        if self.ray_workers is not None and self.ray_workers < 1:
            raise OptionError(f"`ray_workers` must be at least 1, not {self.ray_workers}.", option="ray_workers")
        if self.kind != "ray":
            for name, given in (
                ("ray_address", self.ray_address != "auto"),
                ("ray_workers", self.ray_workers is not None),
                ("ray_shared_input", self.ray_shared_input),
            ):
                if given:
                    raise OptionError(f"`{name}` is for clusters: it needs `executor=ray`.", option=name)
