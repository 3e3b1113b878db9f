"""What the network sees of a whole sequence."""

from __future__ import annotations

from dataclasses import replace

from midframe.media.alpha import blended_format
from midframe.media.channels import ChannelUse
from midframe.media.pixels import ViewTransform
from midframe.media.protocols import FrameInput
from midframe.types import AlphaChoice

VIEW_SAMPLES = 9
"""Source frames that the range of 16-bit and float sequences is fitted on."""


def fit_view(source: FrameInput, channels: ChannelUse | None = None, alpha: AlphaChoice = "auto") -> ViewTransform:
    """One view for pictures of a whole sequence: from its format, or from frames spread over it.

    The network does not see frames in it, but in that of their pair; see `ViewTransform.for_pair`.

    Args:
        source: The sequence.
        channels: What each channel is used for; None for what the format says.
        alpha: What alpha is.

    Raises:
        OptionError: `alpha` names one, and there is none.
    """
    frames = source.seekable
    transform = ViewTransform.fixed(source.format, channels)
    if transform is None:
        # How much of their type the frames of a pipe use is known too late.
        transform = (
            ViewTransform.usual(source.format, channels)
            if frames is None
            else ViewTransform.fit([frames.read_roughly(index) for index in fitting_positions(len(frames))], channels)
        )
    return replace(transform, format=blended_format(source.format, alpha))


def fitting_positions(count: int) -> list[int]:
    """The frames, of `count`, that a view is fitted to: up to `VIEW_SAMPLES`, spread evenly, ascending."""
    return sorted({round((count - 1) * part / (VIEW_SAMPLES - 1)) for part in range(VIEW_SAMPLES)})
