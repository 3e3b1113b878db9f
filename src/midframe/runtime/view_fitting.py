"""What the network sees of a whole sequence."""

from __future__ import annotations

import numpy as np

from midframe.media.channels import ChannelUse
from midframe.media.pixels import ViewTransform
from midframe.media.protocols import FrameInput

VIEW_SAMPLES = 9
"""Source frames that the range of 16-bit and float sequences is fitted on."""


def fit_view(source: FrameInput, channels: ChannelUse | None = None) -> ViewTransform:
    """The view for a whole sequence: from its format, or from frames spread over it, as a fade-in must not set it.

    Args:
        source: The frames.
        channels: What each channel is used for; None for what the format says.
    """
    fixed = ViewTransform.fixed(source.format, channels)
    if fixed is not None:
        return fixed
    frames = source.seekable
    if frames is None:
        # Pictures made of a pipe's code values use all of their type; how much of it is known too late.
        return ViewTransform(source.format, 0.0, float(np.iinfo(source.format.dtype).max), channels)
    return ViewTransform.fit([frames.read(index) for index in fitting_positions(len(frames))], channels)


def fitting_positions(count: int) -> list[int]:
    """The frames, of `count`, that a view is fitted to: up to `VIEW_SAMPLES`, spread evenly, ascending."""
    return sorted({round((count - 1) * part / (VIEW_SAMPLES - 1)) for part in range(VIEW_SAMPLES)})
