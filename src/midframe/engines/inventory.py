"""What there is on this machine to run a network on, which engine is chosen for it, and what is missing for more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from midframe.engines.devices import CPU, gpu_maker, unused_gpu
from midframe.engines.entry import EngineEntry, FoundDevice
from midframe.engines.machine import gpu_makers
from midframe.engines.options import EngineOptions
from midframe.engines.registry import devices_of, engine_entries
from midframe.errors import MidframeError
from midframe.extras import LIBRARIES, LOAD_ERRORS, TORCH_BUILDS, TORCH_DOES_NOT_LOAD, is_installed, pip_install
from midframe.wording import enumerated


@dataclass(frozen=True)
class EngineState:
    """An engine on this machine.

    Attributes:
        name: Value of the option `engine`.
        purpose: What it is good for, in a few words.
        devices: Names of the devices that it found.
        details: Facts about it, such as the version of its library.
        missing: Names of the libraries that it needs and that are not installed.
        install: The command that installs these; empty where none is missing.
        unavailable: Why it runs on no device here, as a sentence; None if it does.
    """

    name: str
    purpose: str
    devices: tuple[str, ...]
    details: tuple[str, ...]
    missing: tuple[str, ...]
    install: str
    unavailable: str | None


@dataclass(frozen=True)
class DeviceState:
    """A device of this machine.

    Attributes:
        found: The device.
        engines: Names of the engines that can be used on it; `engine="auto"` chooses the first.
        refusals: Why others cannot be, as sentences by the name of the engine.
    """

    found: FoundDevice
    engines: tuple[str, ...]
    refusals: dict[str, str]

    @property
    def engine(self) -> str | None:
        """The engine that is used unless another one is named; None if none can be."""
        return self.engines[0] if self.engines else None


@dataclass(frozen=True)
class Inventory:
    """Devices and engines of this machine.

    Attributes:
        devices: GPUs first.
        engines: All engines, in the order in which they are tried.
        auto: Names of the devices that `device="auto"` stands for.
        reason: Why these, as a sentence.
        advice: Sentences that say what to install or change for more.
    """

    devices: tuple[DeviceState, ...]
    engines: tuple[EngineState, ...]
    auto: tuple[str, ...]
    reason: str
    advice: tuple[str, ...]

    def device(self, name: str) -> DeviceState:
        """The device of a name.

        Raises:
            KeyError: It was not found.
        """
        for device in self.devices:
            if device.found.name.removesuffix(":0") == name.removesuffix(":0"):
                return device
        raise KeyError(name)

    @property
    def auto_engine(self) -> str | None:
        """The engine that is used on the devices of `auto`; None if none can be."""
        return self.device(self.auto[0]).engine


def take_inventory() -> Inventory:
    """Look at this machine. Libraries that are installed may be loaded for it, which takes seconds."""
    entries = engine_entries()
    states: list[EngineState] = []
    found: dict[str, FoundDevice] = {}
    for entry in entries:
        state, of_engine = _look(entry)
        states.append(state)
        for device in of_engine:
            # Some write the first of a kind with its number, and some without.
            key = device.name.removesuffix(":0")
            found[key] = _merged(found[key], device) if key in found else device
    found.setdefault(CPU, FoundDevice(CPU))
    # A stable sort: the preferred ones come first among GPUs.
    ordered = sorted(found.values(), key=lambda each: (each.is_software, each.name == CPU))
    usable = {state.name for state in states if state.unavailable is None}
    devices = tuple(_device_state(device, [entry for entry in entries if entry.name in usable]) for device in ordered)
    auto = devices_of(EngineOptions())
    return Inventory(devices, tuple(states), auto, _reason(auto, devices), _advice(states, _gpus(devices)))


def _look(entry: EngineEntry) -> tuple[EngineState, tuple[FoundDevice, ...]]:
    """The state of an engine, and its devices."""
    state = EngineState(entry.name, entry.purpose, (), (), (), "", None)
    missing = [LIBRARIES[module] for module in entry.libraries if not is_installed(module)]
    if missing:
        names = tuple(name for name, _ in missing)
        reason = f"{enumerated(names)} {'is' if len(names) == 1 else 'are'} not installed."
        command = pip_install(*(package for _, package in missing))
        return replace(state, missing=names, install=command, unavailable=reason), ()
    try:
        devices, details = entry.devices(), entry.details()
    except (MidframeError, *LOAD_ERRORS) as error:
        # A library that is installed and does not load is the very thing that people look for here.
        words = str(error).rstrip(".") or type(error).__name__
        return replace(state, unavailable=f"The engine {entry.name} cannot be loaded: {words}."), ()
    unusable = None if devices else entry.unavailable(CPU) or f"The engine {entry.name} finds no device here."
    return replace(state, devices=tuple(each.name for each in devices), details=details, unavailable=unusable), devices


def _merged(first: FoundDevice, second: FoundDevice) -> FoundDevice:
    """What two engines say of one device."""
    return replace(
        first,
        description=first.description or second.description,
        free_memory=second.free_memory if first.free_memory is None else first.free_memory,
        total_memory=second.total_memory if first.total_memory is None else first.total_memory,
        notes=tuple(dict.fromkeys((*first.notes, *second.notes))),
    )


def _device_state(device: FoundDevice, entries: Sequence[EngineEntry]) -> DeviceState:
    reasons = {entry.name: entry.unavailable(device.name) for entry in entries}
    return DeviceState(
        device,
        tuple(name for name, reason in reasons.items() if reason is None),
        {name: reason for name, reason in reasons.items() if reason is not None},
    )


def _reason(auto: tuple[str, ...], devices: Sequence[DeviceState]) -> str:
    if auto != (CPU,):
        return f"GPUs are preferred to the CPU{'; each gets a process' if len(auto) > 1 else ''}."
    others = _gpus(devices)
    if not others:
        return "No GPU was found that an engine could use."
    return f"Other devices are used only where they are named, such as `device={others[0]}`."


def _gpus(devices: Sequence[DeviceState]) -> list[str]:
    """Names of the devices that are not the CPU and no program on it."""
    return [each.found.name for each in devices if each.found.name != CPU and not each.found.is_software]


def _advice(states: Sequence[EngineState], gpus: Sequence[str]) -> tuple[str, ...]:
    """What would make more of this machine usable."""
    by_name = {state.name: state for state in states}
    found = [_about_torch(by_name["torch"], gpus)]
    if not gpus:
        found.append(_about_vulkan(by_name.get("ncnn")))
    if by_name["cpu"].unavailable is not None:
        found.append(_about_kernels())
    return tuple(filter(None, found))


def _about_kernels() -> str:
    # It loads numpy.
    from midframe.engines.cpu.kernels.library import VARIABLE, are_disabled

    if are_disabled():
        return (
            f"{VARIABLE}=off disables the CPU kernels, so that the CPU is several times slower than it could be. "
            "Unset it, unless that is on purpose."
        )
    return (
        "The CPU kernels are missing, so that the CPU is several times slower than it could be. Install a wheel of "
        "midframe, which contains them; or a C++ compiler (GCC or Clang), and midframe again."
    )


def _about_torch(torch: EngineState, gpus: Sequence[str]) -> str | None:
    if torch.missing:
        return unused_gpu()
    if torch.unavailable is not None:
        return TORCH_DOES_NOT_LOAD
    maker = gpu_maker()
    if maker is None or gpus:
        return None
    return (
        f"This machine has a GPU ({maker}) that is not used: {', '.join(torch.details)} does not find it. Install a "
        f"build of PyTorch for it ({TORCH_BUILDS}), or a newer driver."
    )


def _about_vulkan(ncnn: EngineState | None) -> str | None:
    """What is missing for a GPU that the engine ncnn could use and no engine has found."""
    makers = gpu_makers()
    if ncnn is None or not makers:
        return None
    begin = f"This machine has a graphics device ({enumerated(makers)}) that the engine ncnn can use, without PyTorch"
    if ncnn.missing:
        return f"{begin}. Install it with: {ncnn.install}"
    return f"{begin}, but its Vulkan driver was not found. Install it (on Debian and Ubuntu: mesa-vulkan-drivers)."
