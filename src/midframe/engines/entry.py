"""How an engine describes itself to the rest of midframe. Importing this does not load torch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from midframe.engines.devices import resolve_devices
from midframe.engines.memory_info import available_memory
from midframe.engines.options import EngineOptions

if TYPE_CHECKING:
    from midframe.engines.protocols import Engine
    from midframe.models.registry import NetworkModel


@dataclass(frozen=True)
class EngineLoad:
    """What an engine has to hold at once.

    Attributes:
        model: The network.
        options: How it is run; `device` names a single device.
        width: Pixels in a row of the frames.
        height: Rows.
        channels: Channels of the samples.
        strips: See `midframe.engines.protocols.Engine`.
        times: Frames interpolated in one call.
        motions: Estimates that the caller has at once, see `midframe.engines.protocols.Motion`.
        inner_frames: Frames that the caller has encoded besides the two.
    """

    model: NetworkModel
    options: EngineOptions
    width: int
    height: int
    channels: int
    strips: int = 1
    times: int = 1
    motions: int = 0
    inner_frames: int = 0

    @property
    def frames(self) -> int:
        """Encoded frames."""
        return 2 + self.inner_frames

    @property
    def on_cpu(self) -> bool:
        """Whether the engine's device is the CPU, whose memory is that of the machine."""
        return self.options.device == "cpu"


@dataclass(frozen=True)
class FoundDevice:
    """A device of this machine that an engine can run on.

    Attributes:
        name: Value of the option `device`, such as "cpu" or "cuda:1".
        description: What it is, in words that a person knows it by, such as "NVIDIA H200"; empty if not known.
        free_memory: Bytes that can still be allocated on it; None if not known.
        total_memory: Bytes that it has; None if not known.
        notes: Sentences about it, to follow its name.
        is_software: Whether it is a program that computes on the CPU.
    """

    name: str
    description: str = ""
    free_memory: int | None = None
    total_memory: int | None = None
    notes: tuple[str, ...] = ()
    is_software: bool = False


@dataclass(frozen=True)
class Capabilities:
    """What an engine can do with a network beyond interpolating.

    Attributes:
        motion: Whether it is a `midframe.engines.protocols.MotionEngine`.
        strips: Whether it saves memory by working in strips.
    """

    motion: bool
    strips: bool


class EngineEntry(ABC):
    """An engine as the registry knows it. Must be picklable, and importable without loading torch.

    In all options given to it, `device` names a single device that this machine has.

    Attributes:
        name: Value of the option `engine`.
        purpose: What it is good for, in a few words, where `midframe devices` says what can be installed.
        libraries: Keys of `midframe.extras.LIBRARIES` that it cannot do without.
        only_kind: The one kind of device that it runs on; None for several. It is not considered on others.
    """

    name: ClassVar[str]
    purpose: ClassVar[str] = ""
    libraries: ClassVar[tuple[str, ...]] = ()
    only_kind: ClassVar[str | None] = None

    def devices(self) -> tuple[FoundDevice, ...]:
        """The devices of this machine that it can run on, the preferred one first.

        Only called to describe the machine, and where its libraries are installed: it may load them.
        """
        return ()

    def details(self) -> tuple[str, ...]:
        """Facts about the engine here, a few words each, such as the version of its library; called as `devices` is."""
        return ()

    def resolve_devices(self, options: EngineOptions) -> tuple[str, ...]:
        """The devices that options stand for where this engine is the one that is named; by default those of torch.

        Args:
            options: Options with any `device`, see `midframe.engines.devices.resolve_devices`.

        Raises:
            DeviceError: One of them is not a device name, or there is no such device.
            OptionError: The engine cannot be used with them.
        """
        return resolve_devices(options.device)

    def free_memory(self, device: str) -> int | None:
        """Bytes that can still be allocated on a device; None if that is not known."""
        return available_memory(device)

    @abstractmethod
    def unavailable(self, device: str) -> str | None:
        """Why it cannot be used on a device, as a sentence for the user; None if it can."""

    @abstractmethod
    def runs(self, model: NetworkModel) -> bool:
        """Whether it can run a network, by its architecture."""

    @abstractmethod
    def capabilities(self, model: NetworkModel) -> Capabilities:
        """What the engine can do with a network that it runs."""

    @abstractmethod
    def memory_need(self, load: EngineLoad) -> int:
        """Peak memory, in bytes, of a process that interpolates frames between two others.

        On the CPU, the process itself, both frames (view and samples, float32), their encoded form, the network and
        the frames interpolated in one call are in it. On another device, what lies in that device's memory. Decoded
        files and whatever waits in queues are not.
        """

    def host_need(self, load: EngineLoad) -> int:
        """The part of it that is memory of the machine: all on the CPU, and on other devices next to nothing.

        Where another device has no memory of its own, what `memory_need` counts is in it.
        """
        return self.memory_need(load) if load.on_cpu else 0

    def notes(self, options: EngineOptions) -> tuple[str, ...]:  # noqa: ARG002 - most have none to give
        """Sentences for the user about how the engine will run."""
        return ()

    @abstractmethod
    def fingerprint(self, options: EngineOptions) -> str:
        """What its results depend on to the last bit, in words; which of several equal devices it is does not count."""

    @abstractmethod
    def make(self, model: NetworkModel, options: EngineOptions) -> Engine[Any]:
        """An engine that is ready, on the device that the options name.

        Raises:
            OptionError: Options that the network cannot be run with.
            EngineError: The network does not fit on the device.
        """
