"""Frames made brighter or darker as a whole."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.media.ycbcr import black
from midframe.types import Frame, FrameFormat


def with_gain(frame: Frame, gain: float) -> Frame:
    """A frame whose colours are multiplied, as its code values are, from black up; alpha and the rest stay.

    Args:
        frame: A picture of one to four channels.
        gain: Above 0. Where it is below 1, white stays white, and the brightest tones are darkened less.

    Returns:
        The very frame where nothing changes after rounding.
    """
    samples, frame_format = frame.samples, frame.format
    colours = colour_channels(frame_format)
    if frame_format.dtype.kind == "f":
        changed = samples.copy()
        changed[..., colours] = _scaled(samples[..., colours].astype(np.float32), gain).astype(samples.dtype)
        return frame.with_samples(changed)
    tables = [_table(frame_format.dtype.str, *_codes_of(frame_format, number), gain) for number in colours]
    if all(np.array_equal(table, np.arange(len(table))) for table in tables):
        return frame
    changed = samples.copy()
    for number, table in zip(colours, tables, strict=True):
        changed[..., number] = table[samples[..., number]]
    return frame.with_samples(changed)


def colour_channels(frame_format: FrameFormat) -> list[int]:
    """Numbers of the channels that are not alpha."""
    alpha = frame_format.alpha.channel if frame_format.alpha is not None else None
    return [number for number in range(frame_format.channels) if number != alpha]


def _codes_of(frame_format: FrameFormat, channel: int) -> tuple[float, float, int]:
    """Code values of a channel's black and white, equal for colour differences; and the largest one."""
    coding = frame_format.coding
    if coding is None:
        largest = int(np.iinfo(frame_format.dtype).max)
        return 0.0, float(largest), largest
    zero = float(black(coding, max(3, frame_format.channels))[channel])
    if coding.matrix != "rgb" and channel in (1, 2) and frame_format.channels > 2:
        return zero, zero, coding.largest
    white = float(coding.largest) if coding.full_range else float(235 << (coding.bits - 8))
    return zero, white, coding.largest


@lru_cache(maxsize=64)
def _table(dtype: str, zero: float, white: float, largest: int, gain: float) -> NDArray[Any]:
    """What becomes of every code value."""
    codes = np.arange(largest + 1, dtype=np.float32)
    if white == zero:
        changed = zero + (codes - zero) * np.float32(gain)
    else:
        changed = zero + _scaled((codes - zero) / (white - zero), gain) * (white - zero)
    table: NDArray[Any] = np.clip(np.rint(changed), 0, largest).astype(dtype)
    return table


def _scaled(values: NDArray[np.float32], gain: float) -> NDArray[np.float32]:
    """Values from 0 for black to 1 for white, multiplied."""
    scaled = values * np.float32(gain)
    if gain >= 1:
        # Neither clipped values nor those beyond white go further.
        return np.where(values >= 1, values, np.minimum(scaled, 1)).astype(np.float32)
    # What was clipped at white stays there: the curve bends towards it where it has lost what white would lose.
    rising = gain * gain + (values - gain) * (1 + gain)
    return np.where(values >= 1, values, np.where(values > gain, rising, scaled)).astype(np.float32)
