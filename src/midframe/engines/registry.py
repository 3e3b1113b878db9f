"""The engines there are, and which of them runs a network on a device. Importing this does not load torch."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from midframe.engines.cpu.entry import CpuEntry
from midframe.engines.devices import ENGINE_KINDS, check_device_names, resolve_devices
from midframe.engines.entry import EngineEntry
from midframe.engines.ncnn.entry import NcnnEntry
from midframe.engines.onnx.entry import OnnxEntry
from midframe.engines.options import AUTO, EngineOptions
from midframe.engines.torch.entry import TorchEntry
from midframe.errors import OptionError

if TYPE_CHECKING:
    from midframe.engines.protocols import Engine
    from midframe.models.registry import NetworkModel

_COMMAND = re.compile(r" Install (it|them) with: .*$")
"""What `missing_package` ends with."""

_entries: tuple[EngineEntry, ...] = (CpuEntry(), TorchEntry(), NcnnEntry(), OnnxEntry())


def add_engine(entry: EngineEntry) -> None:
    """Add an engine; where engines are chosen automatically it comes after those that were there before.

    Raises:
        ValueError: Its name is taken.
    """
    global _entries
    if entry.name in engine_names():
        raise ValueError(f"an engine named {entry.name!r} already exists")
    _entries = (*_entries, entry)


def remove_engine(name: str) -> None:
    """Remove an engine that was added.

    Raises:
        OptionError: There is none of that name.
    """
    global _entries
    removed = find_engine(name)
    _entries = tuple(entry for entry in _entries if entry is not removed)


def engine_entries() -> tuple[EngineEntry, ...]:
    """All engines, in the order in which they are tried where none is named."""
    return _entries


def engine_names() -> tuple[str, ...]:
    """Values of the option `engine`."""
    return (AUTO, *(entry.name for entry in _entries))


def find_engine(name: str) -> EngineEntry:
    """The engine of a name other than "auto".

    Raises:
        OptionError: There is none.
    """
    for entry in _entries:
        if entry.name == name:
            return entry
    raise OptionError(f"The engine must be one of {', '.join(engine_names())}, not {name!r}.", option="engine")


def devices_of(options: EngineOptions) -> tuple[str, ...]:
    """The devices that the options name, as the engine that they name finds them.

    Raises:
        OptionError: There is no such engine.
        DeviceError: One of them is not a device name, or there is no such device.
    """
    if options.engine != AUTO:
        return find_engine(options.engine).resolve_devices(options)
    check_device_names(options.device)
    found: list[str] = []
    for name in map(str.strip, options.device.split(",")):
        owner = _owner(name)
        found += (
            resolve_devices(name)
            if owner is None
            else owner.resolve_devices(replace(options, engine=owner.name, device=name))
        )
    return tuple(found)


def _owner(device: str) -> EngineEntry | None:
    """The engine that alone has devices of such a kind."""
    kind = device.partition(":")[0]
    return find_engine(ENGINE_KINDS[kind]) if kind in ENGINE_KINDS else None


def choose_engine(model: NetworkModel, options: EngineOptions) -> EngineEntry:
    """The engine that the options name, or the first that runs a network on their device.

    Args:
        model: The network.
        options: Options for a single device.

    Raises:
        OptionError: The engine named does not exist, or cannot be used there; or none can; or the quality needs motion.
    """
    entry = _choose(model, options)
    if options.quality == "best" and not entry.capabilities(model).motion:
        raise OptionError(
            f"`quality=best` needs a network that estimates motion; {model.description} does not.", option="quality"
        )
    return entry


def _choose(model: NetworkModel, options: EngineOptions) -> EngineEntry:
    if options.engine != AUTO:
        entry = find_engine(options.engine)
        if not entry.runs(model):
            raise OptionError(f"The engine {entry.name} does not run {model.description}.", option="engine")
        reason = entry.unavailable(options.device)
        if reason is not None:
            raise OptionError(reason, option="engine")
        return entry
    owner, kind = _owner(options.device), options.device.partition(":")[0]
    considered = [owner] if owner else [entry for entry in _entries if entry.only_kind in (None, kind)]
    running = [entry for entry in considered if entry.runs(model)]
    for entry in running:
        if entry.unavailable(options.device) is None:
            return entry
    reasons = [reason for entry in running if (reason := entry.unavailable(options.device)) is not None]
    if sum(bool(_COMMAND.search(reason)) for reason in reasons) > 1:
        # One after the other, they would look like a single command.
        reasons = [_COMMAND.sub("", reason) for reason in reasons]
        reasons.append("`midframe devices` shows the commands that install what is missing.")
    raise OptionError(" ".join([f"No engine runs {model.description} on {options.device}.", *reasons]), option="engine")


def make_engine(model: NetworkModel, options: EngineOptions) -> Engine[Any]:
    """An engine for the single device that the options name.

    Raises:
        OptionError: Options that the network cannot be run with.
        EngineError: The network does not fit on the device.
    """
    return choose_engine(model, options).make(model, options)
