"""What fits into a memory budget, and what all engines' formulas for their memory have in common.

Each engine counts what it allocates, term by term, in a module of its own (`midframe.engines.cpu.memory`,
`midframe.engines.torch.memory`); constants and the margin come from measurements (benchmarks/memory.py;
docs/memory.md has the table).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from midframe.engines.entry import EngineEntry, EngineLoad
from midframe.engines.options import FLOW_SCALES, PairOptions
from midframe.errors import OutOfMemoryError
from midframe.models.rife.spec import Spec

FLOAT = 4
"""Bytes."""

PROCESS = 120_000_000
"""Bytes of a process with Python, numpy and the image libraries, before the weights and the first frame."""

MARGIN = 1.08
"""With it, measured peaks are 0.8 to 0.98 of what is stated: never more, which is what matters."""

MOTION_SAMPLES = 5
"""Samples of a pixel in a motion: four of flow, one of the mask."""

STRIP_COUNTS = (1, 2, 4, 8, 16)


def padded_size(load: EngineLoad, multiple: int) -> tuple[int, int]:
    """Rows and columns of the frames, padded to a multiple."""
    return -(-load.height // multiple) * multiple, -(-load.width // multiple) * multiple


def caller_bytes(load: EngineLoad, padded: int) -> int:
    """What the caller of an engine holds: frames (view and samples, float32), results, and motions of padded pixels."""
    samples = load.frames * (3 + load.channels) + load.times * load.channels
    return load.width * load.height * FLOAT * samples + padded * FLOAT * MOTION_SAMPLES * load.motions


def refinement_bytes(load: EngineLoad, spec: Spec, padded: int) -> float:
    """What a quality beyond "fast" takes around an engine, with frames of that many padded pixels."""
    if load.options.quality == "fast":
        return 0.0
    # Motions as a whole, also where frames are cut in strips: flow and mask; what is kept of both, or what is worked
    # out by cells before; small views.
    balanced = FLOAT * (5 + 4 + load.frames * 3 / 16) * padded
    if load.options.quality == "default":
        return balanced
    # Mirrored frames, view and encoded; sums of flows, masks and weights; a flow and mask turned twice.
    mirrored = load.frames * FLOAT * (3 + -(-(3 + spec.features) // 8) * 8) * padded
    return balanced + mirrored + FLOAT * (6 + 10) * padded


@dataclass(frozen=True)
class MemoryPlan:
    """What fits into a budget.

    Attributes:
        strips: Number of strips that the engine works in.
        batch: Frames to interpolate in one call at most.
        flow_scale: The one that was asked for, or a lower one where that is allowed.
        need: Bytes that are expected, see `midframe.engines.entry.EngineEntry.memory_need`.
        spare: Bytes of the budget that remain for queues.
        host_need: Bytes of the machine's memory that are expected, see the entry's `host_need`.
        variants: The plans for pairs that have options of their own.

    Plans are equal if engines that follow them are: bytes are not compared.
    """

    strips: int
    batch: int
    flow_scale: float
    need: int = field(compare=False)
    spare: int = field(compare=False)
    host_need: int = field(default=0, compare=False)
    variants: tuple[tuple[PairOptions, MemoryPlan], ...] = ()

    def of_pairs(self, options: PairOptions) -> MemoryPlan:
        """The plan for pairs that have options of their own; without one, they begin as all others do."""
        known = dict(self.variants).get(options)
        if known is not None:
            return known
        return replace(self, flow_scale=self.flow_scale if options.flow_scale is None else options.flow_scale)


def plan(
    entry: EngineEntry, load: EngineLoad, budget: int, *, host_budget: int | None = None, reserved: int = 0
) -> MemoryPlan:
    """Choose how to interpolate within a budget: all frames of a pair in one call, else fewer, else in strips.

    Args:
        entry: The engine.
        load: What is requested, with all frames of a pair as its times; its strips are not looked at.
        budget: Bytes, of the machine's memory or of the GPU's.
        host_budget: Bytes of the machine's memory, for an engine on a GPU; None where the budget is that.
        reserved: Bytes of the machine's memory, besides the budget, that the job itself takes; for the message.

    Raises:
        OutOfMemoryError: Nothing fits; the message says what would.
    """
    flow_scale, times = load.options.flow_scale, load.times
    strip_counts = STRIP_COUNTS if entry.capabilities(load.model).strips else (1,)

    def changed(scale: float, strips: int, batch: int) -> EngineLoad:
        options = replace(load.options, flow_scale=scale)
        return replace(load, options=options, strips=strips, times=batch)

    def fitting(scale: float) -> MemoryPlan | None:
        batches = sorted({times, *(1 << power for power in range(times.bit_length())), 1}, reverse=True)
        for strips, batch in [(1, batch) for batch in batches] + [(strips, 1) for strips in strip_counts[1:]]:
            smaller = changed(scale, strips, batch)
            need, host_need = entry.memory_need(smaller), entry.host_need(smaller)
            if need <= budget and (host_budget is None or host_need <= host_budget):
                return MemoryPlan(strips, batch, scale, need, budget - need, host_need)
        return None

    lower = [scale for scale in sorted(FLOW_SCALES, reverse=True) if scale < flow_scale]
    for scale in (flow_scale, *lower) if load.options.allow_lower_scale else (flow_scale,):
        found = fitting(scale)
        if found:
            return found
    possible = next((scale for scale in lower if fitting(scale)), None)
    smallest = changed(flow_scale, strip_counts[-1], 1)
    least = entry.memory_need(smallest)
    more = "allow more with `memory`"
    if host_budget is not None:
        if least > budget:
            reserved, more = 0, "use `device=cpu`"
        else:
            least, budget = entry.host_need(smallest), host_budget
    advice = f"use `flow_scale={possible:g}`, or " if possible else "use smaller frames, or "
    taken = f", in addition to {_gigabytes(reserved)} for buffered frames" if reserved else ""
    raise OutOfMemoryError(
        f"A pair of {load.width}×{load.height} frames needs {_gigabytes(least)} at flow scale {flow_scale:g}, and "
        f"{_gigabytes(max(0, budget))} may be used{taken}: {advice}{more}.",
        option="memory",
    )


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
