"""How pictures are turned and mirrored for display."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from midframe.types import Samples


@dataclass(frozen=True)
class Orientation:
    """What becomes of stored pictures before they are shown, in this order.

    Attributes:
        transposed: Rows and columns change places.
        flipped_across: Then left and right change places.
        flipped_down: Then top and bottom change places.
    """

    transposed: bool
    flipped_across: bool
    flipped_down: bool

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the shown picture."""
        return (height, width) if self.transposed else (width, height)

    def shown(self, samples: Samples) -> Samples:
        """The pixels as they are shown: (height, width, ...) in, the same or with both exchanged out."""
        turned = samples.swapaxes(0, 1) if self.transposed else samples
        turned = turned[:: -1 if self.flipped_down else 1, :: -1 if self.flipped_across else 1]
        return np.ascontiguousarray(turned)


def orientation_of(matrix: Sequence[int] | None) -> Orientation | None:
    """That of a display matrix; None where pictures are shown as they are stored, or turned by other than right angles.

    Args:
        matrix: Nine numbers as in MP4 (ISO/IEC 14496-12, 6.2.2): a column x and a row y are shown at
            (m[0]·x + m[3]·y, m[1]·x + m[4]·y), but for a shift.
    """
    if matrix is None:
        return None
    across_x, down_x, across_y, down_y = matrix[0], matrix[1], matrix[3], matrix[4]
    straight = (across_x, down_y)
    crossed = (across_y, down_x)
    if all(straight) and not any(crossed):
        found = Orientation(False, across_x < 0, down_y < 0)
        return found if found.flipped_across or found.flipped_down else None
    if all(crossed) and not any(straight):
        return Orientation(True, across_y < 0, down_x < 0)
    return None
