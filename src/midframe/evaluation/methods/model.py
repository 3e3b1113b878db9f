"""Models as methods of an evaluation: any checkpoint, flow scale, mode and precision."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.engines.interpolation import EncodedFrame, PairInterpolator
from midframe.engines.protocols import Engine, require_motion
from midframe.evaluation.intervals import Interval
from midframe.evaluation.results import MethodInfo
from midframe.media.pixels import ViewSamples, ViewTransform
from midframe.timing.steps import Mode


class ModelMethod:
    """Interpolates every interval with an engine; cuts and static pairs are not held.

    Args:
        info: Name and settings.
        engine: Ready for use; released by `close`.
        mode: How several frames in one interval are interpolated.
    """

    def __init__(self, info: MethodInfo, engine: Engine[Any], mode: Mode = "direct") -> None:
        self.info = info
        self._engine = engine
        self._mode = mode
        self._encoded_pair: tuple[EncodedFrame[Any], EncodedFrame[Any]] | None = None
        self._right: tuple[int, ViewTransform] | None = None

    def warm_up(self, interval: Interval) -> None:
        """Interpolate once and discard the result: the first call allocates and compiles."""
        self.interpolate(interval)
        self._encoded_pair = None

    def interpolate(self, interval: Interval) -> Sequence[ViewSamples]:
        """See `Method`. Every kept frame is encoded once, if both its intervals see it alike."""
        left = self._encoded_left(interval)
        interpolator = PairInterpolator(self._engine, interval.seen, self._mode)
        right = interpolator.encode(interval.right.frame, interval.engine_frame(interval.right))
        self._encoded_pair, self._right = (left, right), (interval.right.frame.index, interval.seen)
        frames = interpolator.interpolate(left, right, interval.times)
        return [interval.stored(frames[time]) for time in interval.times]

    def motion(self, interval: Interval, number: int) -> NDArray[np.float32] | None:
        """What the network takes from the left frame, estimated from the pair itself whatever the mode."""
        assert self._encoded_pair is not None
        engine = require_motion(self._engine, "Comparing motion")
        left, right = (frame.encoded for frame in self._encoded_pair)
        motion = engine.motion(left, right, float(interval.times[number]))
        height, width = interval.left.frame.samples.shape[:2]
        return engine.field(motion, height, width).to_left

    def close(self) -> None:
        """Free the engine's memory."""
        self._encoded_pair = None
        self._engine.release()

    def _encoded_left(self, interval: Interval) -> EncodedFrame[Any]:
        if self._encoded_pair is not None and self._right == (interval.left.frame.index, interval.seen):
            return self._encoded_pair[1]
        interpolator = PairInterpolator(self._engine, interval.seen)
        return interpolator.encode(interval.left.frame, interval.engine_frame(interval.left))
