"""Networks as contenders: any model, flow scale, mode and precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.engines.interpolation import interpolate_times
from midframe.engines.protocols import Engine, require_motion
from midframe.evaluation.methods.protocol import Interval
from midframe.evaluation.metrics.protocol import Picture
from midframe.evaluation.results import Contender
from midframe.timing.steps import Mode


class NetworkDrawer:
    """Draws with an engine, in every interval: cuts and still pairs are not held."""

    def __init__(self, contender: Contender, engine: Engine[Any], mode: Mode = "direct") -> None:
        """Take an engine that is ready."""
        self.contender = contender
        self._engine = engine
        self._mode = mode
        self._ends: tuple[Any, Any] | None = None
        self._right_index = -1

    def warm_up(self, interval: Interval) -> None:
        """Draw once for nothing: the first call allocates and compiles."""
        self.draw(interval)
        self._ends = None

    def draw(self, interval: Interval) -> Sequence[Picture]:
        """See `Drawer`. Every kept frame is encoded once."""
        left = self._left(interval)
        right = self._engine.encode(interval.seen(interval.right))
        self._ends, self._right_index = (left, right), interval.right.frame.index
        drawn = interpolate_times(
            self._engine, left, right, self._mode, interval.times, interval.transform.view_of_working
        )
        return [interval.stored(drawn[time]) for time in interval.times]

    def motion(self, interval: Interval, number: int) -> NDArray[np.float32] | None:
        """What the network takes from the left frame, estimated from the pair itself whatever the mode."""
        assert self._ends is not None
        engine = require_motion(self._engine, "Comparing motion")
        motion = engine.motion(*self._ends, float(interval.times[number]))
        height, width = interval.left.frame.samples.shape[:2]
        return engine.field(motion, height, width).to_left

    def close(self) -> None:
        """Free the engine's memory."""
        self._ends = None
        self._engine.release()

    def _left(self, interval: Interval) -> Any:
        if self._ends is not None and self._right_index == interval.left.frame.index:
            return self._ends[1]
        return self._engine.encode(interval.seen(interval.left))
