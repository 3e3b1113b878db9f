"""Patterns that repeat: where a second motion explains both frames as well as the first.

A fence, a brick wall or rows of windows look the same when they are moved by one period. Both warped frames agree then
whichever of the motions the network has found, so nothing in the pair gives a wrong one away. What can be seen is that
the picture is like itself at some distance, and that the motion lengthened or shortened by this distance would be no
less likely. Likeness is the normalised autocorrelation of blocks; the second motion stands for the secondary peak of a
matching cost, which is what the ambiguity of a match is judged by in stereo (Hu and Mordohai, "A quantitative
evaluation of confidence measures for stereo vision", IEEE Transactions on Pattern Analysis and Machine Intelligence
34(11), 2012).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from midframe.engines.agreement import CELL
from midframe.evaluation.review.cells import Cells

BLOCK = 24
"""Cells along each side of a block."""

LONGEST = 12
"""Cells of the longest period that is looked for: half a block, so that what overlaps is half of it."""

LIKE = 0.85
"""Correlation from which a block repeats itself."""

UNLIKE = 0.5
"""Correlation that must lie between a pattern and its repetition; without, it is an edge that goes on."""

LEAST_VARIANCE = (8 / 255) ** 2
"""Of a block's brightness: below it, a wrong motion would hardly be seen."""

LEAST_MOTION = 0.4
"""Share of a period that a pattern must move by between the frames, so that another motion is about as short."""


class Repetition(NamedTuple):
    """Where a second motion explains a pair as well.

    Attributes:
        share: Share of the picture, in [0, 1].
        error: Mean squared error over the picture if half of these places get the wrong motion, in units of the view
            squared.
    """

    share: float
    error: float


def repetition(brightness: Cells, velocity: Cells) -> Repetition:
    """Look for repeating patterns in motion.

    Args:
        brightness: (rows, columns) of a frame of the pair, in [0, 1].
        velocity: (rows, columns, 2): pixels from the left to the right frame.
    """
    rows, columns = (length // BLOCK for length in brightness.shape)
    if not rows or not columns:
        return Repetition(0.0, 0.0)
    blocks, moves = (_blocks(plane, rows, columns) for plane in (brightness, velocity / np.float32(CELL)))
    centred = blocks - blocks.mean(axis=(1, 2), keepdims=True)
    variances = centred.var(axis=(1, 2))
    motions = np.median(moves.reshape(len(moves), -1, 2), axis=1)
    chosen = np.flatnonzero((variances >= LEAST_VARIANCE) & (np.hypot(*motions.T) >= 1))
    if not chosen.size:
        return Repetition(0.0, 0.0)
    likeness = _autocorrelation(centred[chosen])
    share = error = 0.0
    for correlation, variance, motion in zip(likeness, variances[chosen], motions[chosen], strict=True):
        between = _least_between(correlation, motion)
        if between is not None:
            share += 1
            # Half a period next to its place, where a pattern is least like itself; in half of the cases.
            error += float(variance) * (1 - between)
    count = rows * columns
    return Repetition(share / count, error / count)


def _least_between(correlation: NDArray[np.float64], motion: NDArray[np.float32]) -> float | None:
    """The correlation half-way to a repetition that makes a block's motion ambiguous; None where nothing does."""
    y, x = np.nonzero(correlation >= LIKE)
    lags = np.stack([x, y], axis=1) - LONGEST
    lags = lags[np.hypot(*lags.T) >= 2]
    lengths = np.hypot(*lags.T)
    speed = float(np.hypot(*motion))
    # As far as the motion goes along the period: a pattern that moves across it is not ambiguous.
    along = np.abs(lags @ motion) / np.maximum(lengths, 1)
    other = np.hypot(*(motion - lags).T)
    likely = (along >= LEAST_MOTION * lengths) & (other <= 1.5 * speed)
    best: float | None = None
    for lag in lags[likely]:
        half = correlation[tuple(np.rint(lag[::-1] / 2).astype(int) + LONGEST)]
        if half <= UNLIKE and (best is None or half < best):
            best = float(half)
    return best


def _blocks(plane: Cells, rows: int, columns: int) -> Cells:
    """(blocks, BLOCK, BLOCK, …); what does not fill a block at the right and bottom edge is left out."""
    whole = plane[: rows * BLOCK, : columns * BLOCK]
    parts = whole.reshape(rows, BLOCK, columns, BLOCK, *plane.shape[2:]).swapaxes(1, 2)
    blocks: Cells = parts.reshape(rows * columns, BLOCK, BLOCK, *plane.shape[2:])
    return blocks


def _autocorrelation(blocks: Cells) -> NDArray[np.float64]:
    """Correlation of (blocks, BLOCK, BLOCK) with themselves at lags up to `LONGEST`, 0 in the middle.

    Each is normalised by the energies of the two parts that overlap.
    """
    size = (BLOCK + LONGEST,) * 2

    def spectrum(samples: NDArray[np.floating]) -> NDArray[np.complex128]:
        transformed: NDArray[np.complex128] = np.fft.rfft2(samples, size)
        return transformed

    own = spectrum(blocks.astype(np.float64))
    squares = spectrum(blocks.astype(np.float64) ** 2)
    window = spectrum(np.ones((BLOCK, BLOCK)))
    products, later, earlier = (
        np.fft.irfft2(each, size) for each in (own * own.conj(), squares * window.conj(), window * squares.conj())
    )
    correlation = products / np.sqrt(np.maximum(later, 1e-9) * np.maximum(earlier, 1e-9))
    lags = np.arange(-LONGEST, LONGEST + 1)
    chosen: NDArray[np.float64] = correlation[:, lags[:, None], lags]
    return chosen
