"""One layout for frames that hold the same in different ones.

Programs that write sequences choose the layout of each file by what is in it, so that a black frame becomes grey, and
an opaque one loses its alpha; and cameras are turned. Samples are brought to the layout that can hold all of them,
without loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from midframe.media.display import FrameConversion, turned_upright
from midframe.types import Frame, FrameFormat, Samples

LAYOUTS: tuple[tuple[int, int | None], ...] = ((1, None), (2, 1), (3, None), (4, 3))
"""Channels and position of alpha of what can be promoted: grey, grey and alpha, RGB, RGBA."""

LARGER = {frozenset({"uint8", "uint16"}): "uint16", frozenset({"float16", "float32"}): "float32"}
"""The type that holds the samples of two types exactly."""

NAMED_FORMATS = 3
UPRIGHT = FrameConversion(upright=True)


def common_format(formats: Sequence[FrameFormat]) -> FrameFormat | None:
    """The format that all frames can be brought to without loss; None if there is none.

    Args:
        formats: At least one.
    """
    if len(set(formats)) == 1:
        return formats[0]
    if any(each.labels for each in formats):
        # Channels with names are brought together by the codec that knows them.
        return None
    if len({each.orientation for each in formats}) > 1:
        # Each file says how its picture is turned; what lies between two is upright.
        formats = [UPRIGHT.format(each) for each in formats]
    types = {each.dtype.name for each in formats}
    dtype = next(iter(types)) if len(types) == 1 else LARGER.get(frozenset(types))
    alphas = {replace(each.alpha, channel=0) for each in formats if each.alpha is not None}
    layouts = {(each.channels, each.alpha.channel if each.alpha else None) for each in formats}
    others = {replace(each, channels=1, alpha=None, dtype=formats[0].dtype) for each in formats}
    if dtype is None or len(alphas) > 1 or len(others) > 1 or others.pop().transfer != "display":
        return None
    if len(layouts) > 1 and not layouts <= set(LAYOUTS):
        return None
    channels, alpha = max(layouts)[0], next(iter(alphas), None)
    if len(layouts) > 1:
        colours = max(count - (place is not None) for count, place in layouts)
        channels = colours + (alpha is not None)
        alpha = alpha and replace(alpha, channel=colours)
    else:
        alpha = formats[0].alpha
    return replace(formats[0], channels=channels, alpha=alpha, dtype=np.dtype(dtype))


def in_layout(samples: Samples, source: FrameFormat, target: FrameFormat) -> Samples:
    """Samples in the layout of `target`, which `common_format` found for `source` and others."""
    if source.orientation != target.orientation:
        samples, source = turned_upright(samples, source.orientation), UPRIGHT.format(source)
    if source.dtype != target.dtype:
        samples = samples.astype(target.dtype)
        if target.dtype.kind == "u":
            # 255 becomes 65535, and every value comes back exactly.
            samples *= np.iinfo(target.dtype).max // np.iinfo(source.dtype).max
    if (source.channels, source.alpha) == (target.channels, target.alpha):
        return samples
    colours = samples[..., : source.channels - (source.alpha is not None)]
    planes = [np.broadcast_to(colours, (*samples.shape[:2], target.channels - (target.alpha is not None)))]
    if target.alpha is not None:
        alpha = samples[..., -1:] if source.alpha is not None else np.full_like(samples[..., :1], _opaque(target.dtype))
        planes.append(alpha)
    joined: Samples = np.concatenate(planes, axis=-1)
    return joined


def frames_alike(left: Frame, right: Frame) -> tuple[Frame, Frame] | None:
    """Two frames in their common format; None if there is none. What is not in it already has no file any more."""
    target = common_format((left.format, right.format))
    if target is None:
        return None
    first, second = (
        each
        if each.format == target
        else Frame(in_layout(each.samples, each.format, target), target, each.index, annotations=each.annotations)
        for each in (left, right)
    )
    return first, second


def promotion_note(formats: Sequence[FrameFormat], target: FrameFormat) -> str | None:
    """A sentence for the user about frames that are not as `target`; None where all are."""
    odd = Counter(each for each in formats if each != target)
    if not odd:
        return None
    shown = [f"{count} {described(each)}" for each, count in odd.most_common(NAMED_FORMATS)]
    more = " and others" if len(odd) > NAMED_FORMATS else ""
    return (
        f"Not all frames have the same layout: of {len(formats)}, {', '.join(shown)}{more}. They are interpolated as "
        f"{described(target)}; copies are unchanged."
    )


def described(frame_format: FrameFormat) -> str:
    """A format in words, with what its alpha is."""
    if frame_format.alpha is None:
        return str(frame_format)
    return f"{frame_format} with {'premultiplied' if frame_format.alpha.premultiplied else 'straight'} alpha"


def _opaque(dtype: np.dtype[Any]) -> float:
    return 1.0 if dtype.kind == "f" else float(np.iinfo(dtype).max)
