"""Between the samples of a file and the two things an engine takes.

**The network sees a view; the blend sees the data.** The *view* is three channels in [0, 1] whatever the frame
is: grey replicated, alpha left out, wide ranges scaled, scene-linear light through a tone curve; of files with named
channels, those that show the picture (`midframe.media.channels`). It only steers flow and mask. The *working samples*
are what is warped and blended: all channels, float32, in the file's own range, colours multiplied by alpha so that
transparent pixels lend no colour to their neighbours.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.media.channels import ChannelUse, alpha_groups, channel_use
from midframe.media.placeholders import data_in
from midframe.media.ycbcr import black, coded_view
from midframe.types import Frame, FrameFormat, Samples

ViewSamples = NDArray[np.float32]
"""(height, width, 3) in [0, 1]."""

WorkingSamples = NDArray[np.float32]
"""(height, width, channels) in the file's range, colours premultiplied by alpha."""

LOW_RANGE = 0.25
"""16-bit frames that use less than this share of the range are stretched for the network (12-bit cameras)."""

OUTLIERS = 1e-4
"""Share of samples at either end that the fitted range may leave out: hot pixels must not darken the view."""

CLIPPED = 1e-3
"""Share of samples beyond the fitted range from which on a view no longer shows all that happens."""

DISPLAY_GAMMA = 2.2

LARGEST = float(np.finfo(np.float32).max)


def _unusual_values_allowed() -> np.errstate:
    """Data may hold NaN, infinity and values near the end of the range; what comes of them is defined below."""
    return np.errstate(invalid="ignore", over="ignore")


@dataclass(frozen=True)
class ViewTransform:
    """How samples become the view. One for a whole sequence: a range that moved would flicker.

    Attributes:
        format: What it takes.
        low: Sample value that becomes 0.
        high: Sample value that becomes 1. Not used for scene-linear samples.
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

    @staticmethod
    def fixed(frame_format: FrameFormat, channels: ChannelUse | None = None) -> ViewTransform | None:
        """The transform where the format alone decides it; None where it depends on what the frames show."""
        if frame_format.coding is not None:
            return ViewTransform(frame_format, 0.0, float(frame_format.coding.largest), channels)
        if frame_format.dtype == np.uint8 or _is_light(frame_format, channels):
            return ViewTransform(frame_format, 0.0, 255.0, channels)
        return None

    @staticmethod
    @_unusual_values_allowed()
    def fit(frames: Sequence[Frame], channels: ChannelUse | None = None) -> ViewTransform:
        """Choose the range from a few frames of the sequence.

        8-bit: 0 … 255. 16-bit unsigned: 0 … 65535, or the range in use where that is less than `LOW_RANGE` of it.
        Signed and float: 0 … 1 where float samples lie within it, else the range in use, without `OUTLIERS`.
        Scene-linear: no range; x/(1+x), then the gamma of displays, keeps shadows and highlights apart.
        Video: what its matrix and range say; `fixed` needs no frames for it.
        """
        frame_format = frames[0].format
        fixed = ViewTransform.fixed(frame_format, channels)
        if fixed is not None:
            return fixed
        seen = list((channels or channel_use(frame_format)).view)
        colours = [frame.samples[..., seen] for frame in frames]
        if frame_format.dtype == np.uint16:
            if max(int(colour.max()) for colour in colours) >= LOW_RANGE * 65535:
                return ViewTransform(frame_format, 0.0, 65535.0, channels)
        elif frame_format.dtype.kind == "f" and all(bool(((colour >= 0) & (colour <= 1)).all()) for colour in colours):
            return ViewTransform(frame_format, 0.0, 1.0, channels)
        ends = [_range_in_use(colour) for colour in colours]
        low, high = min(end[0] for end in ends), max(end[1] for end in ends)
        # A picture of one value has no range; any width shows it as flat.
        return ViewTransform(frame_format, low, high if high > low else low + 1.0, channels)

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
            colours = np.nan_to_num(np.maximum(colours, 0.0), nan=0.0, posinf=LARGEST)
            view = (colours / (1.0 + colours)) ** np.float32(1 / DISPLAY_GAMMA)
        else:
            # A division, not a product with the reciprocal: 255 must become exactly 1.
            view = (colours - np.float32(self.low)) / np.float32(self.high - self.low)
            if self.format.dtype.kind == "f":
                view = np.nan_to_num(view, nan=0.0)
        clipped: ViewSamples = np.clip(view, 0.0, 1.0)
        return clipped

    def clips(self, samples: Samples) -> bool:
        """Whether the view hides more of a frame than outliers: its values lie beyond what `fit` has seen."""
        if ViewTransform.fixed(self.format, self.channels) is not None:
            return False
        colours = samples[..., list(self.use.view)]
        return float(np.mean((colours < self.low) | (colours > self.high))) > CLIPPED

    def view_of_working(self, working: WorkingSamples) -> ViewSamples:
        """What the network sees of an interpolated frame: the same as of a source frame, alpha divided out first."""
        return self.view(_straight(working, self.format, self.use.kept))

    def samples_of_working(self, working: WorkingSamples) -> Samples:
        """An interpolated frame in the file's type; see `from_working`."""
        return from_working(working, self.format, self.use.kept)


@_unusual_values_allowed()
def to_working(samples: Samples, frame_format: FrameFormat) -> WorkingSamples:
    """Samples as float32, colours premultiplied. Exact for all sample types without straight alpha."""
    working = samples.astype(np.float32)
    alpha = frame_format.alpha
    if alpha is not None and not alpha.premultiplied:
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
    if alpha is None or alpha.premultiplied:
        return working
    straight = working.copy()
    for channel, multiplied in alpha_groups(frame_format):
        share = alpha_share(working, frame_format, channel)
        colours = [colour for colour in multiplied if colour not in kept]
        # Where nothing is visible there is no colour to restore; black, so that coarser chroma does not smear one in.
        unseen = np.zeros_like(working[..., colours])
        if frame_format.coding is not None:
            unseen[...] = black(frame_format.coding, len(colours))
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
    """Whether the view shows scene-linear light, and not distances or the like from a file of such light."""
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


def _range_in_use(colours: NDArray[Any]) -> tuple[float, float]:
    data = data_in(colours)
    if data.size == 0:
        return 0.0, 1.0
    low, high = np.quantile(data.astype(np.float32), (OUTLIERS, 1 - OUTLIERS))
    return float(low), float(high)
