"""Dividing memory between engines and the frames that wait for them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace

from midframe.detection.cuts import CONTEXT
from midframe.engines.devices import CPU
from midframe.engines.entry import EngineLoad
from midframe.engines.memory_info import DEFAULT_SHARE, default_budget
from midframe.engines.memory_model import MemoryPlan, plan
from midframe.engines.options import EngineOptions, PairOptions
from midframe.engines.registry import choose_engine, devices_of
from midframe.media.channels import channel_use
from midframe.models.registry import NetworkModel
from midframe.timing.steps import Mode, held_resources
from midframe.types import FrameFormat

BUFFER_BYTES = 256 << 20
"""Bytes that wait before the engine at most, and as many after it: more would not make anything faster."""

FLOAT_BYTES = 4


def plan_memory(
    model: NetworkModel,
    devices: Sequence[EngineOptions],
    frame_format: FrameFormat,
    times: int,
    mode: Mode,
    pair_options: Sequence[PairOptions] = (),
) -> MemoryPlan:
    """Decide how frames are interpolated so that a job stays within its memory.

    Args:
        model: The network.
        devices: The options for each device.
        frame_format: Format of the source.
        times: Frames interpolated in a pair, at most.
        mode: How they are interpolated.
        pair_options: Options that single pairs have; one engine works at a time.

    Returns:
        For each of the engines; `spare` is the rest of the machine's memory, for frames.

    Raises:
        OutOfMemoryError: Nothing fits; the message says what would.
    """
    options = devices[0]
    machine = options.memory if options.memory is not None else default_budget()
    held = held_resources(mode, times)
    device = devices_of(options)[0]
    on_machine = device == CPU
    waiting = min(2 * BUFFER_BYTES, machine // 4) + frames_ahead(frame_format, without_views=True)
    options = replace(options, device=device)
    host_budget = max(0, machine - waiting) // len(devices)
    workers = sum(each.device == device for each in devices)
    budget = host_budget if on_machine else _device_budget(model, options) // workers
    load = EngineLoad(
        model,
        options,
        frame_format.width,
        frame_format.height,
        frame_format.channels,
        times=times,
        # Samples that are not blended are taken along a motion, which is held twice: as the engine's, and in numpy.
        motions=max(held.estimates, 2 if channel_use(frame_format).kept else 0),
        inner_frames=held.frames,
    )

    def planned(load: EngineLoad) -> MemoryPlan:
        found = plan(
            choose_engine(model, load.options),
            load,
            budget,
            host_budget=None if on_machine else host_budget,
            reserved=waiting,
        )
        return replace(found, spare=max(0, machine - len(devices) * found.host_need))

    own = planned(load)
    variants = [(each, planned(replace(load, options=each.applied_to(load.options)))) for each in pair_options]
    spare = min(found.spare for found in (own, *(found for _, found in variants)))
    return replace(own, spare=spare, variants=tuple(variants))


def _device_budget(model: NetworkModel, options: EngineOptions) -> int:
    """Bytes of a device's own memory that may be used; where that is not known, what does not fit shows in time."""
    free = choose_engine(model, options).free_memory(options.device)
    return sys.maxsize if free is None else int(DEFAULT_SHARE * free)


def frames_ahead(frame_format: FrameFormat, *, without_views: bool) -> int:
    """Bytes of the frames that are held while pairs are judged.

    Args:
        frame_format: Format of the source.
        without_views: Whether frames wait without their views; see `midframe.runtime.classification.PairClassifier`.
    """
    pixels = frame_format.width * frame_format.height
    seen = pixels * (3 + frame_format.channels) * FLOAT_BYTES
    count = CONTEXT + 2
    return count * frame_format.nbytes + (2 if without_views else count) * seen


def must_drop_views(frame_format: FrameFormat, spare: int) -> bool:
    """Whether the views of frames that wait would take too much of the rest."""
    return frames_ahead(frame_format, without_views=False) + 2 * BUFFER_BYTES > spare


def buffer_bytes(frame_format: FrameFormat, spare: int, *, without_views: bool) -> int:
    """Bytes that may wait before the engine, and as many after it; a frame at least gets through in any case."""
    left = spare - frames_ahead(frame_format, without_views=without_views)
    return max(frame_format.nbytes, min(BUFFER_BYTES, left // 2))
