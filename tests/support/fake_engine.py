"""An engine without a network, for tests and benchmarks of everything around engines."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from midframe.engines.flow_fields import MotionField
from midframe.engines.options import PairOptions
from midframe.engines.pair_engines import AS_THE_JOB
from midframe.engines.protocols import EngineFrame, Motion


class FakeEngine:
    """Interpolates by the linear mix of both frames: exact, instant, and different for every time. Has no torch.

    Attributes:
        encoded: How many frames were encoded.
        brightest: The largest value in their views.
        released: How often the engine was released.
        estimated: How many motions were estimated, those inside `between` included.
        options: Those of single pairs that it was made for; flow scales other than 1 show in the frames.
        strips: Kept, and of no effect.
    """

    strips = 1

    def __init__(self) -> None:
        self.encoded = 0
        self.brightest = 0.0
        self.released = 0
        self.estimated = 0
        self.options = AS_THE_JOB

    @property
    def device_name(self) -> str:
        """The device in words."""
        return "fake"

    def release(self) -> None:
        """Count; nothing is kept."""
        self.released += 1

    def varied(self, options: PairOptions) -> FakeEngine:
        """Another one, whose frames are multiplied by the flow scale."""
        other = copy(self)
        other.options = options
        return other

    def encode(self, frame: EngineFrame) -> EngineFrame:
        """Count, and hand the frame back."""
        self.encoded += 1
        self.brightest = max(self.brightest, float(frame.view.max()))
        return frame

    def between(self, left: EngineFrame, right: EngineFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """Mix for each time."""
        return [self.warp(left, right, self.motion(left, right, time)) for time in times]

    def motion(self, left: EngineFrame, right: EngineFrame, time: float) -> Motion:
        """No flow; the mask is the share of the left frame, 1 − time."""
        assert left.view.shape == right.view.shape
        self.estimated += 1
        height, width = left.view.shape[:2]
        mask = np.full((1, 1, height, width), np.log((1 - time) / time), np.float32)
        return Motion(np.zeros((1, 4, height, width), np.float32), mask)

    def warp(self, left: EngineFrame, right: EngineFrame, motion: Motion) -> NDArray[np.float32]:
        """Mix by the mask."""
        weight = _sigmoid(np.asarray(motion.mask))[0, 0, :, :, None]
        mixed: NDArray[np.float32] = left.samples * weight + right.samples * (1 - weight)
        return mixed if self.options.flow_scale is None else mixed * np.float32(self.options.flow_scale)

    def field(self, motion: Motion, height: int, width: int) -> MotionField:
        """The motion without padding."""
        flow = np.ascontiguousarray(motion.flow[0, :, :height, :width].transpose(1, 2, 0))
        share = _sigmoid(motion.mask[0, 0, :height, :width])
        return MotionField(np.ascontiguousarray(flow[..., :2]), np.ascontiguousarray(flow[..., 2:]), share)


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.float32(1) / (np.float32(1) + np.exp(-logits))
