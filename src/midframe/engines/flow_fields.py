"""The motion of a pair as plain arrays, for people and files."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class MotionField:
    """Where each pixel of a frame at t between two others comes from.

    Offsets are (height, width, 2) float32 in pixels, x to the right and y downwards: pixel (x, y) of the interpolated
    frame shows what is at (x, y) + offset in the other.

    Attributes:
        to_left: Offsets to the left frame, t → 0.
        to_right: Offsets to the right frame, t → 1. This is the direction in which things move.
        left_share: (height, width) float32 in [0, 1]: share of the left frame in the blend.
    """

    to_left: NDArray[np.float32]
    to_right: NDArray[np.float32]
    left_share: NDArray[np.float32]

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self.to_left.nbytes + self.to_right.nbytes + self.left_share.nbytes
