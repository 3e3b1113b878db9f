"""The torch engines, described. Importing this does not load torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from midframe.engines.devices import CPU, ENGINE_KINDS, describe_device
from midframe.engines.entry import Capabilities, EngineEntry, EngineLoad, FoundDevice
from midframe.engines.threads import thread_count
from midframe.engines.torch.memory import memory_need, synthesis_memory_need
from midframe.extras import has_torch, missing_torch, prepare_torch, require_torch
from midframe.models.rife.architecture import RifeModel
from midframe.models.synthesis import SynthesisModel

if TYPE_CHECKING:
    from midframe.engines.options import EngineOptions
    from midframe.engines.protocols import Engine
    from midframe.models.registry import NetworkModel


class TorchEntry(EngineEntry):
    """`midframe.engines.torch.engine.TorchEngine` for RIFE, and for synthesis networks an engine without motion."""

    name: ClassVar[str] = "torch"
    purpose: ClassVar[str] = "GPUs of NVIDIA, AMD, Apple and Intel; midframe adapt"
    libraries: ClassVar[tuple[str, ...]] = ("torch",)

    def devices(self) -> tuple[FoundDevice, ...]:
        """GPUs, then the CPU."""
        prepare_torch()
        from midframe.engines.torch.found_devices import look

        return look()[0]

    def details(self) -> tuple[str, ...]:
        """The version of torch, what it was built for, and what it warns of."""
        prepare_torch()
        from midframe.engines.torch.found_devices import details

        return details()

    def unavailable(self, device: str) -> str | None:
        """Why the engine cannot run there: torch is not installed, or the device is not torch's. None if it can."""
        kind = device.partition(":")[0]
        if kind in ENGINE_KINDS:
            return f"The engine torch does not run on {device}: use `engine={ENGINE_KINDS[kind]}` or `engine=auto`."
        return None if has_torch() else missing_torch("The engine torch")

    def runs(self, model: NetworkModel) -> bool:
        """RIFE and synthesis networks."""
        return isinstance(model, (RifeModel, SynthesisModel))

    def capabilities(self, model: NetworkModel) -> Capabilities:
        """Synthesis networks estimate no motion, and frames go through them as a whole."""
        warps = isinstance(model, RifeModel)
        return Capabilities(motion=warps, strips=warps)

    def memory_need(self, load: EngineLoad) -> int:
        """See `midframe.engines.torch.memory`."""
        if isinstance(load.model, RifeModel):
            return memory_need(load, load.model.spec)
        assert isinstance(load.model, SynthesisModel)
        return synthesis_memory_need(load, load.model)

    def fingerprint(self, options: EngineOptions) -> str:
        """The kind of device; on CPUs also the threads."""
        if options.device == CPU:
            return f"cpu, {options.threads or thread_count()} threads, no kernels"
        return describe_device(options.device).replace(options.device, options.device.partition(":")[0])

    def make(self, model: NetworkModel, options: EngineOptions) -> Engine[Any]:
        """Move the network to the device; for RIFE, qualities beyond "fast" are an engine around the engine."""
        require_torch("The engine torch", option="engine")
        from midframe.engines.torch.tensors import torch_device

        device = torch_device(options.device)
        if isinstance(model, RifeModel):
            from midframe.engines.torch.engine import TorchEngine
            from midframe.engines.torch.quality import QualityEngine

            engine = TorchEngine(model.network(), device, options)
            if options.quality == "fast":
                return engine
            return QualityEngine(engine, several=options.quality == "best")
        from midframe.engines.torch.synthesis import SynthesisEngine

        assert isinstance(model, SynthesisModel)
        return SynthesisEngine(model, device)
