"""The engine of Vulkan devices, described. Importing this does not load ncnn."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

from midframe.engines.devices import choose_devices
from midframe.engines.entry import Capabilities, EngineEntry, EngineLoad, FoundDevice
from midframe.engines.memory_info import available_memory
from midframe.engines.ncnn.memory import device_need, host_need
from midframe.engines.threads import thread_count
from midframe.errors import DeviceError
from midframe.extras import is_installed, missing_package, require_package
from midframe.models.rife.architecture import RifeModel

if TYPE_CHECKING:
    from midframe.engines.options import EngineOptions
    from midframe.engines.protocols import Engine
    from midframe.models.registry import NetworkModel

VULKAN = "vulkan"
"""The kind of device."""

SOFTWARE = "software, not a GPU: it computes on the CPU, many times slower than `engine=cpu`."
"""Said of a device."""


class NcnnEntry(EngineEntry):
    """The engine of the CPU kernels, with a network's convolutions on a Vulkan device."""

    name: ClassVar[str] = "ncnn"
    purpose: ClassVar[str] = "any GPU with a Vulkan driver, without PyTorch"
    libraries: ClassVar[tuple[str, ...]] = ("ncnn",)
    only_kind: ClassVar[str | None] = VULKAN

    def devices(self) -> tuple[FoundDevice, ...]:
        """GPUs with memory of their own, others, and software."""
        from midframe.engines.ncnn.devices import preferred_first

        return tuple(
            FoundDevice(
                device.name,
                device.model,
                free_memory=self.free_memory(device.name),
                notes=(SOFTWARE,) if device.is_software else (),
                is_software=device.is_software,
            )
            for device in preferred_first()
        )

    def details(self) -> tuple[str, ...]:
        """The version of ncnn."""
        return (f"ncnn {version('ncnn')}",)

    def resolve_devices(self, options: EngineOptions) -> tuple[str, ...]:
        """Vulkan devices: "auto" is the preferred one, "all" are all of them that are not software.

        Raises:
            OptionError: ncnn is not installed.
            DeviceError: One of them is not a device name, or there is no such device.
        """
        require_package("ncnn", "The engine ncnn", option="engine")
        from midframe.engines.ncnn.devices import preferred_first, require_devices

        require_devices()
        names, found = options.device, preferred_first()
        if names == "auto":
            return (found[0].name,)
        if names == "all":
            return choose_devices(names, [device.name for device in found if not device.is_software], self.name)
        parts = [part.strip() for part in names.split(",")]
        for part in parts:
            if part.partition(":")[0] != VULKAN:
                raise DeviceError(_other_device(part), option="device")
        # Without a number, not the first one but the preferred one is meant.
        parts = [found[0].name if part == VULKAN else part for part in parts]
        return choose_devices(",".join(parts), [device.name for device in found], self.name)

    def free_memory(self, device: str) -> int | None:
        """What its driver says; for software, the machine's."""
        from midframe.engines.ncnn.devices import device_of

        found = device_of(device)
        return available_memory() if found.is_software else found.free_memory

    def unavailable(self, device: str) -> str | None:
        """Why the engine cannot run there: no Vulkan device, no ncnn, or no CPU kernels. None if it can."""
        if device.partition(":")[0] != VULKAN:
            return _other_device(device)
        if not is_installed("ncnn"):
            return missing_package("ncnn", "The engine ncnn")
        from midframe.engines.cpu.kernels.library import load_kernels, no_kernels

        if load_kernels() is None:
            return f"The engine ncnn needs the CPU kernels, {no_kernels()}: use `device=cpu` or `device=auto`."
        return None

    def runs(self, model: NetworkModel) -> bool:
        """RIFE alone."""
        return isinstance(model, RifeModel)

    def capabilities(self, model: NetworkModel) -> Capabilities:  # noqa: ARG002 - all of RIFE are alike
        """Motion, but no strips: convolutions see a frame as a whole."""
        return Capabilities(motion=True, strips=False)

    def memory_need(self, load: EngineLoad) -> int:
        """See `midframe.engines.ncnn.memory`."""
        return device_need(load)

    def host_need(self, load: EngineLoad) -> int:
        """See `midframe.engines.ncnn.memory`."""
        from midframe.engines.ncnn.devices import device_of

        own = device_of(load.options.device).has_own_memory
        return host_need(load) + (0 if own else device_need(load))

    def fingerprint(self, options: EngineOptions) -> str:
        """The device and its driver, ncnn, and the CPU's part."""
        from midframe.engines.cpu.kernels.library import load_kernels
        from midframe.engines.ncnn.devices import device_of

        kernels = load_kernels()
        assert kernels is not None
        device = device_of(options.device)
        return (
            f"vulkan ({device.model}, driver {device.driver}), ncnn {version('ncnn')}, {kernels.name} kernels, "
            f"{options.threads or thread_count()} threads"
        )

    def notes(self, options: EngineOptions) -> tuple[str, ...]:
        """That a device is not a GPU."""
        from midframe.engines.ncnn.devices import device_of

        device = device_of(options.device)
        if not device.is_software:
            return ()
        return (f"{device.description} is {SOFTWARE}",)

    def make(self, model: NetworkModel, options: EngineOptions) -> Engine[Any]:
        """Put the weights on the device; the quality "best" adds estimates around the engine."""
        from midframe.engines.cpu.engine import CpuEngine
        from midframe.engines.cpu.kernels.library import load_kernels
        from midframe.engines.cpu.refined import RefinedEngine
        from midframe.engines.ncnn.convolutions import device_convolutions
        from midframe.engines.ncnn.devices import device_of

        assert isinstance(model, RifeModel)
        kernels = load_kernels()
        assert kernels is not None
        device, short = device_of(options.device), options.precision == "fast"
        convolutions = device_convolutions(model, kernels, device, short=short)
        if options.quality == "best":
            engine = CpuEngine(model, kernels, replace(options, quality="fast"), convolutions)
            return RefinedEngine(engine, kernels, several=True)
        return CpuEngine(model, kernels, options, convolutions)


def _other_device(device: str) -> str:
    return f"The engine ncnn runs on Vulkan devices, not on {device}: use `device=vulkan` or `engine=auto`."
