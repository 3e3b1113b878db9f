"""Baselines without motion: the mix of both frames, and the nearer frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from midframe.evaluation.intervals import Interval
from midframe.evaluation.methods.names import BASELINE_LABELS
from midframe.evaluation.methods.protocol import Baseline
from midframe.evaluation.results import MethodInfo
from midframe.media.pixels import ViewSamples


class Blend(Baseline):
    """The mix of both frames, the nearer one weighing more."""

    info = MethodInfo("blend", BASELINE_LABELS["blend"], {"rule": "(1 − t) · left + t · right"})

    def interpolate(self, interval: Interval) -> Sequence[ViewSamples]:
        """See `Method`."""
        left, right = (interval.engine_frame(frame).samples for frame in (interval.left, interval.right))
        return [interval.stored(left * np.float32(1 - time) + right * np.float32(time)) for time in interval.times]


class NearestFrame(Baseline):
    """The nearer frame; the left one if both are as near."""

    info = MethodInfo("hold", BASELINE_LABELS["hold"], {"rule": "left up to t = 1/2, then right"})

    def interpolate(self, interval: Interval) -> Sequence[ViewSamples]:
        """See `Method`."""
        return [interval.view(interval.left if 2 * time <= 1 else interval.right) for time in interval.times]
