"""From the options of the network to an engine that is ready."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from midframe.engines.devices import CPU, unused_gpu
from midframe.engines.memory_info import default_budget
from midframe.engines.memory_model import MemoryPlan
from midframe.engines.memory_plan import plan_memory
from midframe.engines.oom_fallback import make_with_fallback
from midframe.engines.options import AUTO, EngineOptions, PairOptions
from midframe.engines.protocols import Engine, Notify, ignore_notice
from midframe.engines.registry import choose_engine, devices_of, find_engine
from midframe.engines.threads import set_threads, shared_threads
from midframe.errors import OptionError, WeightsError
from midframe.models.catalog import resolve_model
from midframe.models.checkpoints import LoadedCheckpoint, find_checkpoint, load_checkpoint
from midframe.models.download import Progress
from midframe.models.fetch import locate_model
from midframe.models.registry import ARCHITECTURES, Architecture
from midframe.timing.steps import Mode
from midframe.types import FrameFormat


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A checkpoint that was found, read and checked against the options; no engine is made of it yet."""

    checkpoint: LoadedCheckpoint
    options: EngineOptions
    memory: MemoryPlan | None = None

    @property
    def name(self) -> str:
        """The model in words, for summaries."""
        return self.checkpoint.model.description

    @property
    def sha256(self) -> str:
        """SHA-256 of the checkpoint file."""
        return self.checkpoint.sha256

    @property
    def notes(self) -> tuple[str, ...]:
        """What was ignored when the checkpoint was read, what memory asks for, and a GPU that cannot be used."""
        plan = self.memory
        notes = list(self.checkpoint.notes)
        if plan is not None and plan.flow_scale != self.options.flow_scale:
            notes.append(
                f"Flow scale {plan.flow_scale:g} is used: {self.options.flow_scale:g} needs more memory than "
                "is available."
            )
        if plan is not None and plan.strips > 1:
            notes.append(f"Frames are interpolated in {plan.strips} strips to save memory.")
        for options in _each_device(self.options):
            notes += choose_engine(self.checkpoint.model, options).notes(options)
        notes = list(dict.fromkeys(notes))
        idle = unused_gpu() if self.options.device == AUTO and self.options.engine == AUTO else None
        return (*notes, idle) if idle else tuple(notes)

    @property
    def spare(self) -> int:
        """Bytes that remain for frames besides the engines."""
        if self.memory is None:
            return self.options.memory or default_budget()
        return self.memory.spare

    @property
    def settings(self) -> dict[str, object]:
        """What decides how frames are interpolated."""
        engines = {
            choose_engine(self.checkpoint.model, options).fingerprint(options) for options in _each_device(self.options)
        }
        settings = {
            "model": self.name,
            "model_sha256": self.sha256,
            **self.options.settings,
            "engines": sorted(engines),
        }
        return {**settings, "flow_scale": self.memory.flow_scale} if self.memory else settings

    @property
    def makers(self) -> tuple[CheckpointEngineMaker, ...]:
        """One for each device that the user named, with the threads of each."""
        return tuple(
            CheckpointEngineMaker(
                self.checkpoint.path.absolute(), self.sha256, self.checkpoint.architecture, options, self.memory
            )
            for options in _each_device(self.options)
        )

    def fitted(
        self, frame_format: FrameFormat, times: int, mode: Mode, pair_options: Sequence[PairOptions] = ()
    ) -> LoadedModel:
        """See `midframe.engines.protocols.JobModel.fitted`."""
        model, devices = self.checkpoint.model, _each_device(self.options)
        if mode != "direct" and not choose_engine(model, devices[0]).capabilities(model).motion:
            raise OptionError(
                f"`mode={mode}` needs a network that estimates motion; {model.description} does not.", option="mode"
            )
        for each in pair_options:
            model.check(flow_scale=each.applied_to(self.options).flow_scale, ensemble=self.options.ensemble)
        return replace(self, memory=plan_memory(model, devices, frame_format, times, mode, pair_options))

    def make_engine(self, notify: Notify = ignore_notice) -> Engine[Any]:
        """Put the network on its device, the first of several.

        Raises:
            EngineError: It does not fit there.
        """
        return _make_engine(self.checkpoint, _each_device(self.options)[0], self.memory, notify)


@dataclass(frozen=True)
class CheckpointEngineMaker:
    """Makes an engine from a checkpoint file, in whatever process it is sent to.

    Attributes:
        path: The file.
        sha256: SHA-256 that the file must still have.
        architecture: Architecture of the weights; the process need not have registered it.
        options: Options for a single device; `model` is not used.
        memory: Plan to begin with; None to begin without strips and with all frames of a pair at once.
    """

    path: Path
    sha256: str
    architecture: Architecture
    options: EngineOptions
    memory: MemoryPlan | None = None

    @property
    def device(self) -> str:
        """The device, as torch names it."""
        return self.options.device

    def make_engine(self, notify: Notify = ignore_notice) -> Engine[Any]:
        """Load the checkpoint and put the network on the device.

        Raises:
            WeightsError: The file no longer exists, or is a different one.
            EngineError: The network does not fit on the device.
        """
        checkpoint = load_checkpoint(self.path, (self.architecture,))
        if checkpoint.sha256 != self.sha256:
            raise WeightsError(
                f"{self.path} was changed while the job was running; start the job again.", path=self.path
            )
        return _make_engine(checkpoint, self.options, self.memory, notify)


def _each_device(options: EngineOptions) -> tuple[EngineOptions, ...]:
    """The options for each of the devices; several share the processor's cores unless their threads are given."""
    devices = devices_of(options)
    threads = options.threads
    if threads is None and len(devices) > 1:
        threads = shared_threads(len(devices))
    return tuple(replace(options, device=device, threads=threads) for device in devices)


def _make_engine(
    checkpoint: LoadedCheckpoint, options: EngineOptions, memory: MemoryPlan | None, notify: Notify
) -> Engine[Any]:
    set_threads(options.threads)
    return make_with_fallback(choose_engine(checkpoint.model, options), checkpoint.model, options, memory, notify)


def check_choice(options: EngineOptions) -> None:
    """Check everything about the options that can be known without reading or fetching weights.

    `load_model` checks the same and the rest. This is for those that have work to do before, or something to ask.

    Raises:
        WeightsError: No such model.
        DeviceError: No such device.
        OptionError: Options that the model cannot be run with, or an engine that does not exist or cannot be used.
    """
    # Looking for GPUs, of which "auto" needs none, may take seconds.
    entry = None if options.engine == AUTO else find_engine(options.engine)
    anything = AUTO == options.device == options.provider and (entry is None or entry.only_kind is None)
    devices = (CPU,) if anything else devices_of(options)
    if entry is not None:
        reason = next(filter(None, map(entry.unavailable, devices)), None)
        if reason is not None:
            raise OptionError(reason, option="engine")
    check_model(options)


def check_model(options: EngineOptions) -> None:
    """The part of `check_choice` that is about the model alone.

    Raises:
        WeightsError: No such model.
        OptionError: Options that the model cannot be run with.
    """
    found = resolve_model(options.model)
    if isinstance(found, Path):
        find_checkpoint(found)
        return
    if found.architecture in ARCHITECTURES:
        check_row = ARCHITECTURES[found.architecture].check_row
        if check_row is not None:
            check_row(found.row, options.ensemble)


def load_model(options: EngineOptions, progress: Progress | None = None) -> LoadedModel:
    """Find the weights (fetching them if need be), read them, and check the options against model and machine.

    Raises:
        WeightsError: No such model, or its checkpoint cannot be used.
        DownloadError: The weights could not be fetched.
        DeviceError: No such device.
        OptionError: Options that the network cannot be run with, or an engine that does not exist or cannot be used.
    """
    devices = _each_device(options)
    if options.engine != AUTO:
        find_engine(options.engine)
    checkpoint = load_checkpoint(locate_model(options.model, progress))
    model = checkpoint.model
    model.check(flow_scale=options.flow_scale, ensemble=options.ensemble)
    for device_options in devices:
        choose_engine(model, device_options)
    return LoadedModel(checkpoint, options)
