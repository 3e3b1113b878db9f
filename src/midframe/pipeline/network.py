"""What a job wants of a network. Loading one needs torch; knowing this does not."""

from __future__ import annotations

from collections.abc import Sequence
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
        device: Names for `midframe.engine.devices.resolve_devices`.
        flow_scale: 0.25, 0.5, 1, 2 or 4.
        precision: See `midframe.engine.base.Precision`.
        ensemble: Whether to average with the time-reversed estimate.
        threads: CPU threads for each device; None for all cores, shared out among the devices.
    """

    model: str | Path = "4.25"
    device: str = "auto"
    flow_scale: float = 1.0
    precision: Precision = "exact"
    ensemble: bool = False
    threads: int | None = None


class EngineMaker(Protocol):
    """Makes an engine in whatever process it is sent to. Small, and can be pickled."""

    @property
    def device(self) -> str:
        """The device it makes an engine for, as the user names it."""
        ...

    def make_engine(self) -> Engine[Any]:
        """Load the weights and put the network on its device.

        Raises:
            WeightsError: The checkpoint is gone, or not the one it was.
            EngineError: The network does not fit on the device.
        """
        ...


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

    @property
    def makers(self) -> Sequence[EngineMaker]:
        """One for each device, for workers; where there are fewer than two, `make_engine` does."""
        ...

    def make_engine(self) -> Engine[Any]:
        """An engine in this process, on the first device."""
        ...
