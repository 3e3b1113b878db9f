"""What in a pair speaks for a bad interpolation, measured at cells.

The first four are expected squared errors of the frame half-way, in units of the view squared, so that they can be
added up (docs/review.md has where they come from). The rest only helps to say in words what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from midframe.engines.agreement import CELL, TOLERANCE
from midframe.evaluation.review.cells import Cells, FrameCells, MotionCells, around, warped
from midframe.evaluation.review.repetition import repetition

UNEVENNESS = 1 / 50
"""Weight of outlines: flow is taken to be wrong there by a seventh of what motion differs by."""

IN_CELLS = np.float32(1 / CELL)
"""Cells in a pixel."""

VISIBLE = 2 * TOLERANCE
"""Difference of two cells, of [0, 1], that is seen in the interpolated frame: 12 of 255 levels."""

PLACE = 9
"""Cells along each side of the worst place of a pair."""

NEAR = 5
"""Cells along each side of where contrast is taken from."""

STEEPEST = 16.0
"""Squared difference of motion between two cells, in pixels, beyond which more makes no difference."""

FASTEST = 0.99
"""Share of the cells that are slower than what counts as the fastest motion."""

HALF_WAY = np.float32(1 / 8)
"""Displacement half-way, as a share of the change of motion from one pair to the next: motion at a constant
acceleration a goes a/2 · t², which is a/8 off the straight line between both frames."""


@dataclass(frozen=True)
class PairSigns:
    """The signs of a pair that is interpolated.

    Attributes:
        disagreement: What both frames differ by after warping, weighted by how undecided the blend is: if the left
            frame is right with the probability m that the mask gives it, the blend is expected to be off by
            m · (1 − m) · d².
        acceleration: What is displaced because things do not move evenly: the texture's change over an eighth of the
            difference of the motions of this pair and its neighbours. 0 where no neighbour moves.
        unevenness: Texture times the squared difference of motion between neighbouring cells, weighted: outlines of
            what moves by itself, where flow is least certain.
        repetition: What it costs if half of the repeating patterns get a wrong motion; see
            `midframe.evaluation.review.repetition`.
        brightness: Share of `disagreement` that is a change of all of the picture's brightness and colour.
        disagreeing: Share of the picture in which both frames differ visibly after warping.
        repeating: Share of the picture with repeating patterns in ambiguous motion.
        entering: Share of the picture that shows what is outside one of the frames.
        fastest: Pixels from the left to the right frame that only one in a hundred places exceeds.
        place: Where most of the error is expected, x and y in pixels.
    """

    disagreement: float
    acceleration: float
    unevenness: float
    repetition: float
    brightness: float
    disagreeing: float
    repeating: float
    entering: float
    fastest: float
    place: tuple[int, int]

    @property
    def expected_error(self) -> float:
        """Expected squared error, in units of the view squared."""
        return self.disagreement + self.acceleration + self.unevenness + self.repetition


class PairCells(NamedTuple):
    """A pair by cells."""

    left: FrameCells
    right: FrameCells
    motion: MotionCells


def signs_of(pair: PairCells, before: MotionCells | None, after: MotionCells | None) -> PairSigns:
    """Look for signs of bad interpolation.

    Args:
        pair: The pair.
        before: The motion of the pair that ends where this one begins; None without one that is interpolated.
        after: The motion of the pair that begins where this one ends.
    """
    motion = pair.motion
    share, velocity = motion.left_share, motion.velocity
    left = warped(pair.left.colours, motion.to_left * IN_CELLS)
    right = warped(pair.right.colours, motion.to_right * IN_CELLS)
    difference = left - right
    squares = _mean_square(difference)
    disagreements = share * (1 - share) * squares
    disagreement = float(disagreements.mean())
    unexplained = float((share * (1 - share) * _mean_square(difference - difference.mean(axis=(0, 1)))).mean())
    texture = (pair.left.texture + pair.right.texture) * np.float32(0.5)
    contrast = _contrast(share[..., None] * left + (1 - share[..., None]) * right) + texture[..., 0] + texture[..., 1]
    changes = [
        np.minimum(_change(texture, (velocity - other) * HALF_WAY), contrast)
        for other in _neighbours(velocity, before, after)
    ]
    accelerations = np.float32(1 / max(1, len(changes))) * sum(changes, np.zeros_like(share))
    outlines = np.float32(UNEVENNESS) * np.minimum(_steepness(velocity), STEEPEST) * (texture[..., 0] + texture[..., 1])
    found = repetition(pair.left.colours.mean(axis=-1), velocity)
    speed = np.hypot(velocity[..., 0], velocity[..., 1])
    return PairSigns(
        disagreement=disagreement,
        acceleration=float(accelerations.mean()),
        unevenness=float(outlines.mean()),
        repetition=found.error,
        brightness=max(0.0, 1 - unexplained / disagreement) if disagreement > 0 else 0.0,
        disagreeing=float((around(squares, 3) > VISIBLE**2).mean()),
        repeating=found.share,
        entering=float(_outside(motion).mean()),
        fastest=float(np.quantile(speed, FASTEST)),
        place=_worst_place(disagreements + accelerations + outlines),
    )


def _worst_place(errors: Cells) -> tuple[int, int]:
    row, column = np.unravel_index(int(np.argmax(around(errors, PLACE))), errors.shape)
    return int(column) * CELL + CELL // 2, int(row) * CELL + CELL // 2


def _neighbours(velocity: Cells, before: MotionCells | None, after: MotionCells | None) -> Iterable[Cells]:
    """The motion of neighbouring pairs, read where what is seen in this pair was or will be in them."""
    for neighbour, way in ((before, -1), (after, 1)):
        if neighbour is not None:
            yield warped(neighbour.velocity, velocity * (way * IN_CELLS))


def _change(texture: Cells, offsets: Cells) -> Cells:
    """The squared change of a texture that is displaced by offsets in pixels: o · T · o for the structure tensor T."""
    x, y = offsets[..., 0], offsets[..., 1]
    changed: Cells = texture[..., 0] * x * x + texture[..., 1] * y * y + 2 * texture[..., 2] * x * y
    return changed


def _steepness(velocity: Cells) -> Cells:
    """Squared differences of motion to the next cells, (rows, columns)."""
    total = np.zeros(velocity.shape[:2], np.float32)
    for axis in (0, 1):
        if velocity.shape[axis] > 1:
            total += np.square(np.gradient(velocity, axis=axis)).sum(axis=-1)
    return total


def _contrast(colours: Cells) -> Cells:
    """Variance of brightness around each cell: more than that no displacement changes."""
    brightness: Cells = colours.mean(axis=-1)
    mean = around(brightness, NEAR)
    return np.maximum(around(np.square(brightness), NEAR) - np.square(mean), 0)


def _mean_square(difference: Cells) -> Cells:
    squares: Cells = np.square(difference).mean(axis=-1)
    return squares


def _outside(motion: MotionCells) -> Cells:
    """1 where a flow leads out of the frame, else 0."""
    rows, columns = motion.left_share.shape
    x, y = np.arange(columns) * CELL, np.arange(rows)[:, None] * CELL
    outside = np.zeros((rows, columns), np.bool_)
    for flow in (motion.to_left, motion.to_right):
        for place, length, offset in ((x, columns, flow[..., 0]), (y, rows, flow[..., 1])):
            outside |= (place + offset < -CELL) | (place + offset > length * CELL)
    share: Cells = outside.astype(np.float32)
    return share
