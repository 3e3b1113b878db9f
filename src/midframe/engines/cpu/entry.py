"""The engine of the CPU kernels, described."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from midframe.engines.cpu.memory import memory_need
from midframe.engines.entry import Capabilities, EngineEntry, EngineLoad, FoundDevice
from midframe.engines.machine import describe_processor
from midframe.engines.memory_info import available_memory, machine_memory
from midframe.engines.threads import thread_count
from midframe.models.rife.architecture import RifeModel

if TYPE_CHECKING:
    from midframe.engines.options import EngineOptions
    from midframe.engines.protocols import Engine
    from midframe.models.registry import NetworkModel


class CpuEntry(EngineEntry):
    """`midframe.engines.cpu.engine.CpuEngine`: RIFE on CPUs that have kernels."""

    name: ClassVar[str] = "cpu"
    purpose: ClassVar[str] = "the fastest on CPUs"

    def devices(self) -> tuple[FoundDevice, ...]:
        """The CPU, where there are kernels for it."""
        if self.unavailable("cpu") is not None:
            return ()
        return (FoundDevice("cpu", describe_processor(), available_memory(), machine_memory()),)

    def details(self) -> tuple[str, ...]:
        """The instruction set of the kernels, and the best one of the processor if that is another."""
        from midframe.engines.cpu.kernels.library import load_kernels, supported_instruction_sets

        kernels, best = load_kernels(), supported_instruction_sets()[-1]
        if kernels is None:
            return ()
        return (f"CPU kernels for {kernels.name}", *([f"the processor has {best}"] if kernels.name != best else []))

    def unavailable(self, device: str) -> str | None:
        """Why the engine cannot run there: another device than the CPU, or no kernels. None if it can."""
        if device != "cpu":
            return f"The engine cpu runs only on the CPU, not on {device}: use `device=cpu` or `engine=auto`."
        from midframe.engines.cpu.kernels.library import load_kernels, no_kernels

        if load_kernels() is None:
            return f"The engine cpu needs the CPU kernels, {no_kernels()}: use `engine=torch`."
        return None

    def runs(self, model: NetworkModel) -> bool:
        """RIFE alone."""
        return isinstance(model, RifeModel)

    def capabilities(self, model: NetworkModel) -> Capabilities:  # noqa: ARG002 - all of RIFE are alike
        """All."""
        return Capabilities(motion=True, strips=True)

    def memory_need(self, load: EngineLoad) -> int:
        """See `midframe.engines.cpu.memory`."""
        return memory_need(load)

    def fingerprint(self, options: EngineOptions) -> str:
        """Threads and instruction set."""
        from midframe.engines.cpu.kernels.library import load_kernels

        kernels = load_kernels()
        assert kernels is not None
        return f"cpu, {options.threads or thread_count()} threads, {kernels.name} kernels"

    def make(self, model: NetworkModel, options: EngineOptions) -> Engine[Any]:
        """Pack the weights; the quality "best" adds estimates around the engine."""
        from midframe.engines.cpu.engine import CpuEngine
        from midframe.engines.cpu.kernels.library import load_kernels
        from midframe.engines.cpu.refined import RefinedEngine

        assert isinstance(model, RifeModel)
        kernels = load_kernels()
        assert kernels is not None
        if options.quality == "best":
            engine = CpuEngine(model, kernels, replace(options, quality="fast"))
            return RefinedEngine(engine, kernels, several=True)
        return CpuEngine(model, kernels, options)
