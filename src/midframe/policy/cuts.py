"""Whether the scene changes between two frames, by how much their small pictures differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CONTEXT = 1
"""Frames before the left one and after the right one that a score may look at."""

DEFAULT_CUT_THRESHOLD = 0.3
"""Pairs whose score reaches this are cuts."""

STEP = 8


@dataclass(frozen=True, eq=False)
class Summary:
    """What is kept of a frame to compare it.

    Attributes:
        thumbnail: (height, width, 3) float32 in [0, 1].
    """

    thumbnail: NDArray[np.float32]


def summarise(view: NDArray[np.float32]) -> Summary:
    """Shrink a view, (height, width, 3) float32 in [0, 1]."""
    return Summary(view[::STEP, ::STEP].copy())


def cut_score(before: Sequence[Summary], after: Sequence[Summary]) -> float:
    """How different the last frame of `before` and the first one of `after` are: 0 for equal ones, at most 1."""
    return float(np.abs(before[-1].thumbnail - after[0].thumbnail).mean())
