"""The engine of Vulkan devices, described. Importing this does not load ncnn."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

from midframe.engines.devices import VULKAN, is_vulkan
from midframe.engines.entry import Capabilities, EngineEntry, EngineLoad
from midframe.engines.ncnn.memory import device_need, host_need
from midframe.engines.threads import thread_count
from midframe.extras import is_installed, missing_package
from midframe.models.rife.architecture import RifeModel

if TYPE_CHECKING:
    from midframe.engines.options import EngineOptions
    from midframe.engines.protocols import Engine
    from midframe.models.registry import NetworkModel


class NcnnEntry(EngineEntry):
    """The engine of the CPU kernels, with a network's convolutions on a Vulkan device."""

    name: ClassVar[str] = "ncnn"
    own_devices: ClassVar[str | None] = VULKAN

    def unavailable(self, device: str) -> str | None:
        """Why the engine cannot run there: no Vulkan device, no ncnn, or no CPU kernels. None if it can."""
        if not is_vulkan(device):
            return f"The engine ncnn runs on Vulkan devices, not on {device}: use `device=vulkan` or `engine=auto`."
        if not is_installed("ncnn"):
            return missing_package("ncnn", "The engine ncnn")
        from midframe.engines.cpu.kernels.library import load_kernels

        if load_kernels() is None:
            return (
                "The engine ncnn needs the CPU kernels, which are disabled, or were not built when midframe was "
                "installed: use `device=cpu` or `device=auto`."
            )
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
        """That a device is no GPU."""
        from midframe.engines.ncnn.devices import device_of

        device = device_of(options.device)
        if not device.is_software:
            return ()
        return (
            f"{device.name} ({device.model}) is no GPU: it computes on the CPU, many times slower than `engine=cpu`.",
        )

    def make(self, model: NetworkModel, options: EngineOptions) -> Engine[Any]:
        """Put the weights on the device; the quality "best" adds estimates around the engine."""
        from midframe.engines.cpu.best import BestEngine
        from midframe.engines.cpu.engine import CpuEngine
        from midframe.engines.cpu.kernels.library import load_kernels
        from midframe.engines.ncnn.convolutions import device_convolutions
        from midframe.engines.ncnn.devices import device_of

        assert isinstance(model, RifeModel)
        kernels = load_kernels()
        assert kernels is not None
        convolutions = device_convolutions(model, kernels, device_of(options.device), short=options.precision == "fast")
        engine = CpuEngine(model, kernels, options, convolutions)
        return BestEngine(engine, kernels) if options.quality == "best" else engine
