"""Whether a scene cut lies between two frames: then nothing may be drawn between them.

Every frame is summarised as a thumbnail of some 600 cells. Small blocks of one thumbnail are looked for in the whole
of the other one, so that a picture that pans, zooms or shakes is found again wherever it went. What is not found
again is new, and a pair in which most of the picture is new is a cut, with three exceptions that the frames around it
show:

* **Flash.** The picture from before comes back behind the pair: the pair only enters or leaves a bright moment.
* **Fade or dissolve.** The change goes on at the same pace before or behind the pair.
* **Commotion.** Much is new in the pairs before it and behind it, too.

Likeness of two blocks is structural similarity (SSIM; Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment:
from error visibility to structural similarity", IEEE Transactions on Image Processing 13(4), 2004) without its
luminance term, less a penalty for another mean colour; it is taken over brightness and colour at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

CONTEXT = 3
"""How many frames before the left one and behind the right one are looked at: a flash may have as many."""

DEFAULT_CUT_THRESHOLD = 0.36
"""Pairs whose score reaches this are cuts."""

CELLS = 576
"""About how many cells a thumbnail has: 32×18 at 16:9."""

BLOCK = 6
"""Side of a block, in cells."""

STEP = 3
"""From one block to the next, in cells."""

_ROWS_READ = 8
"""Of the rows of pixels below a row of cells, this many are averaged: enough against noise, and quick."""

_CONTRAST_CONSTANT = 2e-4
"""Variance below which two blocks count as flat, and so as alike."""

_COLOUR_WEIGHT = 0.5
"""What a difference of mean colours can cost at most."""

_COLOUR_RANGE = 0.25
"""Distance of mean colours that costs as much."""

_FLAT_WEIGHT = 0.02
"""Blocks count by their standard deviation plus this: what is flat says little."""

_OBVIOUS = 0.2
"""Pairs that are known to reach no more than this are not looked at any further."""

_MOST_USUAL = 0.3
"""What is usual around a pair explains no more new picture than this: cuts that follow each other closely are cuts."""

_STEADY = 0.5
"""A change is steady if this part of it at most is not the change before (or behind) once more."""


_BAR = 0.02
"""Rows and columns at the edge whose colours differ by no more than this, in both frames, are bars."""

_Box = tuple[int, int, int, int]
"""Top, bottom, left and right of a part of a thumbnail; bottom and right lie behind it."""


@dataclass(frozen=True, eq=False)
class FrameSummary:
    """What `cut_score` needs of a frame.

    Attributes:
        thumbnail: (rows, columns, 3), float32: brightness in [0, 1] and two colour differences in [−0.5, 0.5].
    """

    thumbnail: NDArray[np.float32]


def summarise(view: NDArray[np.float32]) -> FrameSummary:
    """Boil a frame down to a few kilobytes. Frames of one size have thumbnails of one size.

    Args:
        view: (height, width, 3) RGB in [0, 1], as the network sees the frame. What is not a number counts as 0.
    """
    height, width, _ = view.shape
    rows, columns = _grid(height, width)
    lines = np.stack([_line(view, row, rows) for row in range(rows)])
    edges = np.arange(columns) * width // columns
    # A view narrower than the grid lends pixels to several cells; reduceat then takes single ones.
    sums = np.add.reduceat(lines, edges, axis=1)
    cells = sums / np.maximum(1, np.diff(np.append(edges, width)))[:, None]
    colours = np.clip(np.nan_to_num(cells, nan=0.0), 0.0, 1.0).astype(np.float32)
    # Luma and colour differences of Recommendation ITU-R BT.601.
    luma = colours @ np.array([0.299, 0.587, 0.114], np.float32)
    blue, red = (colours[..., 2] - luma) * 0.564, (colours[..., 0] - luma) * 0.713
    return FrameSummary(np.stack([luma, blue, red], axis=-1))


def cut_score(before: Sequence[FrameSummary], after: Sequence[FrameSummary]) -> float:
    """How much of the picture is new between two frames: the same seen forwards and backwards in time.

    Args:
        before: Up to CONTEXT + 1 frames in order, the pair's left one last.
        after: Likewise, the pair's right one first.

    Returns:
        0 (all of it is found again; equal frames) to 1 (nothing is). Up to 0.2, only an upper bound.

    Raises:
        ValueError: A side has no frame, or sizes differ.
    """
    if not before or not after:
        raise ValueError("a pair needs a frame on both sides")
    if len({summary.thumbnail.shape for summary in (*before, *after)}) > 1:
        raise ValueError("frames of different sizes cannot be compared")
    picture = _without_bars(before[-1].thumbnail, after[0].thumbnail)
    lefts = [_blocks(summary, picture) for summary in before[-CONTEXT - 1 :]]
    rights = [_blocks(summary, picture) for summary in after[: CONTEXT + 1]]
    score = _in_place(lefts[-1], rights[0])
    if score <= _OBVIOUS:
        return score
    if _steady(lefts, rights):
        return 0.0
    # The nearest frames first: most pairs that are no cuts are settled by them.
    for distance in range(len(lefts) + len(rights) - 1):
        backs = range(max(0, distance - len(rights) + 1), min(distance, len(lefts) - 1) + 1)
        score = min(score, *(_novelty(lefts[-1 - back], rights[distance - back]) for back in backs))
        if score <= _OBVIOUS:
            return score
    usual = min(_busiest(lefts), _busiest(rights), _MOST_USUAL)
    return max(0.0, (score - usual) / (1.0 - usual))


class _Blocks:
    """All windows of a thumbnail, and the blocks among them: every STEP-th one, those at the edges always."""

    def __init__(self, thumbnail: NDArray[np.float32]) -> None:
        self.thumbnail = thumbnail

    @cached_property
    def means(self) -> NDArray[np.float32]:
        """Mean colours, (windows, 3)."""
        means: NDArray[np.float32] = self._unfolded.mean(axis=2)
        return means

    @cached_property
    def details(self) -> NDArray[np.float32]:
        """What is left of the windows without their means, (windows, 3 × cells), scaled for dot products."""
        centred = self._unfolded - self.means[..., None]
        details: NDArray[np.float32] = centred.reshape(len(centred), -1) / np.float32(BLOCK)
        return details

    @cached_property
    def variances(self) -> NDArray[np.float32]:
        """Over all three planes, (windows,)."""
        variances: NDArray[np.float32] = np.einsum("ij,ij->i", self.details, self.details)
        return variances

    @cached_property
    def chosen(self) -> NDArray[np.intp]:
        """Which windows are blocks."""
        rows, columns = (side - BLOCK + 1 for side in self.thumbnail.shape[:2])
        indices: NDArray[np.intp] = (_spread(rows)[:, None] * columns + _spread(columns)).ravel()
        return indices

    @cached_property
    def _unfolded(self) -> NDArray[np.float32]:
        windows = sliding_window_view(self.thumbnail, (BLOCK, BLOCK), axis=(0, 1))
        return windows.reshape(-1, 3, BLOCK * BLOCK)


# Neighbouring pairs look at the same frames: what one has worked out is kept for the next one.
@lru_cache(maxsize=4 * (CONTEXT + 1))
def _blocks(summary: FrameSummary, picture: _Box) -> _Blocks:
    top, bottom, left, right = picture
    return _Blocks(summary.thumbnail[top:bottom, left:right])


def _without_bars(left: NDArray[np.float32], right: NDArray[np.float32]) -> _Box:
    """The part of both thumbnails between bars: the edge of a bar is in every frame, and says nothing about it."""
    both = np.stack([left, right])
    rows, columns = (_inner(np.ptp(both, axis=across).max(axis=-1) <= _BAR) for across in ((0, 2), (0, 1)))
    return (*rows, *columns)


def _inner(plain: NDArray[np.bool_]) -> tuple[int, int]:
    """From where to where lines are not part of a bar, nor next to one: that line may lie half in it."""
    busy = np.flatnonzero(~plain)
    if busy.size == 0:
        return 0, plain.size
    first, last = int(busy[0]), int(busy[-1])
    first, behind = first + (first > 0), last + (last == plain.size - 1)
    return (first, behind) if behind - first >= BLOCK + STEP else (0, plain.size)


def _busiest(row: Sequence[_Blocks]) -> float:
    """Most that is new in a pair of a row: where frames are repeated, most pairs of a shot say nothing about it."""
    return max((_novelty(earlier, later) for earlier, later in pairwise(row)), default=0.0)


def _in_place(left: _Blocks, right: _Blocks) -> float:
    """The share of the picture that is new to a viewer who does not follow motion: never less than `_novelty`."""
    at = left.chosen
    covariances = np.einsum("ij,ij->i", left.details[at], right.details[at])
    distances = ((left.means[at] - right.means[at]) ** 2).sum(axis=1)
    likeness = _likeness(covariances, left.variances[at], right.variances[at], distances)
    return max(_share(likeness, left.variances[at]), _share(likeness, right.variances[at]))


@lru_cache(maxsize=4 * (CONTEXT + 1) ** 2)
def _novelty(left: _Blocks, right: _Blocks) -> float:
    """The share of the picture that is not found again, in the direction in which it is larger."""
    return max(_not_found(left, right), _not_found(right, left))


def _not_found(here: _Blocks, there: _Blocks) -> float:
    """The share of the blocks of one thumbnail that no window of the other one is like."""
    at = here.chosen
    covariances = here.details[at] @ there.details.T
    distances = (
        (here.means[at] ** 2).sum(axis=1)[:, None] + (there.means**2).sum(axis=1) - 2 * here.means[at] @ there.means.T
    )
    likeness = _likeness(covariances, here.variances[at][:, None], there.variances, distances)
    return _share(likeness.max(axis=1), here.variances[at])


def _likeness(
    covariances: NDArray[np.float32],
    variances: NDArray[np.float32],
    others: NDArray[np.float32],
    distances: NDArray[np.float32],
) -> NDArray[np.float32]:
    """1 for equal blocks, down to 0; `distances` are squares."""
    structure = (2 * covariances + _CONTRAST_CONSTANT) / (variances + others + _CONTRAST_CONSTANT)
    colour = np.sqrt(np.clip(distances / _COLOUR_RANGE**2, 0.0, 1.0))
    likeness: NDArray[np.float32] = np.maximum(structure - _COLOUR_WEIGHT * colour, 0.0)
    return likeness


def _share(likeness: NDArray[np.float32], variances: NDArray[np.float32]) -> float:
    weights = np.sqrt(variances) + _FLAT_WEIGHT
    return max(0.0, float(1 - (likeness * weights).sum() / weights.sum()))


def _steady(lefts: Sequence[_Blocks], rights: Sequence[_Blocks]) -> bool:
    """Whether the pair's change is one that was already going on, or goes on: as fades and dissolves do."""
    left, right = lefts[-1].thumbnail, rights[0].thumbnail
    change = right - left
    others = [*(left - frame.thumbnail for frame in lefts[:-1]), *(frame.thumbnail - right for frame in rights[1:])]
    limit = _STEADY * float(np.linalg.norm(change))
    return any(float(np.linalg.norm(change - other)) <= limit for other in others)


def _spread(count: int) -> NDArray[np.intp]:
    """Every STEP-th of `count` places or a little closer, first and last included."""
    return np.linspace(0, count - 1, -(-(count - 1) // STEP) + 1).round().astype(np.intp)


def _grid(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of a thumbnail: cells are about square, and no side is shorter than a block and a step."""
    least, most = BLOCK + STEP, CELLS // (BLOCK + STEP)
    rows = min(most, max(least, round((CELLS * height / width) ** 0.5)))
    return rows, min(most, max(least, round(CELLS / rows)))


def _line(view: NDArray[np.float32], row: int, rows: int) -> NDArray[np.float32]:
    """Mean of the pixel rows of a row of cells, (width, 3)."""
    first = row * view.shape[0] // rows
    behind = max(first + 1, (row + 1) * view.shape[0] // rows)
    mean: NDArray[np.float32] = view[first : behind : -(-(behind - first) // _ROWS_READ)].mean(axis=0)
    return mean
