"""What a job wants of a network. Loading one needs torch; knowing this does not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from midframe.engine.base import Engine, Precision


@dataclass(frozen=True)
class NetworkOptions:
    """How the network is run.

    Attributes:
        model: A version of the catalogue, or a path to a checkpoint file or folder.
        device: A name for `midframe.engine.devices.resolve_device`.
        flow_scale: 0.25, 0.5, 1, 2 or 4.
        precision: See `midframe.engine.base.Precision`.
        ensemble: Whether to average with the time-reversed estimate.
        threads: CPU threads; None for torch's own choice, one a core.
    """

    model: str | Path = "4.25"
    device: str = "auto"
    flow_scale: float = 1.0
    precision: Precision = "exact"
    ensemble: bool = False
    threads: int | None = None


class Network(Protocol):
    """What a job wants of a network; `midframe.pipeline.setup.LoadedNetwork` is one."""

    @property
    def name(self) -> str:
        """For the summary."""
        ...

    @property
    def sha256(self) -> str:
        """Of the weights, for the summary."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        ...

    @property
    def settings(self) -> dict[str, object]:
        """What decides how frames are drawn, in types that JSON has."""
        ...

    def make_engine(self) -> Engine[Any]:
        """Called once."""
        ...
