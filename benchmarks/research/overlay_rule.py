"""A rule that was tried and is not used: finding subtitles, logos and the edges of bars over a moving picture.

The network sees letters over moving ground as part of the ground and drags them along. Nothing needs to be drawn
where an overlay is: it is the same in both frames. But that both frames agree in a pixel is not enough, since an
object may pass over a still ground between them. A pixel is held only if

* it stood still for several frames *while its surroundings moved*, so that what moves there goes round it, and
* it is close to an edge that stands still as well, as the outlines of letters do: an evenly coloured sky past which
  trees move has none.

What this gains and what it costs is measured in docs/research/overlays.md.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

STILL = 5
"""Largest change, in 1/255 of the range, of a pixel that stands still."""

MOVED = 10
"""Smallest change, in 1/255 of the range, of a pixel that has moved."""

FRAMES = 6
"""For how many frames per pixel must have stood still in moving surroundings."""

EDGE = 14
"""Smallest step, in 1/255 of the range, between neighbours on the two sides of an edge."""

_CELL = 8
"""Side of the cells in which motion is counted, in pixels. Surroundings are 5×5 cells."""

_SURROUNDINGS = 2
_MOVED_SHARE = 0.1
"""Surroundings move if this share of their pixels has."""

_EDGE_CELL = 4
_EDGE_REACH = 2
_EDGE_PIXELS = 2
"""An edge is as many pixels in a cell of 4×4, and holds what lies up to two cells away."""

_LONGEST = 40
_LOSS = 2
"""What a small change takes off a pixel's count: encoders make such changes in overlays, too."""

_RENEWAL = 0.15
"""Share of a new frame in the running mean in which edges are looked for: what moves blurs away in it."""

_LUMA = np.array([0.25, 0.65, 0.1], np.float32)
"""Between the weights of ITU-R BT.601 and BT.709: a view does not say which its colours had."""


class OverlayDetector:
    """Follows the frames of one video, in order, and says where the current pair shall be held."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._brightness: NDArray[np.float32] | None = None
        self._mean = np.empty((0, 0), np.float32)
        self._stood = np.empty((0, 0), np.uint8)
        self._unchanged = np.empty((0, 0), np.bool_)

    def push(self, view: NDArray[np.float32]) -> None:
        """See the next source frame.

        Args:
            view: (height, width, 3) in [0, 1], as the network sees the frame.
        """
        height, width, _ = view.shape
        brightness = (view.reshape(-1, 3) @ (_LUMA * np.float32(255))).reshape(height, width)
        if self._brightness is None:
            self._mean = brightness.copy()
            self._stood = np.zeros((height, width), np.uint8)
            self._unchanged = np.zeros((height, width), np.bool_)
        else:
            change = np.abs(brightness - self._brightness)
            moved = change > MOVED
            self._unchanged = change <= STILL
            self._count(moved)
            self._mean += np.float32(_RENEWAL) * (brightness - self._mean)
        self._brightness = brightness

    def _count(self, moved: NDArray[np.bool_]) -> None:
        busy = _around(_cell_counts(moved, _CELL), _SURROUNDINGS) > _MOVED_SHARE * _CELL**2
        in_motion = _enlarged(busy, _CELL, moved.shape)
        longer = np.minimum(self._stood + in_motion.view(np.uint8), _LONGEST)
        shorter = (np.maximum(self._stood, _LOSS) - np.uint8(_LOSS)) * ~moved
        self._stood = np.where(self._unchanged, longer, shorter)

    def mask(self) -> NDArray[np.float32] | None:
        """Where the pair of the last two frames is held.

        Returns:
            (height, width), 1 where the output stays as its two source frames are and 0 where it is drawn. None
            where nothing is held, and before there are two frames.
        """
        stood = (self._stood >= FRAMES) & self._unchanged
        rows = np.flatnonzero(stood.any(axis=1))
        if rows.size == 0:
            return None
        # Only the rows in question, from whole cells on.
        top, bottom = int(rows[0]) // _EDGE_CELL * _EDGE_CELL, int(rows[-1]) + 1
        band = stood[top:bottom]
        edges = _cell_counts(band & _edges(self._mean[top:bottom]), _EDGE_CELL) >= _EDGE_PIXELS
        near = _around(edges.astype(np.float32), _EDGE_REACH) > 0
        held = band & _enlarged(near, _EDGE_CELL, band.shape)
        if not held.any():
            return None
        mask = np.zeros(stood.shape, np.float32)
        mask[top:bottom] = held
        return mask


def apply_mask(
    drawn: NDArray[np.float32],
    left: NDArray[np.float32],
    right: NDArray[np.float32],
    time: float | Fraction,
    mask: NDArray[np.float32],
) -> NDArray[np.float32]:
    """A drawn frame whose held parts are the blend of the pair's frames instead.

    Args:
        drawn: (height, width, channels), working samples of any range. Left as it is.
        left: The pair's left frame, likewise.
        right: The pair's right frame, likewise.
        time: Of the drawn frame, in (0, 1).
        mask: (height, width) in [0, 1], the weight of the blend: from `OverlayDetector.mask`.

    Returns:
        A new array like `drawn`; samples with weight 0 have the same bits as there.
    """
    result = drawn.copy()
    places = np.flatnonzero(mask > 0)
    weight = mask.ravel()[places, np.newaxis]
    pixels, here, there = (each.reshape(mask.size, -1) for each in (result, left, right))
    blend = here[places] + np.float32(time) * (there[places] - here[places])
    pixels[places] += weight * (blend - pixels[places])
    return result


def _edges(picture: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Pixels that differ from one of their four neighbours by an edge's step."""
    across = np.abs(picture[:, 1:] - picture[:, :-1]) > EDGE
    down = np.abs(picture[1:] - picture[:-1]) > EDGE
    edges = np.zeros(picture.shape, np.bool_)
    edges[:, 1:] |= across
    edges[:, :-1] |= across
    edges[1:] |= down
    edges[:-1] |= down
    return edges


def _cell_counts(flags: NDArray[np.bool_], cell: int) -> NDArray[np.float32]:
    """How many pixels are set in each square cell; those at the right and bottom edge may be smaller."""
    height, width = flags.shape
    whole = np.pad(flags.view(np.uint8), ((0, -height % cell), (0, -width % cell)))
    tall = whole.reshape(-1, cell, whole.shape[1]).sum(axis=1, dtype=np.uint8).astype(np.float32)
    counts: NDArray[np.float32] = tall.reshape(len(tall), -1, cell) @ np.ones(cell, np.float32)
    return counts


def _around(cells: NDArray[np.float32], reach: int) -> NDArray[np.float32]:
    """Means over each cell and those up to `reach` away; beyond the edge lie copies of the cells at it."""
    size = 2 * reach + 1
    height, width = cells.shape
    padded = np.pad(cells, reach, mode="edge")
    tall = sum((padded[shift : shift + height] for shift in range(1, size)), padded[:height])
    total = sum((tall[:, shift : shift + width] for shift in range(1, size)), tall[:, :width])
    means: NDArray[np.float32] = total / np.float32(size**2)
    return means


def _enlarged(cells: NDArray[np.bool_], cell: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Cells as pixels."""
    return np.repeat(np.repeat(cells, cell, axis=1)[:, : shape[1]], cell, axis=0)[: shape[0]]
