"""Contenders that look for no motion: the mix, and the nearer frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from midframe.evaluation.methods.protocol import Interval, PlainDrawer
from midframe.evaluation.metrics.protocol import Picture
from midframe.evaluation.results import Contender


class BlendDrawer(PlainDrawer):
    """The mix of both frames, the nearer one weighing more."""

    contender = Contender("blend", "plain blend", {"rule": "(1 − t) · left + t · right"})

    def draw(self, interval: Interval) -> Sequence[Picture]:
        """See `Drawer`."""
        left, right = (interval.seen(frame).samples for frame in (interval.left, interval.right))
        return [interval.stored(left * np.float32(1 - time) + right * np.float32(time)) for time in interval.times]


class HoldDrawer(PlainDrawer):
    """The nearer frame; the left one if both are as near."""

    contender = Contender("hold", "nearer frame held", {"rule": "left up to t = 1/2, then right"})

    def draw(self, interval: Interval) -> Sequence[Picture]:
        """See `Drawer`."""
        return [interval.picture(interval.left if 2 * time <= 1 else interval.right) for time in interval.times]
