"""What an engine knows of a pair's motion, as plain arrays for people and files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midframe.engines.protocols import Motion


@dataclass(frozen=True, eq=False)
class MotionField:
    """Where each pixel of a frame at t between two others comes from.

    Offsets are (height, width, 2) float32 in pixels, x to the right and y downwards: pixel (x, y) of the drawn frame
    shows what is at (x, y) + offset in the other.

    Attributes:
        to_left: Offsets to the left frame, t → 0.
        to_right: Offsets to the right frame, t → 1. This is the way that things are going.
        left_share: (height, width) float32 in [0, 1]: share of the left frame in the blend.
    """

    to_left: NDArray[np.float32]
    to_right: NDArray[np.float32]
    left_share: NDArray[np.float32]

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self.to_left.nbytes + self.to_right.nbytes + self.left_share.nbytes


def field_of(motion: Motion, height: int, width: int) -> MotionField:
    """A motion without its padding.

    Args:
        motion: From any engine.
        height: Of the frames.
        width: Of the frames.
    """
    # Whoever has a motion has loaded torch; who only speaks of pairs need not.
    from midframe.engines.torch.tensors import to_array

    flow = to_array(motion.flow[0, :, :height, :width])
    share = to_array(motion.mask[0, :, :height, :width].sigmoid())[..., 0]
    return MotionField(np.ascontiguousarray(flow[..., :2]), np.ascontiguousarray(flow[..., 2:]), share)
