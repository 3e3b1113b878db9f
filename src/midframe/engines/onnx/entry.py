"""The engine of ONNX graphs, described. Importing this loads neither ONNX Runtime nor OpenVINO."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, ClassVar

from midframe.engines.devices import CPU, choose_devices
from midframe.engines.entry import Capabilities, EngineEntry, EngineLoad, FoundDevice
from midframe.engines.memory_info import available_memory
from midframe.engines.onnx.memory import memory_need
from midframe.engines.onnx.providers import (
    OPENVINO,
    available_providers,
    choose_provider,
    find_devices,
)
from midframe.engines.threads import thread_count
from midframe.errors import OptionError
from midframe.extras import is_installed, require_packages
from midframe.models.rife.architecture import RifeModel

if TYPE_CHECKING:
    from midframe.engines.options import EngineOptions
    from midframe.engines.protocols import Engine
    from midframe.models.registry import NetworkModel

PURPOSE = "The engine onnx"


class OnnxEntry(EngineEntry):
    """`midframe.engines.onnx.engine.OnnxEngine`: RIFE on whatever ONNX Runtime or OpenVINO reaches."""

    name: ClassVar[str] = "onnx"
    purpose: ClassVar[str] = "GPUs of NVIDIA, AMD, Intel and Apple without PyTorch, by ONNX Runtime or OpenVINO"
    libraries: ClassVar[tuple[str, ...]] = ("onnx", "onnxruntime")

    def devices(self) -> tuple[FoundDevice, ...]:
        """What the providers reach; the CPU is last."""
        return tuple(FoundDevice(name) for name in find_devices("auto"))

    def details(self) -> tuple[str, ...]:
        """Versions of the libraries, and the providers."""
        import onnxruntime

        # Its packages have many names, so it is asked itself.
        found = [f"onnx {version('onnx')}", f"onnxruntime {onnxruntime.__version__}"]
        if is_installed(OPENVINO):
            found.append(f"openvino {version(OPENVINO)}")
        return (*found, *(f"provider {entry.name}" for entry in available_providers()))

    def resolve_devices(self, options: EngineOptions) -> tuple[str, ...]:
        """Of what the provider reaches."""
        require_packages(self.libraries, PURPOSE, option="engine")
        return choose_devices(options.device, find_devices(options.provider), self.name)

    def free_memory(self, device: str) -> int | None:
        """Of the machine; libraries do not say how much a GPU has left."""
        return available_memory() if device == CPU else None

    def unavailable(self, device: str) -> str | None:
        """Why it cannot run there: libraries are missing, or no provider reaches the device. None if it can."""
        try:
            require_packages(self.libraries, PURPOSE, option="engine")
            choose_provider("auto", device)
        except OptionError as error:
            return str(error)
        return None

    def runs(self, model: NetworkModel) -> bool:
        """RIFE alone."""
        return isinstance(model, RifeModel)

    def capabilities(self, model: NetworkModel) -> Capabilities:  # noqa: ARG002 - all of RIFE are alike
        """Motion; frames go through the graphs as a whole."""
        return Capabilities(motion=True, strips=False)

    def memory_need(self, load: EngineLoad) -> int:
        """See `midframe.engines.onnx.memory`."""
        return memory_need(load)

    def notes(self, options: EngineOptions) -> tuple[str, ...]:
        """That the CPU has a faster engine, where it does."""
        from midframe.engines.cpu.kernels.library import load_kernels

        if options.device != CPU or load_kernels() is None:
            return ()
        provider = choose_provider(options.provider, options.device)
        slower = f"The engine onnx runs on the CPU, with the provider {provider.name}"
        return (f"{slower}: `engine=cpu` is several times faster there.",)

    def fingerprint(self, options: EngineOptions) -> str:
        """Provider, version and kind of device; on CPUs also the threads."""
        from midframe.engines.onnx.runtimes import make_runtime

        runtime = make_runtime(choose_provider(options.provider, options.device), options.device)
        threads = f", {options.threads or thread_count()} threads" if options.device == CPU else ""
        return f"{options.device.partition(':')[0]}, {runtime.description}{threads}"

    def make(self, model: NetworkModel, options: EngineOptions) -> Engine[Any]:
        """Graphs are made when the size of frames is known; qualities beyond "fast" are an engine around the engine."""
        require_packages(self.libraries, PURPOSE, option="engine")
        provider = choose_provider(options.provider, options.device)
        from midframe.engines.onnx.engine import OnnxEngine
        from midframe.engines.onnx.runtimes import make_runtime
        from midframe.engines.refinement import refined

        assert isinstance(model, RifeModel)
        engine = OnnxEngine(model, make_runtime(provider, options.device), options)
        return refined(engine, options.quality)
