"""The range of values that frames use, and what of it the network sees as black and white.

Ranges go by quantiles of a sample of the pixels, never by the largest value: one hot pixel must not turn everything
else black. They are found for every pair of frames from these two alone, so that a pair looks the same whatever comes
before or after it, in a job, in a stream, after resuming, and on any worker.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.media.placeholders import data_in

SAMPLED_PIXELS = 1 << 15
"""Pixels of a frame that are looked at, about: enough for quantiles, and a few milliseconds for frames of any size."""

OUTLIERS = 1e-3
"""Share of samples at either end that a range leaves out, besides single pixels that differ from all around them."""

LOW_RANGE = 0.25
"""Frames that use less than this share of the range of their type are stretched for the network."""

OVERSHOOT = 1 / 16
"""Share of the usual range that float samples may go beyond it at either end and still be seen in it: sharpening and
scaling do that."""

STEPS = 16
"""Ends of stretched ranges are multiples of a fraction of their width between 1/16 and 1/8. Pairs in a row that use
about the same range then see their common frame in the same way, and it is encoded once."""

HIGHLIGHTS = 0.05
"""Share of samples at either end that do not count for the exposure of scene-linear light: lamps must not set it."""


@dataclass(frozen=True)
class ValueRange:
    """Sample values from `low` to `high`."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """The difference of both ends."""
        return self.high - self.low


def range_in_use(colours: NDArray[Any], left_out: float = OUTLIERS, no_data: float | None = None) -> ValueRange | None:
    """The range that most samples of a frame lie in.

    Args:
        colours: (height, width, channels) of any type.
        left_out: Share of samples at either end that may lie outside.
        no_data: The value that stands for no data, where the file states it.

    Returns:
        Without outliers; with them where nothing else differs from a single value. None if no sample is data.
    """
    height, width, _ = colours.shape
    step = max(1, math.isqrt(height * width // SAMPLED_PIXELS))
    sampled = data_in(colours[::step, ::step], no_data)
    if sampled.size == 0:
        return None
    settled = data_in(_without_single_pixels(colours, step), no_data) if min(height, width) > 2 else sampled
    for values, share in ((settled, left_out), (sampled, 0.0)):
        if values.size == 0:
            continue
        outside = int(values.size * share)
        low, high = np.partition(values, (outside, values.size - 1 - outside))[[outside, values.size - 1 - outside]]
        if high > low:
            return ValueRange(float(low), float(high))
    return ValueRange(float(sampled[0]), float(sampled[0]))


def union(ranges: Iterable[ValueRange | None]) -> ValueRange | None:
    """The range that covers several; None if there are none."""
    known = [each for each in ranges if each is not None]
    if not known:
        return None
    return ValueRange(min(each.low for each in known), max(each.high for each in known))


def usual_range(dtype: np.dtype[Any]) -> ValueRange | None:
    """What samples of a type are expected to use: 0 … 1 for floats, all codes of unsigned integers; else None."""
    if dtype.kind == "f":
        return ValueRange(0.0, 1.0)
    return ValueRange(0.0, float(np.iinfo(dtype).max)) if dtype.kind == "u" else None


def seen_range(used: ValueRange | None, dtype: np.dtype[Any]) -> ValueRange:
    """The values that become black and white in the view, for samples that are not scene-linear light.

    Args:
        used: What the frames use; None where nothing of them is finite.
        dtype: Type of the samples.

    Returns:
        The usual range where frames lie in it and use `LOW_RANGE` of it, else the range in use.
    """
    usual = usual_range(dtype)
    if used is None:
        return usual or ValueRange(0.0, 1.0)
    if usual is not None:
        margin = OVERSHOOT * usual.width
        lies_in_it = usual.low - margin <= used.low and used.high <= usual.high + margin
        if lies_in_it and not 0 < used.width < LOW_RANGE * usual.width:
            return usual
    if used.width == 0:
        # A picture of one value has no range; any width shows it as flat.
        return ValueRange(used.low, used.low + max(1.0, abs(used.low)))
    return used


def widened(seen: ValueRange, dtype: np.dtype[Any]) -> ValueRange:
    """A seen range with its ends rounded outwards, so that pairs in a row mostly have the same; see `STEPS`.

    The usual range of the type is unchanged.
    """
    if seen == usual_range(dtype):
        return seen
    step = math.ldexp(1.0, math.frexp(seen.width)[1] - 1) / STEPS
    if step == 0:
        return seen
    return ValueRange(math.floor(seen.low / step) * step, math.ceil(seen.high / step) * step)


def tone(light: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scene-linear light from 0 up in [0, 1]: x/(1+x), then the gamma of displays."""
    curve: NDArray[np.float32] = (light / (1.0 + light)) ** np.float32(1 / 2.2)
    return curve


def exposure(used: ValueRange | None) -> float:
    """What scene-linear light is divided by before `tone`: 1 where that shows enough, else a power of two.

    Args:
        used: What the frames use, without `HIGHLIGHTS`; None where nothing of them is finite.
    """
    if used is None or used.high <= 0:
        return 1.0
    dim, bright = tone(np.array([max(used.low, 0.0), used.high], np.float32))
    if bright - dim >= LOW_RANGE:
        return 1.0
    return math.ldexp(1.0, max(-120, min(120, math.frexp(used.high)[1] - 1)))


def _without_single_pixels(colours: NDArray[Any], step: int) -> NDArray[Any]:
    """Every `step`-th pixel in both directions but for the edges, kept within the values of its eight neighbours."""
    height, width, _ = colours.shape
    offsets = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1) if (down, right) != (0, 0)]
    around = [
        colours[1 + down : height - 1 + down : step, 1 + right : width - 1 + right : step] for down, right in offsets
    ]
    least, most = around[0], around[0]
    for each in around[1:]:
        least, most = np.fmin(least, each), np.fmax(most, each)
    kept: NDArray[Any] = np.fmax(least, np.fmin(most, colours[1 : height - 1 : step, 1 : width - 1 : step]))
    return kept
