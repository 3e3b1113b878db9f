"""What the engine of the CPU kernels allocates."""

from __future__ import annotations

from midframe.engines.cpu.balancing import AGREEMENT_SCRATCH
from midframe.engines.entry import EngineLoad
from midframe.engines.memory_model import FLOAT, MARGIN, PROCESS, caller_bytes, padded_size, refinement_bytes
from midframe.models.rife.architecture import RifeModel
from midframe.models.rife.spec import Spec

WEIGHT_COPIES = 6
"""How often the weights are in memory: as read, as a network, folded; Winograd's form alone is four times as large."""

ENCODER_STRIP = 1 << 22
"""Pixels that are encoded at a time (see `midframe.engines.cpu.encoder`)."""


def memory_need(load: EngineLoad) -> int:
    """Peak memory of a process that interpolates with it, in bytes."""
    assert isinstance(load.model, RifeModel)
    spec = load.model.spec
    rows, columns = padded_size(load, spec.pad_multiple(load.options.flow_scale))
    padded = rows * columns
    held = caller_bytes(load, padded) + FLOAT * spec.parameters * WEIGHT_COPIES
    return PROCESS + round(MARGIN * (held + _network_bytes(load, spec, padded, columns) + _blend(load, spec, padded)))


def _blend(load: EngineLoad, spec: Spec, pixels: int) -> float:
    """What a quality beyond "fast" and the choice of patches take, besides what the network alone does."""
    # Frames by cells, and what is worked out there.
    choice = FLOAT * (4 * load.frames + 14) / 16 * pixels if load.options.precision == "fast" else 0.0
    if load.options.quality == "fast":
        return choice
    # Frames by cells with the light around them, and what is worked out there.
    mirrored = 2 if load.options.quality == "best" else 1
    agreement = FLOAT * (8 * mirrored * load.frames + AGREEMENT_SCRATCH + 3) / 16 * pixels
    if load.options.quality == "best":
        return refinement_bytes(load, spec, pixels) + agreement + choice
    # What is kept of the mask for each pixel where motions are handed out, and none of it elsewhere.
    return max(agreement, choice) + FLOAT * bool(load.motions) * pixels


def _network_bytes(load: EngineLoad, spec: Spec, pixels: int, columns: int) -> float:
    """What `CpuEngine` allocates with frames of that many padded pixels encoded."""
    lanes = -(-(3 + spec.features) // 8) * 8
    frames = load.frames * FLOAT * lanes * pixels
    encoder = 0.0
    if spec.head:
        window = min(pixels, ENCODER_STRIP + 48 * columns)
        encoder = window * (3 * FLOAT + 2 * spec.head.hidden_channels + FLOAT * spec.features)
    planes, working, corners, keeps_flow = 5 + spec.feature_planes, [0.0], 0.0, False
    enlarged = [0.0]
    last = len(spec.widths) - 1
    for index, (channels, published) in enumerate(zip(spec.widths, spec.scales, strict=True)):
        scale = published / load.options.flow_scale
        inside = pixels / scale**2
        # Half resolution with half the channels, and three times a quarter with all of them, two of which share a
        # place with the first.
        working.append(0.75 * channels * inside)
        kept = 5 if index == last else planes
        corners += (4 * kept if spec.shuffle else kept) * inside
        keeps_flow |= load.strips == 1 and index > 1 and scale == 1
        if scale < 1:
            # Built at full resolution, and enlarged; what comes out is brought down to full resolution.
            enlarged.append(FLOAT * spec.input_channels(last) * (pixels + inside))
            corners += FLOAT * planes * pixels
    # At full resolution, and the sum of coarse estimates at half of it, with masks.
    flows = FLOAT * (4 * keeps_flow + 5 / 4) * pixels
    return frames + encoder + max(working) + corners * (2 if load.options.ensemble else 1) + flows + max(enlarged)
