"""What the engine of ONNX graphs allocates; measured with ONNX Runtime on a CPU (benchmarks/memory.py)."""

from __future__ import annotations

from midframe.engines.entry import EngineLoad
from midframe.engines.memory_model import FLOAT, MARGIN, PROCESS, caller_bytes, padded_size, refinement_bytes
from midframe.models.rife.architecture import RifeModel

RUNTIME = 80_000_000
"""Bytes that the libraries add to a process."""

WEIGHT_COPIES = 6
"""How often the weights are in memory: as read, folded, as a graph, serialised, and in a session."""


def memory_need(load: EngineLoad) -> int:
    """Peak memory of a process that interpolates with `OnnxEngine` on a CPU, or of its GPU's memory, in bytes."""
    assert isinstance(load.model, RifeModel)
    spec = load.model.spec
    rows, columns = padded_size(load, spec.pad_multiple(load.options.flow_scale))
    pixels = rows * columns
    side = 3 + spec.features
    frames = load.frames * FLOAT * (side + load.channels) * pixels
    blocks = []
    for index, (width, published) in enumerate(zip(spec.widths, spec.scales, strict=True)):
        scale = published / load.options.flow_scale
        inside = pixels / scale**2
        inputs = spec.input_channels(index)
        sampled = min(4 * inside, pixels)
        building = FLOAT * ((4 + 4 + 3 * side) * sampled + 2 * inputs * inside)
        running = FLOAT * (inputs + 3 * width / 8) * inside
        blocks.append(max(building, running))
    blending = FLOAT * (5 + 8 + 6 * load.channels) * pixels
    # An arena keeps what the largest moments of each graph took.
    engine = frames + max(blocks) + blending + FLOAT * 5 * pixels
    weights = FLOAT * load.model.parameters * WEIGHT_COPIES
    refinement = refinement_bytes(load, spec, pixels)
    if load.options.quality == "best":
        # Four estimates in the machine's memory, and what is handed over for each.
        refinement += FLOAT * 72 * pixels
    if load.on_cpu:
        return PROCESS + RUNTIME + round(MARGIN * (caller_bytes(load, pixels) + weights + engine + refinement))
    return round(MARGIN * (weights + engine))
