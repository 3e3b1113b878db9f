"""How much memory a pair takes, how much there is, and what fits.

`need` counts what the engines allocate, term by term; its constants and its margin come from measurements
(benchmarks/memory.py; docs/memory.md has the table).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from midframe.errors import OutOfMemoryError
from midframe.models.rife.spec import FLOW_SCALES, Spec, spec_for_version

if TYPE_CHECKING:
    from midframe.engines.quality import Quality

EngineKind = Literal["fused", "torch", "gpu"]
"""fused: `CpuEngine`. torch: `TorchEngine` on a CPU. gpu: what `TorchEngine` takes on another device (reasoned from
"torch", not measured); its host takes little more than the frames themselves."""

DEFAULT_SPEC = spec_for_version("4.25")

FLOAT = 4

PROCESS = 300_000_000
"""Bytes of a process with Python, torch and the image libraries, before the weights and the first frame."""

WEIGHT_COPIES = {"fused": 6, "torch": 6, "gpu": 2}
"""How often the weights are in memory: as read, as a network, folded; Winograd's form alone is four times as large."""

MARGIN = 1.08
"""With it, measured peaks are 0.8 to 0.98 of what is said: never more, which is what matters."""

MOTION_SAMPLES = 5
"""Of a pixel in a motion: four of flow, one of the mask."""

STRIP_COUNTS = (1, 2, 4, 8, 16)

ENCODER_STRIP = 1 << 22
"""Pixels that the fused engine encodes at a time (see `midframe.engines.cpu.encoder`)."""


def need(
    engine_kind: EngineKind,
    width: int,
    height: int,
    channels: int,
    flow_scale: float,
    strips: int,
    *,
    times: int = 1,
    motions: int = 0,
    inner_frames: int = 0,
    spec: Spec = DEFAULT_SPEC,
    ensemble: bool = False,
    quality: Quality = "fast",
) -> int:
    """Peak memory of a process that draws frames between two others.

    The process itself, both frames (view and samples, float32), their encoded form, the network and the frames drawn
    in one call are in it. Decoded files and whatever waits in queues are not.

    Args:
        engine_kind: Which engine, and where.
        width: Pixels in a row of the frames.
        height: Rows.
        channels: Of the samples.
        flow_scale: One of `midframe.models.rife.spec.FLOW_SCALES`.
        strips: See `midframe.engines.protocols.Engine`.
        times: Frames drawn in one call.
        motions: Estimates that the caller has at once, see `midframe.engines.protocols.Motion`.
        inner_frames: Frames that the caller has encoded besides the two.
        spec: Of the network.
        ensemble: Whether the time-reversed estimate is averaged in.
        quality: See `midframe.engines.quality.Quality`.

    Returns:
        Bytes.
    """
    multiple = spec.pad_multiple(flow_scale)
    rows, columns = (-(-length // multiple) * multiple for length in (height, width))
    pixels, padded = height * width, rows * columns
    held = pixels * FLOAT * ((2 + inner_frames) * (3 + channels) + times * channels)
    held += padded * FLOAT * MOTION_SAMPLES * motions
    frames = 2 + inner_frames
    weights = FLOAT * spec.parameters * WEIGHT_COPIES[engine_kind]
    refined = _refinement(engine_kind, spec, frames, padded, quality, estimates=bool(motions))
    if engine_kind == "fused":
        held += weights
        fused = _fused(spec, frames, padded, columns, flow_scale, strips, ensemble=ensemble)
        return PROCESS + round(MARGIN * (held + fused + refined))
    on_device = weights + refined + _torch(spec, frames, padded, channels, flow_scale, strips)
    if engine_kind == "gpu":
        # Motions stay where they were estimated.
        return round(MARGIN * (on_device + padded * FLOAT * MOTION_SAMPLES * motions))
    return PROCESS + round(MARGIN * (held + on_device))


def _refinement(
    engine_kind: EngineKind, spec: Spec, count: int, pixels: int, quality: Quality, *, estimates: bool
) -> float:
    """What a quality beyond "fast" takes, beside what the network alone does."""
    if quality == "fast":
        return 0.0
    if engine_kind == "fused" and quality == "default":
        # Frames by cells and what is worked out there; what is kept of the mask for each pixel where motions are
        # handed out, and none of it elsewhere.
        return FLOAT * ((4 * count + 7) / 16 + estimates) * pixels
    # Motions as a whole, also where frames are cut in strips: flow and mask; what is kept of it; small views.
    balanced = FLOAT * (5 + 1 + count * 3 / 16) * pixels
    if quality == "default":
        return balanced
    # Mirrored frames, view and encoded; sums of flows, masks and weights; a flow and mask turned twice.
    mirrored = count * FLOAT * (3 + -(-(3 + spec.features) // 8) * 8) * pixels
    return balanced + mirrored + FLOAT * (6 + 10) * pixels


def _fused(
    spec: Spec, count: int, pixels: int, columns: int, flow_scale: float, strips: int, *, ensemble: bool
) -> float:
    """What `CpuEngine` allocates with so many frames of so many padded pixels encoded."""
    lanes = -(-(3 + spec.features) // 8) * 8
    frames = count * FLOAT * lanes * pixels
    encoder = 0.0
    if spec.head:
        window = min(pixels, ENCODER_STRIP + 48 * columns)
        encoder = window * (3 * FLOAT + 2 * spec.head.hidden_channels + FLOAT * spec.features)
    planes, working, corners, kept_flows = 5 + spec.feature_planes, [0.0], 0.0, 0
    enlarged = [0.0]
    last = len(spec.widths) - 1
    for index, (channels, published) in enumerate(zip(spec.widths, spec.scales, strict=True)):
        scale = published / flow_scale
        inside = pixels / scale**2
        # Half resolution with half the channels, and three times a quarter with all of them, two of which share a
        # place with the first.
        working.append(0.75 * channels * inside)
        kept = 5 if index == last else planes
        corners += (4 * kept if spec.shuffle else kept) * inside
        kept_flows += strips == 1 and index > 0 and scale in {1, 2}
        if scale < 1:
            # Built at full resolution, enlarged, and copied; what comes out is brought down to full resolution.
            enlarged.append(FLOAT * spec.input_channels(last) * (pixels + 2 * inside))
            corners += FLOAT * planes * pixels
    flows = 4 * FLOAT * min(kept_flows, 2) * pixels
    return frames + encoder + max(working) + corners * (2 if ensemble else 1) + flows + max(enlarged)


def _torch(spec: Spec, count: int, pixels: int, channels: int, flow_scale: float, strips: int) -> float:
    """What `TorchEngine` allocates at its worst moment, with so many frames of so many padded pixels encoded."""
    side = 3 + spec.features
    frames = count * FLOAT * (side + channels) * pixels
    encoding = FLOAT * (3 + 2 * spec.features) * pixels / strips
    if spec.head:
        encoding += FLOAT * 3 * spec.head.hidden_channels / 4 * pixels / strips
    blocks = []
    for index, (width, published) in enumerate(zip(spec.widths, spec.scales, strict=True)):
        scale = published / flow_scale
        inside = pixels / scale**2
        inputs = spec.input_channels(index)
        sampled = min(4 * inside, pixels)
        # Flow, coordinates and both warped sides at the samples; the input and its copy in the other layout.
        building = FLOAT * ((4 + 4 + 2 * side) * sampled + 2 * inputs * inside)
        running = FLOAT * (inputs + width / 8 + 3 * width / 16) * inside
        blocks.append(max(building, running))
    drawing = FLOAT * (5 + 4 + 4 + 5 * channels) * pixels / strips
    return frames + max(encoding, max(blocks), drawing)


@dataclass(frozen=True)
class MemoryPlan:
    """What fits into a budget.

    Attributes:
        strips: For the engine.
        batch: Frames to draw in one call at most.
        flow_scale: The one that was asked for, or a lower one where that is allowed.
        need: Bytes that are expected, see `need`.
        spare: Bytes of the budget that are left, for queues.
    """

    strips: int
    batch: int
    flow_scale: float
    need: int
    spare: int


def plan(
    engine_kind: EngineKind,
    width: int,
    height: int,
    channels: int,
    flow_scale: float,
    budget: int,
    *,
    times: int = 1,
    motions: int = 0,
    inner_frames: int = 0,
    spec: Spec = DEFAULT_SPEC,
    ensemble: bool = False,
    quality: Quality = "fast",
    allow_lower_scale: bool = False,
    aside: int = 0,
) -> MemoryPlan:
    """Choose how to draw within a budget: all frames of a pair in one call, else fewer, else in strips.

    Args:
        engine_kind: See `need`, also for the others.
        width: Pixels in a row.
        height: Rows.
        channels: Of the samples.
        flow_scale: The one that is wanted.
        budget: Bytes, of the machine's memory or of the GPU's.
        times: Frames wanted in a pair.
        motions: See `need`.
        inner_frames: Likewise.
        spec: Of the network.
        ensemble: Whether the time-reversed estimate is averaged in.
        quality: See `midframe.engines.quality.Quality`.
        allow_lower_scale: Whether a lower flow scale may be chosen if nothing else fits.
        aside: Bytes beside the budget that the job itself takes; for the message.

    Raises:
        OutOfMemoryError: Nothing fits; the message says what would.
    """

    def needed(scale: float, strips: int, batch: int) -> int:
        return need(
            engine_kind,
            width,
            height,
            channels,
            scale,
            strips,
            times=batch,
            motions=motions,
            inner_frames=inner_frames,
            spec=spec,
            ensemble=ensemble,
            quality=quality,
        )

    def fitting(scale: float) -> MemoryPlan | None:
        batches = sorted({times, *(1 << power for power in range(times.bit_length())), 1}, reverse=True)
        for strips, batch in [(1, batch) for batch in batches] + [(strips, 1) for strips in STRIP_COUNTS[1:]]:
            bytes_needed = needed(scale, strips, batch)
            if bytes_needed <= budget:
                return MemoryPlan(strips, batch, scale, bytes_needed, budget - bytes_needed)
        return None

    lower = [scale for scale in sorted(FLOW_SCALES, reverse=True) if scale < flow_scale]
    for scale in (flow_scale, *lower) if allow_lower_scale else (flow_scale,):
        found = fitting(scale)
        if found:
            return found
    possible = next((scale for scale in lower if fitting(scale)), None)
    least = needed(flow_scale, STRIP_COUNTS[-1], 1)
    advice = f"use --scale {possible:g}, or " if possible else "use smaller frames, or "
    taken = f", beside {_gigabytes(aside)} for frames that are read and wait" if aside else ""
    raise OutOfMemoryError(
        f"A pair of {width}×{height} frames needs {_gigabytes(least)} at flow scale {flow_scale:g}, and "
        f"{_gigabytes(max(0, budget))} may be used{taken}: {advice}allow more with --memory."
    )


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
