"""What the torch engines allocate.

Off the CPU it is reasoned from what they take there, not measured; the host of a GPU takes little more than the
frames themselves.
"""

from __future__ import annotations

from midframe.engines.entry import EngineLoad
from midframe.engines.memory_model import (
    FLOAT,
    MARGIN,
    MOTION_SAMPLES,
    PROCESS,
    caller_bytes,
    padded_size,
    refinement_bytes,
)
from midframe.models.rife.spec import Spec
from midframe.models.synthesis import SynthesisModel

WEIGHT_COPIES_ON_CPU = 6
"""How often the weights are in memory: as read, as a network, folded."""

WEIGHT_COPIES_ON_GPU = 2

TORCH = 180_000_000
"""Bytes that torch adds to a process."""


def memory_need(load: EngineLoad, spec: Spec) -> int:
    """Peak memory of a process that interpolates with `TorchEngine` on a CPU, or of its GPU's memory, in bytes."""
    rows, columns = padded_size(load, spec.pad_multiple(load.options.flow_scale))
    padded = rows * columns
    # Motions stay where they were estimated.
    motions = padded * FLOAT * MOTION_SAMPLES * load.motions
    engine = refinement_bytes(load, spec, padded) + _network_bytes(load, spec, padded)
    return _total(load, engine, caller_bytes(load, padded), motions)


def synthesis_memory_need(load: EngineLoad, model: SynthesisModel) -> int:
    """The same of `SynthesisEngine`."""
    rows, columns = padded_size(load, model.pad_multiple)
    padded = rows * columns
    engine = FLOAT * padded * (load.frames * (3 + load.channels) + load.channels + model.floats_per_pixel)
    return _total(load, engine, caller_bytes(load, padded), 0)


def _total(load: EngineLoad, engine: float, caller: int, motions: int) -> int:
    """Bytes of the machine for an engine on the CPU, else of the device, where only the engine and motions lie."""
    weights = FLOAT * load.model.parameters * (WEIGHT_COPIES_ON_CPU if load.on_cpu else WEIGHT_COPIES_ON_GPU)
    if load.on_cpu:
        return PROCESS + TORCH + round(MARGIN * (caller + weights + engine))
    return round(MARGIN * (weights + engine + motions))


def _network_bytes(load: EngineLoad, spec: Spec, pixels: int) -> float:
    """What `TorchEngine` allocates at its worst moment, with frames of that many padded pixels encoded."""
    side = 3 + spec.features
    frames = load.frames * FLOAT * (side + load.channels) * pixels
    encoding = FLOAT * (3 + 2 * spec.features) * pixels / load.strips
    if spec.head:
        encoding += FLOAT * 3 * spec.head.hidden_channels / 4 * pixels / load.strips
    blocks = []
    for index, (width, published) in enumerate(zip(spec.widths, spec.scales, strict=True)):
        scale = published / load.options.flow_scale
        inside = pixels / scale**2
        inputs = spec.input_channels(index)
        sampled = min(4 * inside, pixels)
        # Flow, coordinates and both warped sides at the samples; the input and its copy in the other layout.
        building = FLOAT * ((4 + 4 + 2 * side) * sampled + 2 * inputs * inside)
        running = FLOAT * (inputs + width / 8 + 3 * width / 16) * inside
        blocks.append(max(building, running))
    blending = FLOAT * (5 + 4 + 4 + 5 * load.channels) * pixels / load.strips
    return frames + max(encoding, max(blocks), blending)
