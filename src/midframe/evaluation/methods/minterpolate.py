"""Interpolation by moving blocks: FFmpeg's minterpolate."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from midframe.evaluation.intervals import Interval
from midframe.evaluation.methods.names import BASELINE_LABELS
from midframe.evaluation.methods.protocol import Baseline
from midframe.evaluation.results import MethodInfo
from midframe.media.pixels import ViewSamples
from midframe.media.video.motion_filter import MINTERPOLATE_OPTIONS, MotionFilter
from midframe.visualization.image_files import to_pixels

FIRST_POSITION = 1
"""Position of the first interval in the filter, which gets the first frame twice."""


class Minterpolate(Baseline):
    """The filter sees all kept frames in order, in 8 bits, and yields each interval once it has the frame after it.

    So it interpolates nothing in the last interval of a source, just as the filter itself ends before it.
    """

    info = MethodInfo(
        "minterpolate",
        BASELINE_LABELS["minterpolate"],
        {"options": ":".join(f"{name}={value}" for name, value in MINTERPOLATE_OPTIONS.items())},
    )

    def __init__(self) -> None:
        self._filter: MotionFilter | None = None
        self._ready: dict[Fraction, ViewSamples] = {}
        self._position = FIRST_POSITION

    def interpolate(self, interval: Interval) -> Sequence[ViewSamples]:
        """See `Method`."""
        if interval.following is None:
            return ()
        if self._filter is None:
            height, width = interval.left.frame.samples.shape[:2]
            self._filter = MotionFilter(height, width, len(interval.times) + 1)
            # Only with a frame before the pair does the filter begin; what that frame is changes nothing.
            for frame in (interval.left, interval.left, interval.right):
                self._push(interval.view(frame))
        self._push(interval.view(interval.following))
        frames = [self._ready[self._position + time] for time in interval.times]
        self._position += 1
        self._ready = {position: view for position, view in self._ready.items() if position > self._position}
        return frames

    def close(self) -> None:
        """Free the filter."""
        self._filter = None
        self._ready.clear()

    def _push(self, view: ViewSamples) -> None:
        assert self._filter is not None
        for position, codes in self._filter.push(to_pixels(view)):
            self._ready[position] = (codes / np.float32(255)).astype(np.float32)
