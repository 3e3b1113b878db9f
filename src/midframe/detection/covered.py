"""Scene cuts in pictures on transparency, such as sprites: what is compared is what alpha covers.

A sprite is small, moves by its own width, and grows to twice its size from one frame to the next, so that little of it
is found again in its place. Its colours stay. Where part of both frames is transparent, new content is therefore the
share of the covered colours that the other frame does not have (one minus the intersection of histograms; Swain and
Ballard, "Color indexing", International Journal of Computer Vision 7(1), 1991).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEAST_TRANSPARENT = 0.1
"""Share of a frame that must be transparent for it to be a picture on transparency."""

BINS = 6
"""Bins of a histogram in each of the three channels; samples are divided between neighbouring bins."""


@dataclass(frozen=True, eq=False)
class CoveredColours:
    """Colours of the covered part of a frame.

    Attributes:
        histogram: (bins,) float64, in sum 1; 0 everywhere where nothing is covered.
        transparent: Share of the frame that is not covered, in [0, 1].
    """

    histogram: NDArray[np.float64]
    transparent: float


def covered_colours(colours: NDArray[np.float32], coverage: NDArray[np.float32]) -> CoveredColours:
    """Summarise the covered part of a frame.

    Args:
        colours: (samples, 3) RGB in [0, 1]: colours of cells or pixels, not multiplied by alpha.
        coverage: (samples,) alpha in [0, 1].
    """
    places = np.clip(colours, 0.0, 1.0).astype(np.float64) * (BINS - 1)
    low = np.minimum(places.astype(np.intp), BINS - 2)
    share = places - low
    histogram = np.zeros(BINS**3)
    for corner in range(8):
        steps = np.array([corner >> 2 & 1, corner >> 1 & 1, corner & 1])
        weights = np.where(steps, share, 1 - share).prod(axis=1) * coverage
        histogram += np.bincount((low + steps) @ np.array([BINS**2, BINS, 1]), weights, BINS**3)
    total = histogram.sum()
    return CoveredColours(histogram / total if total > 0 else histogram, 1.0 - float(coverage.mean()))


def share_of_new_colours(left: CoveredColours, right: CoveredColours) -> float | None:
    """Share of covered colours that are in one frame only; None where not both frames are pictures on transparency.

    Where nothing is covered in one of them, something appears or disappears, and no colour is new.
    """
    if min(left.transparent, right.transparent) < LEAST_TRANSPARENT:
        return None
    if not left.histogram.any() or not right.histogram.any():
        return 0.0
    return max(0.0, 1.0 - float(np.minimum(left.histogram, right.histogram).sum()))
