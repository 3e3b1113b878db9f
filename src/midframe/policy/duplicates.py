"""Whether a frame repeats another one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from midframe.policy.pairs import static_score

DEFAULT_DUPLICATE_THRESHOLD = 0.99
"""Frames that score this or more are repetitions."""


def duplicate_score(left: NDArray[np.float32], right: NDArray[np.float32], *, enough: float | None = None) -> float:
    """How alike two views, (height, width, 3) float32 in [0, 1], are; see `midframe.policy.pairs.static_score`."""
    return static_score(left, right, enough=enough)
