"""Global flicker of brightness: how bright each frame is next to its neighbours, and what of that is flicker.

Two neighbouring frames are compared cell by cell of their thumbnails. The median of the logarithms of all ratios is
the **change** between them: what moves, appears and disappears is a minority of cells, and does not count. The changes
around a frame say how far its brightness lies off a straight line through its neighbours, and that is taken out of it.

Changes that are not flicker stay:

* **Fades and other slow changes** lie on the line; where they bend, their bends do not alternate.
* **Flashes, lamps, cuts** are few among the frames around them: the **level** of flicker is a median. Nor is a change
  of more than `LARGEST_CHANGE` flicker, and neither side of it is compared with the other.
* **Motion** leaves less of a trace in the changes than `BEGINNING`, or than `LEAST_SHARE` of what cells differ by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midframe.detection.cuts import FrameSummary

REACH = 5
"""Frames before and after a frame that decide what of its brightness is flicker."""

LARGEST_CHANGE = 0.4
"""Largest change that can be flicker: a third less, or half as much again."""

BEGINNING, FULL = 0.005, 0.0065
"""Levels at which flicker begins to be removed, and from which all of it is. Up to 0.004 was measured on clips without
flicker (ADR 31)."""

LEAST_SHARE = 0.08
"""Smallest level as a share of the median spread around a frame: with much motion, medians are less certain. Up to 0.07
was measured on clips without flicker, where the level was above `BEGINNING`."""

LEAST_FRAMES = 5
"""Frames that are needed on both sides together to distinguish flicker from a lasting change."""

LEAST_ALTERNATIONS = 1 / 3
"""Smallest share of neighbouring deviations that have opposite signs. Of flicker without a pattern, 2/3 do; where every
fourth frame is brighter, half do; of a bend, none."""

DARK = 1 / 8
"""Cells darker than this share of the brightest tenth tell little of a frame's brightness."""

BLACK = 0.01
"""Brightness below which a cell is black."""

LEAST_CELLS = 1 / 4
"""Smallest share of cells that must tell something."""

LARGEST_SPREAD = 0.2
"""Largest median deviation of single cells from a change. Frames that differ more have no common content."""

OUTLIERS = 4.0
"""Deviations beyond this many standard deviations are not flicker, but flashes in a clip that flickers."""

_SIGMA = 1 / 0.6745
"""Standard deviation of a normal distribution over its median deviation."""

_OF_SECOND_DIFFERENCES = (2 / 3) ** 0.5
"""Standard deviation of independent values over that of their deviations from the mean of both neighbours."""


@dataclass(frozen=True)
class BrightnessChange:
    """How much brighter a frame is than the one before.

    Attributes:
        size: Natural logarithm of the ratio.
        spread: Median deviation of single cells from it.
    """

    size: float
    spread: float


def brightness_change(left: FrameSummary, right: FrameSummary) -> BrightnessChange | None:
    """The change from a frame to the next one; None if there is none, or too much for flicker."""
    before, after = (summary.thumbnail[..., 0].astype(np.float64) for summary in (left, right))
    bright = np.quantile(np.maximum(before, after), 0.9)
    seen = np.minimum(before, after) > max(BLACK, DARK * bright)
    if np.count_nonzero(seen) < LEAST_CELLS * seen.size:
        return None
    ratios = np.log(after[seen] / before[seen])
    change = float(np.median(ratios))
    spread = float(np.median(np.abs(ratios - change)))
    return None if spread > LARGEST_SPREAD or abs(change) > LARGEST_CHANGE else BrightnessChange(change, spread)


@dataclass(frozen=True)
class Deviation:
    """What of a frame's brightness is flicker.

    Attributes:
        correction: Natural logarithm of what the frame must be multiplied by; 0 for nothing.
        level: Level of flicker around it: the median deviation of frames from the mean of both neighbours.
    """

    correction: float = 0.0
    level: float = 0.0


def deviation(before: Sequence[BrightnessChange | None], after: Sequence[BrightnessChange | None]) -> Deviation:
    """Find out what of a frame's brightness is flicker.

    Args:
        before: Up to `REACH` changes before it in order, ending with the one to this frame; None between frames that
            have nothing in common, such as at a cut.
        after: Up to `REACH` changes after it in order.
    """
    left, right = _connected(before[::-1])[::-1], _connected(after)
    if len(left) + len(right) < LEAST_FRAMES:
        return Deviation()
    changes = np.array([change.size for change in (*left, *right)])
    spread = float(np.median([change.spread for change in (*left, *right)]))
    bends = np.diff(changes) / 2
    level = float(np.median(np.abs(bends)))
    alternations = np.count_nonzero(bends[1:] * bends[:-1] < 0)
    beginning = max(BEGINNING, LEAST_SHARE * spread)
    if level <= beginning or alternations < LEAST_ALTERNATIONS * (len(bends) - 1):
        return Deviation(0.0, level)
    brightness = np.concatenate(([0.0], np.cumsum(changes)))
    places = np.arange(len(brightness)) - len(left)
    sigma = level * _SIGMA * _OF_SECOND_DIFFERENCES
    own = float(brightness[len(left)] - _line(places, brightness, sigma))
    if abs(own) > OUTLIERS * sigma:
        return Deviation(0.0, level)
    strength = min(1.0, (level - beginning) / (FULL - BEGINNING))
    return Deviation(-strength * own, level)


def _connected(changes: Sequence[BrightnessChange | None]) -> list[BrightnessChange]:
    """The changes up to the first that is unknown, and none beyond reach."""
    connected: list[BrightnessChange] = []
    for change in changes[:REACH]:
        if change is None:
            break
        connected.append(change)
    return connected


def _line(places: NDArray[np.int_], brightness: NDArray[np.float64], sigma: float) -> float:
    """The value at place 0 of a straight line through all places, near ones above all, and outliers not at all.

    Weights fall with the distance as a raised cosine, and with the deviation as the bisquare function (Beaton and
    Tukey, "The fitting of power series, meaning polynomials, illustrated on band-spectroscopic data", Technometrics
    16(2), 1974).
    """
    near = 0.5 + 0.5 * np.cos(np.pi * places / (REACH + 1))
    weights = near
    centre = slope = 0.0
    for _ in range(3):
        centre, slope = _weighted_line(places, brightness, weights)
        residuals = (brightness - centre - slope * places) / (OUTLIERS * 1.5 * sigma)
        weights = near * np.clip(1 - residuals**2, 0, None) ** 2
        if np.count_nonzero(weights) < LEAST_FRAMES:
            break
    return centre


def _weighted_line(
    places: NDArray[np.int_], values: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, float]:
    """Value at 0 and slope of the line with the least weighted squares."""
    total = weights.sum()
    mean_place, mean = (weights @ places) / total, (weights @ values) / total
    offsets = places - mean_place
    slope = (weights * offsets) @ values / ((weights * offsets) @ offsets)
    return float(mean - slope * mean_place), float(slope)
