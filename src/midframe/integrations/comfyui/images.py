"""IMAGE to IMAGE: a batch in memory, with one batch more for the result and nothing else that grows."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

import midframe
from midframe.errors import OptionError
from midframe.integrations.comfyui import host
from midframe.integrations.comfyui.components import as_array
from midframe.integrations.comfyui.description import NodeResult
from midframe.integrations.comfyui.rates import exact_number, rate_of_float, requested_rate
from midframe.integrations.comfyui.watching import Progress, run_watched
from midframe.integrations.comfyui.weights import advice_on_downloads, fetch
from midframe.signals import CancelToken
from midframe.wording import counted

FRAMES_BETWEEN_PREVIEWS = 16


def interpolate_images(
    images: Any,
    engine: midframe.EngineOptions,
    *,
    source_fps: float,
    factor: float,
    fps: str,
    **sequence: Any,
) -> NodeResult:
    """A batch with more frames.

    Args:
        images: IMAGE tensor (frames, height, width, channels); given frames at output times are in the result
            unchanged.
        engine: Model, device and the rest.
        source_fps: Frames per second of the batch.
        factor: Output frames per source interval, if `fps` is empty.
        fps: The result's rate.
        **sequence: Options of `midframe.Interpolator.stream`.

    Returns:
        The frames, their rate as a float, and a report in words.

    Raises:
        MidframeError: Of the kind that fits.
        Exception: ComfyUI's own, where the user has interrupted the workflow.
    """
    source_rate = rate_of_float(source_fps)
    rate = requested_rate(fps) or source_rate * exact_number(factor)
    if rate < source_rate:
        raise OptionError(
            f"`fps` ({rate}) is below `source_fps` ({source_rate}); frames of a batch are only added.", option="fps"
        )
    count = len(images)
    if count < 2:
        return NodeResult((images, float(rate), "A single image; there is nothing to interpolate."))
    host.free_memory_of(engine.device, (images.shape[2], images.shape[1]))
    with advice_on_downloads():
        result = run_watched(lambda *watch: _interpolated(images, engine, rate / source_rate, sequence, *watch))
    report = f"{count} → {counted(len(result), 'frame')} at {rate} frames per second."
    kept = kept_sentence(count, rate / source_rate, replaces=bool(sequence.get("dedup")))
    return NodeResult((result, float(rate), f"{report} {kept}".strip()))


def kept_sentence(count: int, factor: Fraction, *, replaces: bool) -> str:
    """How many given frames are at output times, in words.

    Args:
        count: Given frames.
        factor: Output frames per source interval, 1 or more.
        replaces: Whether repeated frames are replaced, so that not all of those at output times are in the result.
    """
    kept = (count - 1) // factor.denominator + 1
    if kept == count:
        return "" if replaces else "All given frames are in the result."
    # A factor of 1 keeps all, too, but nothing would be interpolated.
    whole = [f"{each}" for each in (math.floor(factor), math.ceil(factor)) if each > 1]
    words = "" if replaces else f"{kept} of {count} given frames are in the result; "
    return f"{words}{count - kept} of {count} fall between output frames. A `factor` of {' or '.join(whole)} keeps all."


def _interpolated(
    images: Any,
    engine: midframe.EngineOptions,
    factor: Fraction,
    sequence: dict[str, Any],
    progress: Progress,
    cancel: CancelToken,
) -> Any:
    """All frames in one tensor, each copied into it as soon as it is there."""
    fetch(engine, progress, cancel)
    # Made in this thread: ComfyUI's is in inference mode, whose tensors cannot be changed in another one.
    result = images.new_empty((math.floor((len(images) - 1) * factor) + 1, *images.shape[1:]))
    progress.expect(len(result))
    frames = (images[number] for number in range(len(images)))
    with midframe.Interpolator(engine) as interpolator:
        streamed = interpolator.stream(frames, factor=factor, layout="channels_last", cancel=cancel, **sequence)
        for number, frame in enumerate(streamed):
            result[number] = frame
            progress.report(number + 1)
            if not number % FRAMES_BETWEEN_PREVIEWS and frame.shape[-1] >= 3:
                progress.show(np.rint(np.clip(as_array(frame[..., :3]), 0, 1) * 255).astype(np.uint8))
    return result
