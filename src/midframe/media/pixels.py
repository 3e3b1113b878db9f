"""Between the samples of a file and the two things an engine takes.

**The network sees a view; the blend sees the data.** The *view* is three channels in [0, 1] whatever the frame
is: grey replicated, alpha left out, wide ranges scaled, scene-linear light through a tone curve; of files with named
channels, those that show the picture (`midframe.media.channels`). It only steers flow and mask. The *working samples*
are what is warped and blended: all channels, float32, in the file's own range, colours multiplied by alpha so that
transparent pixels lend no colour to their neighbours.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.media.channels import ChannelUse, alpha_groups, channel_use
from midframe.media.view_range import (
    HIGHLIGHTS,
    OUTLIERS,
    ValueRange,
    exposure,
    range_in_use,
    seen_range,
    tone,
    union,
    usual_range,
    widened,
)
from midframe.media.ycbcr import black, coded_view
from midframe.types import Frame, FrameFormat, Samples

ViewSamples = NDArray[np.float32]
"""(height, width, 3) in [0, 1]."""

WorkingSamples = NDArray[np.float32]
"""(height, width, channels) in the file's range, colours premultiplied by alpha."""

LARGEST = float(np.finfo(np.float32).max)

THINNED = 16
"""Alpha is first checked in one of this many rows and columns."""

GUESSED_BELOW, GUESSED_OVER = 1e-6, 1e-3
"""How far below 0 and over full, as a share of full, values may be that are taken for alpha as nothing says otherwise:
what rounding does."""

STATED_BEYOND = 0.25
"""The same where the file says that they are alpha: what sharpening and scaling do."""


def _unusual_values_allowed() -> np.errstate:
    """Data may hold NaN, infinity and values near the end of the range; what comes of them is defined below."""
    return np.errstate(invalid="ignore", over="ignore")


@dataclass(frozen=True)
class FrameValues:
    """What the samples of one frame say about how it should be seen and blended.

    Attributes:
        used: The range of its colours; None where the format alone decides what is seen, or nothing is finite.
        hidden: Whether alpha is 0 throughout, and colours are not.
        beyond: Whether alpha has values that no alpha has.
    """

    used: ValueRange | None = None
    hidden: bool = False
    beyond: bool = False

    @staticmethod
    @_unusual_values_allowed()
    def of(frame: Frame, channels: ChannelUse | None = None) -> FrameValues:
        """Look at a frame; the more pixels it has, the smaller a share of them.

        Args:
            frame: Any.
            channels: What each channel is used for; None for what the format says.
        """
        frame_format, alpha = frame.format, frame.format.alpha
        hidden = beyond = False
        if alpha is not None and alpha.is_weight and alpha.blending in ("stated", "guessed"):
            values = frame.samples[..., alpha.channel]
            beyond = _is_beyond(values, frame_format)
            # Nearly always a few pixels show that alpha is not 0 throughout.
            if not values[::THINNED, ::THINNED].any() and not values.any():
                colours = [number for number in range(frame_format.channels) if number != alpha.channel]
                background = black(frame_format.coding, len(colours)) if frame_format.coding else 0
                hidden = bool((frame.samples[..., colours] != background).any())
        used = None
        if ViewTransform.fixed(frame_format) is None:
            use = channels or channel_use(frame_format)
            seen = frame.samples if beyond else frame.samples[..., list(use.view)]
            left_out = HIGHLIGHTS if _is_light(frame_format, channels) else OUTLIERS
            used = range_in_use(seen, left_out, frame_format.no_data)
        return FrameValues(used, hidden, beyond)


@dataclass(frozen=True)
class ViewTransform:
    """How samples become the view, and how they are blended. Both frames of a pair share one.

    Attributes:
        format: What it takes. That of a pair may say of alpha what the files do not.
        low: Sample value that becomes 0.
        high: Sample value that becomes 1; for scene-linear samples what they are divided by.
        channels: What each channel is used for; None for what the format says.
    """

    format: FrameFormat
    low: float
    high: float
    channels: ChannelUse | None = None

    @property
    def use(self) -> ChannelUse:
        """What each channel is used for."""
        return self.channels or channel_use(self.format)

    @property
    def is_light(self) -> bool:
        """Whether the view shows scene-linear light through a tone curve."""
        return _is_light(self.format, self.channels)

    @staticmethod
    def fixed(frame_format: FrameFormat, channels: ChannelUse | None = None) -> ViewTransform | None:
        """The transform where the format alone decides what is seen; None where it depends on the samples."""
        if frame_format.coding is not None:
            return ViewTransform(frame_format, 0.0, float(frame_format.coding.largest), channels)
        return ViewTransform(frame_format, 0.0, 255.0, channels) if frame_format.dtype == np.uint8 else None

    @staticmethod
    def usual(frame_format: FrameFormat, channels: ChannelUse | None = None) -> ViewTransform:
        """The transform for frames that use all of their type, before any of them is known."""
        if _is_light(frame_format, channels):
            return ViewTransform(frame_format, 0.0, 1.0, channels)
        whole = usual_range(frame_format.dtype) or ValueRange(*map(float, _limits(frame_format.dtype)))
        fixed = ViewTransform.fixed(frame_format, channels)
        return fixed or ViewTransform(frame_format, whole.low, whole.high, channels)

    @staticmethod
    def fit(frames: Sequence[Frame], channels: ChannelUse | None = None) -> ViewTransform:
        """What shows all of some frames, such as for pictures of a whole sequence.

        8-bit: 0 … 255. Video: what its matrix and range say. 16-bit unsigned: 0 … 65535, and floats: 0 … 1, or the
        range in use where that is much less, or goes beyond it. Signed: the range in use. Scene-linear: x/(1+x) keeps
        shadows and highlights apart, after an exposure where that is far off. See `midframe.media.view_range`.
        """
        values = [FrameValues.of(frame, channels) for frame in frames]
        return ViewTransform.usual(frames[0].format, channels)._spanning(values)

    @staticmethod
    def fit_pair(left: Frame, right: Frame, channels: ChannelUse | None = None) -> ViewTransform:
        """The transform of two frames that are interpolated between; see `for_pair`."""
        values = [FrameValues.of(frame, channels) for frame in (left, right)]
        return ViewTransform.usual(left.format, channels).for_pair(*values)

    def for_pair(self, left: FrameValues, right: FrameValues) -> ViewTransform:
        """The transform of two frames of this format that are interpolated between; nothing else has a part in it.

        Their range is that of `fit`, slightly widened. Where alpha is 0 throughout in both, it does not hide the
        colours from the blend; where it has values that no alpha has, it is a channel like the others.
        """
        fitted = self._spanning([left, right])
        if ViewTransform.fixed(self.format) is None and not self.is_light:
            seen = widened(ValueRange(fitted.low, fitted.high), self.format.dtype)
            fitted = replace(fitted, low=seen.low, high=seen.high)
        alpha = self.format.alpha
        if alpha is None or alpha.blending not in ("stated", "guessed"):
            return fitted
        if left.beyond or right.beyond:
            said = self.channels if self.channels != channel_use(self.format) else None
            return replace(fitted, format=replace(self.format, alpha=None), channels=said)
        if left.hidden and right.hidden:
            return replace(fitted, format=replace(self.format, alpha=replace(alpha, blending="none")))
        return fitted

    def _spanning(self, values: Sequence[FrameValues]) -> ViewTransform:
        if ViewTransform.fixed(self.format) is not None:
            return self
        used = union(each.used for each in values)
        if _is_light(self.format, self.channels):
            return replace(self, low=0.0, high=exposure(used))
        seen = seen_range(used, self.format.dtype)
        return replace(self, low=seen.low, high=seen.high)

    @_unusual_values_allowed()
    def view(self, samples: NDArray[Any]) -> ViewSamples:
        """What the network sees of samples in the file's range: (H, W, 3) in [0, 1].

        NaN and infinity become 0 and 1 here; in the blend they stay what they are.
        """
        selected = samples[..., list(self.use.view)].astype(np.float32)
        if self.format.coding is not None:
            return coded_view(selected, self.format.coding)
        colours = _three_channels(selected)
        if _is_light(self.format, self.channels):
            exposed = np.maximum(colours, 0.0) / np.float32(self.high)
            view = tone(np.nan_to_num(exposed, nan=0.0, posinf=LARGEST))
        else:
            # A division, not a product with the reciprocal: 255 must become exactly 1.
            view = (colours - np.float32(self.low)) / np.float32(self.high - self.low)
            if self.format.dtype.kind == "f":
                view = np.nan_to_num(view, nan=0.0)
        clipped: ViewSamples = np.clip(view, 0.0, 1.0)
        return clipped

    def view_of_working(self, working: WorkingSamples) -> ViewSamples:
        """What the network sees of an interpolated frame: the same as of a source frame, alpha divided out first."""
        return self.view(_straight(working, self.format, self.use.kept))

    def samples_of_working(self, working: WorkingSamples) -> Samples:
        """An interpolated frame in the file's type; see `from_working`."""
        return from_working(working, self.format, self.use.kept)


@_unusual_values_allowed()
def to_working(samples: Samples, frame_format: FrameFormat) -> WorkingSamples:
    """Samples as float32, colours multiplied by alpha where that is their weight; else exact for all sample types."""
    working = samples.astype(np.float32)
    alpha = frame_format.alpha
    if alpha is not None and alpha.is_weight:
        for channel, colours in alpha_groups(frame_format):
            share = alpha_share(working, frame_format, channel)
            # Not only times zero: an infinite invisible colour would become NaN and spread.
            working[..., colours] = np.where(share > 0, working[..., colours] * share, 0)
    return working


@_unusual_values_allowed()
def from_working(working: WorkingSamples, frame_format: FrameFormat, kept: Collection[int] = ()) -> Samples:
    """Back to the file's type: alpha divided out, integers rounded to nearest and clamped, never wrapped.

    Args:
        working: (height, width, channels).
        frame_format: What becomes of them.
        kept: Numbers of channels that hold samples as they are in files, which no alpha was multiplied into.
    """
    working = _straight(working, frame_format, kept)
    dtype = frame_format.dtype
    if dtype.kind == "f":
        return working.astype(dtype)
    limits = np.iinfo(dtype)
    largest = limits.max if frame_format.coding is None else frame_format.coding.largest
    rounded: Samples = np.clip(np.rint(working), limits.min, largest).astype(dtype)
    return rounded


@_unusual_values_allowed()
def _straight(working: WorkingSamples, frame_format: FrameFormat, kept: Collection[int] = ()) -> NDArray[np.float32]:
    """Working samples with alpha divided out, where the file's colours are not multiplied by it."""
    alpha = frame_format.alpha
    if alpha is None or not alpha.is_weight:
        return working
    straight = working.copy()
    for channel, multiplied in alpha_groups(frame_format):
        share = alpha_share(working, frame_format, channel)
        places = [place for place, colour in enumerate(multiplied) if colour not in kept]
        colours = [multiplied[place] for place in places]
        # Where nothing is visible there is no colour to restore; black, so that coarser chroma does not smear one in.
        unseen = np.zeros_like(working[..., colours])
        if frame_format.coding is not None:
            unseen[...] = np.asarray(black(frame_format.coding, len(multiplied)))[places]
        straight[..., colours] = np.divide(working[..., colours], share, out=unseen, where=share > 0)
    return straight


def alpha_share(samples: NDArray[Any], frame_format: FrameFormat, channel: int | None = None) -> NDArray[np.float32]:
    """An alpha channel as (height, width, 1), with 1 for opaque pixels: that of the format, which must have one."""
    if channel is None:
        assert frame_format.alpha is not None
        channel = frame_format.alpha.channel
    share: NDArray[np.float32] = samples[..., channel : channel + 1].astype(np.float32)
    share /= np.float32(_full_alpha(frame_format))
    return share


def _full_alpha(frame_format: FrameFormat) -> float:
    """The alpha of an opaque pixel."""
    if frame_format.coding is not None:
        return float(frame_format.coding.largest)
    return 1.0 if frame_format.dtype.kind == "f" else float(np.iinfo(frame_format.dtype).max)


def _is_light(frame_format: FrameFormat, channels: ChannelUse | None) -> bool:
    """Whether the view shows scene-linear light, and not distances or similar from a file of such light."""
    return frame_format.transfer == "linear" and (channels or channel_use(frame_format)).is_light


def _three_channels(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """Any number of channels as three: one is replicated, more than three are averaged in three groups."""
    channels = colours.shape[-1]
    if channels == 3:
        return colours
    if channels == 1:
        return np.repeat(colours, 3, axis=-1)
    if channels == 2:
        return np.concatenate((colours, colours.mean(axis=-1, keepdims=True)), axis=-1)
    return np.stack([colours[..., first::3].mean(axis=-1) for first in range(3)], axis=-1)


def _is_beyond(alpha: NDArray[Any], frame_format: FrameFormat) -> bool:
    """Whether values are not alpha: below 0 or over full, by more than sharpening does if the file states alpha."""
    assert frame_format.alpha is not None
    if frame_format.dtype.kind == "u" or alpha.size == 0:
        return False
    guessed = frame_format.alpha.blending == "guessed"
    below, over = (GUESSED_BELOW, GUESSED_OVER) if guessed else (STATED_BEYOND, STATED_BEYOND)
    full = _full_alpha(frame_format)
    return bool((alpha < -below * full).any() or (alpha > (1 + over) * full).any())


def _limits(dtype: np.dtype[Any]) -> tuple[int, int]:
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)
