"""Frames drawn by moving blocks: FFmpeg's minterpolate."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from midframe.evaluation.methods.protocol import Interval, PlainDrawer
from midframe.evaluation.metrics.protocol import Picture
from midframe.evaluation.results import Contender
from midframe.media.video.motion_filter import MINTERPOLATE_OPTIONS, MotionFilter

FIRST = 1
"""Position of the first interval in the filter, which gets the first frame twice."""


class MinterpolateDrawer(PlainDrawer):
    """The filter sees all kept frames in order, as 8-bit pictures, and draws each interval once it has the next frame.

    So it draws nothing in the last interval of a source, just as the filter itself ends before it.
    """

    contender = Contender(
        "minterpolate",
        "FFmpeg minterpolate",
        {"options": ":".join(f"{name}={value}" for name, value in MINTERPOLATE_OPTIONS.items())},
    )

    def __init__(self) -> None:
        self._filter: MotionFilter | None = None
        self._made: dict[Fraction, Picture] = {}
        self._position = FIRST

    def draw(self, interval: Interval) -> Sequence[Picture]:
        """See `Drawer`."""
        if interval.after is None:
            return ()
        if self._filter is None:
            height, width = interval.left.frame.samples.shape[:2]
            self._filter = MotionFilter(height, width, len(interval.times) + 1)
            # Only with a frame before the pair does the filter begin; what that frame is changes nothing.
            for frame in (interval.left, interval.left, interval.right):
                self._push(interval.picture(frame))
        self._push(interval.picture(interval.after))
        drawn = [self._made[self._position + time] for time in interval.times]
        self._position += 1
        self._made = {position: picture for position, picture in self._made.items() if position > self._position}
        return drawn

    def close(self) -> None:
        """Let go of the filter."""
        self._filter = None
        self._made.clear()

    def _push(self, picture: Picture) -> None:
        assert self._filter is not None
        for position, made in self._filter.push(np.rint(picture * 255).astype(np.uint8)):
            self._made[position] = (made / np.float32(255)).astype(np.float32)
