"""What the network sees of a whole sequence."""

from __future__ import annotations

from midframe.media.pixels import ViewTransform
from midframe.media.protocols import FrameInput

VIEW_SAMPLES = 9
"""Source frames that the range of 16-bit and float sequences is fitted on."""


def fit_view(source: FrameInput) -> ViewTransform:
    """One view for pictures of a whole sequence: from its format, or from frames spread over it.

    The network does not see frames in it, but in that of their pair; see `ViewTransform.for_pair`.
    """
    fixed = ViewTransform.fixed(source.format)
    if fixed is not None:
        return fixed
    frames = source.seekable
    if frames is None:
        # How much of their type the frames of a pipe use is known too late.
        return ViewTransform.usual(source.format)
    return ViewTransform.fit([frames.read(index) for index in fitting_positions(len(frames))])


def fitting_positions(count: int) -> list[int]:
    """The frames, of `count`, that a view is fitted to: up to `VIEW_SAMPLES`, spread evenly, ascending."""
    return sorted({round((count - 1) * part / (VIEW_SAMPLES - 1)) for part in range(VIEW_SAMPLES)})
