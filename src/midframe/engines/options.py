"""What a job wants of a network. Loading one needs torch; knowing this does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from midframe.timing.steps import Mode
from midframe.types import FrameFormat

if TYPE_CHECKING:
    from midframe.engines.protocols import Engine, Precision
    from midframe.engines.quality import Quality

Tell = Callable[[str], None]
"""Takes a sentence for the user."""


def unheard(sentence: str) -> None:
    """For who has nobody to tell."""


@dataclass(frozen=True)
class NetworkOptions:
    """How the network is run.

    Attributes:
        model: A version of the catalogue, or a path to a checkpoint file or folder.
        device: Names for `midframe.engines.devices.resolve_devices`.
        flow_scale: 0.25, 0.5, 1, 2 or 4.
        precision: See `midframe.engines.protocols.Precision`.
        ensemble: Whether to average with the time-reversed estimate.
        threads: CPU threads for each device; None for all cores, shared out among the devices.
        memory: Bytes of the machine's memory that a job may use; None for most of what is free.
        allow_lower_scale: Whether the flow scale may be lowered if nothing else fits.
        quality: See `midframe.engines.quality.Quality`.
    """

    model: str | Path = "4.25"
    device: str = "auto"
    flow_scale: float = 1.0
    precision: Precision = "exact"
    ensemble: bool = False
    threads: int | None = None
    memory: int | None = None
    allow_lower_scale: bool = False
    quality: Quality = "default"


class EngineMaker(Protocol):
    """Makes an engine in whatever process it is sent to. Small, and can be pickled."""

    @property
    def device(self) -> str:
        """The device it makes an engine for, as the user names it."""
        ...

    def make_engine(self, tell: Tell = unheard) -> Engine[Any]:
        """Load the weights and put the network on its device.

        Args:
            tell: Is given a sentence when the engine steps down because memory has run out.

        Raises:
            WeightsError: The checkpoint is gone, or not the one it was.
            EngineError: The network does not fit on the device.
        """
        ...


class Network(Protocol):
    """What a job wants of a network; `midframe.engines.loading.LoadedNetwork` is one."""

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

    @property
    def spare(self) -> int:
        """Bytes that are left for frames beside the engines; what there is where nothing was fitted."""
        ...

    def fitted(self, frame_format: FrameFormat, times: int, mode: Mode) -> Network:
        """The same network, set up to draw such frames within its memory.

        Args:
            frame_format: Of the source.
            times: Frames drawn in a pair, at most.
            mode: How they are drawn.

        Raises:
            OutOfMemoryError: Nothing fits; the message says what would.
        """
        ...

    def make_engine(self, tell: Tell = unheard) -> Engine[Any]:
        """An engine in this process, on the first device; see `EngineMaker.make_engine`."""
        ...
