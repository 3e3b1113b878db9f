"""An engine without a network, for tests of everything around engines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from midframe.engines.protocols import EngineFrame, Motion


class FakeEngine:
    """Draws the linear mix of both frames: exact, instant, and different for every time.

    Attributes:
        encoded: How many frames were encoded.
        seen: Those frames.
        released: How often the engine was released.
        estimated: How many motions were estimated, those inside `between` included.
        strips: Kept, and of no effect.
    """

    strips = 1

    def __init__(self) -> None:
        self.encoded = 0
        self.seen: list[EngineFrame] = []
        self.released = 0
        self.estimated = 0

    @property
    def device_name(self) -> str:
        """The device in words."""
        return "fake"

    def release(self) -> None:
        """Count; nothing is kept."""
        self.released += 1

    def encode(self, frame: EngineFrame) -> EngineFrame:
        """Count, and hand the frame back."""
        self.encoded += 1
        self.seen.append(frame)
        return frame

    def between(self, left: EngineFrame, right: EngineFrame, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """Mix for each time."""
        return [self.draw(left, right, self.motion(left, right, time)) for time in times]

    def motion(self, left: EngineFrame, right: EngineFrame, time: float) -> Motion:
        """No flow; the mask says how much of the left frame is wanted."""
        assert left.view.shape == right.view.shape
        self.estimated += 1
        height, width = left.view.shape[:2]
        mask = torch.full((1, 1, height, width), 1 - time, dtype=torch.float64).logit().float()
        return Motion(torch.zeros(1, 4, height, width), mask)

    def draw(self, left: EngineFrame, right: EngineFrame, motion: Motion) -> NDArray[np.float32]:
        """Mix by the mask."""
        weight = torch.sigmoid(motion.mask)[0, 0, :, :, None].numpy()
        mixed: NDArray[np.float32] = left.samples * weight + right.samples * (1 - weight)
        return mixed
