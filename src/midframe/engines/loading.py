"""From what users say about the network to an engine that is ready."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from midframe.engines.cpu.kernels.library import load_kernels
from midframe.engines.devices import (
    describe_device,
    resolve_device,
    resolve_devices,
    set_threads,
    shared_threads,
    torch_threads,
)
from midframe.engines.memory_info import default_budget
from midframe.engines.memory_model import MemoryPlan
from midframe.engines.memory_plan import plan_memory
from midframe.engines.oom_fallback import SteppingEngine
from midframe.engines.options import NetworkOptions, Tell, unheard
from midframe.engines.protocols import Engine
from midframe.engines.registry import make_engine
from midframe.engines.torch.engine import check_options
from midframe.errors import OptionError, WeightsError
from midframe.models.checkpoints import Checkpoint, load_checkpoint
from midframe.models.download import Progress
from midframe.models.fetch import locate_model
from midframe.timing.steps import Mode
from midframe.types import FrameFormat


@dataclass(frozen=True, eq=False)
class LoadedNetwork:
    """A checkpoint that was found, read and checked against the options; no engine is made of it yet."""

    checkpoint: Checkpoint
    options: NetworkOptions
    memory: MemoryPlan | None = None

    @property
    def name(self) -> str:
        """For summaries."""
        return self.checkpoint.spec.description

    @property
    def sha256(self) -> str:
        """Of the checkpoint file."""
        return self.checkpoint.sha256

    @property
    def notes(self) -> tuple[str, ...]:
        """What was ignored when the checkpoint was read, and what memory asks for."""
        plan = self.memory
        notes = list(self.checkpoint.notes)
        if plan is not None and plan.flow_scale != self.options.flow_scale:
            notes.append(f"The flow scale is {plan.flow_scale:g}: {self.options.flow_scale:g} needs more memory.")
        if plan is not None and plan.strips > 1:
            notes.append(f"Frames are drawn in {plan.strips} strips, as memory is scarce.")
        return tuple(notes)

    @property
    def spare(self) -> int:
        """Bytes that are left for frames beside the engines."""
        if self.memory is None:
            return self.options.memory or default_budget()
        return self.memory.spare

    @property
    def settings(self) -> dict[str, object]:
        """What decides how frames are drawn."""
        return {
            "model": self.name,
            "model_sha256": self.sha256,
            "flow_scale": self.memory.flow_scale if self.memory else self.options.flow_scale,
            "precision": self.options.precision,
            "ensemble": self.options.ensemble,
            "quality": self.options.quality,
            "engines": sorted({_engine_words(options) for options in _each_device(self.options)}),
        }

    @property
    def makers(self) -> tuple[CheckpointEngineMaker, ...]:
        """One for each device that the user named, with the threads of each said."""
        return tuple(
            CheckpointEngineMaker(self.checkpoint.path.absolute(), self.sha256, options, self.memory)
            for options in _each_device(self.options)
        )

    def fitted(self, frame_format: FrameFormat, times: int, mode: Mode) -> LoadedNetwork:
        """See `midframe.engines.options.Network.fitted`."""
        plan = plan_memory(self.checkpoint.spec, _each_device(self.options), frame_format, times, mode)
        return replace(self, memory=plan)

    def make_engine(self, tell: Tell = unheard) -> Engine[Any]:
        """Put the network on its device, the first of several.

        Raises:
            EngineError: It does not fit there.
        """
        return _engine_of(self.checkpoint, _each_device(self.options)[0], self.memory, tell)


@dataclass(frozen=True)
class CheckpointEngineMaker:
    """Makes an engine from a checkpoint file, in whatever process it is sent to.

    Attributes:
        path: The file.
        sha256: What it must still be.
        options: Of a single device; `model` is not used.
        memory: How to begin; None to begin without strips and with all frames of a pair at once.
    """

    path: Path
    sha256: str
    options: NetworkOptions
    memory: MemoryPlan | None = None

    @property
    def device(self) -> str:
        """The device, as torch names it."""
        return self.options.device

    def make_engine(self, tell: Tell = unheard) -> Engine[Any]:
        """Load the checkpoint and put the network on the device.

        Raises:
            WeightsError: The file is gone, or another one.
            EngineError: The network does not fit on the device.
        """
        checkpoint = load_checkpoint(self.path)
        if checkpoint.sha256 != self.sha256:
            raise WeightsError(f"{self.path} was changed while the job was running; start the job again.")
        return _engine_of(checkpoint, self.options, self.memory, tell)


def _each_device(options: NetworkOptions) -> tuple[NetworkOptions, ...]:
    """The options for each of the devices; several share the processor's cores unless the user says otherwise."""
    devices = resolve_devices(options.device)
    threads = options.threads
    if threads is None and len(devices) > 1:
        threads = shared_threads(len(devices))
    return tuple(replace(options, device=str(device), threads=threads) for device in devices)


def _engine_words(options: NetworkOptions) -> str:
    """What an engine's results depend on to the last bit; which of several equal devices it is does not matter."""
    device = resolve_device(options.device)
    if device.type != "cpu":
        return describe_device(device).replace(str(device), device.type)
    kernels = load_kernels()
    threads = options.threads or torch_threads()
    return f"cpu, {threads} threads, {kernels.name if kernels else 'no'} kernels"


def _engine_of(checkpoint: Checkpoint, options: NetworkOptions, memory: MemoryPlan | None, tell: Tell) -> Engine[Any]:
    set_threads(options.threads)
    device = resolve_device(options.device)
    return SteppingEngine(
        lambda flow_scale: make_engine(
            checkpoint,
            device,
            flow_scale=flow_scale,
            precision=options.precision,
            ensemble=options.ensemble,
            quality=options.quality,
        ),
        memory.flow_scale if memory else options.flow_scale,
        tell=tell,
        allow_lower_scale=options.allow_lower_scale,
        strips=memory.strips if memory else 1,
        batch=memory.batch if memory else None,
    )


def load_network(options: NetworkOptions, progress: Progress | None = None) -> LoadedNetwork:
    """Find the weights (fetching them if need be), read them, and check all options.

    Raises:
        WeightsError: No such model, or its checkpoint cannot be used.
        DownloadError: The weights could not be fetched.
        DeviceError: No such device.
        OptionError: A scale, precision or quality that does not exist, or ensemble for a version without it.
    """
    if options.precision not in ("exact", "fast"):
        raise OptionError(f"The precision must be exact or fast, not {options.precision!r}.")
    if options.quality not in ("fast", "default", "best"):
        raise OptionError(f"The quality must be fast, default or best, not {options.quality!r}.")
    if options.threads is not None and options.threads < 1:
        raise OptionError(f"--threads must be at least 1, not {options.threads}.")
    resolve_devices(options.device)
    checkpoint = load_checkpoint(locate_model(options.model, progress))
    check_options(checkpoint.spec, options.flow_scale, options.ensemble)
    return LoadedNetwork(checkpoint, options)
