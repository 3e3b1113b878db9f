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


def field_of_arrays(flow: NDArray[np.float32], mask: NDArray[np.float32], height: int, width: int) -> MotionField:
    """A motion without its padding.

    Args:
        flow: (1, 4, H, W), see `midframe.engines.protocols.Motion`.
        mask: (1, 1, H, W) logits.
        height: Rows of the frames.
        width: Columns of the frames.
    """
    flow, mask = (array[0, :, :height, :width] for array in (flow, mask))
    share = 1 / (1 + np.exp(-mask[0]))
    left, right = (np.ascontiguousarray(flow[half : half + 2].transpose(1, 2, 0)) for half in (0, 2))
    return MotionField(left, right, share)
