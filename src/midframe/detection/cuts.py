"""Detection of scene cuts, across which frames must not be interpolated.

Every frame is summarised as a thumbnail of some 600 cells. Blocks of one thumbnail are searched in the whole of the
other, so that content is found again after pans, zooms and shakes. Content that is not found again is new, and a pair
with mostly new content is a cut, with three exceptions that depend on the frames around it:

* **Flash.** The content from before the pair returns after it: the pair only enters or leaves a bright moment.
* **Fade or dissolve.** The change continues at the same pace before or after the pair.
* **Commotion.** Much is new in the pairs before and after it, too.

The similarity of blocks is structural similarity (SSIM; Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment:
from error visibility to structural similarity", IEEE Transactions on Image Processing 13(4), 2004) without its
luminance term, less a penalty for different mean colours; it is computed over brightness and colour together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from midframe.detection.covered import CoveredColours, covered_colours, share_of_new_colours

CONTEXT = 3
"""Number of frames before the left and after the right frame that are used: the longest flash."""

DEFAULT_CUT_THRESHOLD = 0.36
"""Pairs with this score or more are cuts."""

CELLS = 576
"""Approximate number of cells of a thumbnail: 32×18 at 16:9."""

BLOCK = 6
"""Side of a block in cells."""

STEP = 3
"""Distance between neighbouring blocks in cells."""

_ROWS_READ = 8
"""Number of pixel rows that are averaged for a row of cells: enough against noise, and fast."""

_CONTRAST_CONSTANT = 2e-4
"""Variance below which two blocks count as flat, and so as similar."""

_COLOUR_WEIGHT = 0.5
"""Largest penalty for different mean colours."""

_COLOUR_RANGE = 0.25
"""Distance of mean colours with the largest penalty."""

_FLAT_WEIGHT = 0.02
"""Added to the standard deviation of a block for its weight: flat blocks have little weight."""

_CERTAIN = 0.2
"""Scores known to be no more than this are not computed more exactly."""

_LARGEST_COMMOTION = 0.3
"""Largest share of new content that is attributed to commotion: cuts in close succession are cuts."""

_STEADY = 0.5
"""A change is steady if it differs from the change before (or after) by no more than this share."""

_BAR = 0.02
"""Rows and columns at an edge whose colours differ by no more than this, in both frames, are bars."""

_BACKGROUND = 0.5
"""Brightness behind transparent pixels."""

_LEAST_COVERAGE = 1e-6
"""Coverage below which a cell has no colour of its own."""

_Box = tuple[int, int, int, int]
"""Top, bottom, left and right of a part of a thumbnail; bottom and right are exclusive."""


@dataclass(frozen=True, eq=False)
class FrameSummary:
    """Summary of a frame for `cut_score`.

    Attributes:
        thumbnail: (rows, columns, 3) float32: brightness in [0, 1] and two colour differences in [−0.5, 0.5].
        covered: What alpha covers; None for frames without alpha.
    """

    thumbnail: NDArray[np.float32]
    covered: CoveredColours | None = None

    def rescaled(self, gain: float, offset: float) -> FrameSummary:
        """The summary of the same frame seen in another range: a value x of the view becomes gain · x + offset."""
        scale = np.array([gain, gain, gain], np.float32)
        thumbnail = self.thumbnail * scale + np.array([offset, 0, 0], np.float32)
        thumbnail[..., 0] = np.clip(thumbnail[..., 0], 0.0, 1.0)
        thumbnail[..., 1:] = np.clip(thumbnail[..., 1:], -0.5, 0.5)
        return FrameSummary(thumbnail)


def summarise(
    view: NDArray[np.float32], alpha: NDArray[np.float32] | None = None, *, premultiplied: bool = False
) -> FrameSummary:
    """Summarise a frame in a few kilobytes. Frames of one size have thumbnails of one size.

    Args:
        view: View (height, width, 3) RGB in [0, 1]. NaN counts as 0.
        alpha: Alpha (height, width, 1) in [0, 1], where the frame has it.
        premultiplied: Whether the view is multiplied by alpha.
    """
    if alpha is None:
        return FrameSummary(_thumbnail(_cells(view)))
    cells = _cells(np.concatenate((view if premultiplied else view * alpha, alpha), axis=-1))
    coverage = cells[..., 3]
    colours = (cells[..., :3] / np.maximum(coverage, _LEAST_COVERAGE)[..., None]).astype(np.float32)
    behind = (1 - coverage[..., None]) * _BACKGROUND
    return FrameSummary(
        _thumbnail(cells[..., :3] + behind), covered_colours(colours.reshape(-1, 3), coverage.reshape(-1))
    )


def _cells(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of the cells of a frame, (rows, columns, channels) in [0, 1]."""
    height, width, _ = samples.shape
    rows, columns = _grid(height, width)
    lines = np.stack([_line(samples, row, rows) for row in range(rows)])
    edges = np.arange(columns) * width // columns
    # Cells of a view narrower than the grid share pixels; reduceat then takes single pixels.
    sums = np.add.reduceat(lines, edges, axis=1)
    cells = sums / np.maximum(1, np.diff(np.append(edges, width)))[:, None]
    means: NDArray[np.float32] = np.clip(np.nan_to_num(cells, nan=0.0), 0.0, 1.0).astype(np.float32)
    return means


def _thumbnail(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    # Luma and colour differences of Recommendation ITU-R BT.601.
    luma = colours @ np.array([0.299, 0.587, 0.114], np.float32)
    blue, red = (colours[..., 2] - luma) * 0.564, (colours[..., 0] - luma) * 0.713
    return np.stack([luma, blue, red], axis=-1)


def cut_score(earlier: Sequence[FrameSummary], later: Sequence[FrameSummary]) -> float:
    """Share of new content between two frames; it is symmetric in time.

    Args:
        earlier: Up to CONTEXT + 1 frames in order, ending with the left frame of the pair.
        later: Up to CONTEXT + 1 frames in order, beginning with the right frame of the pair.

    Returns:
        0 (all content is found again) to 1 (no content is). Up to 0.2, an upper bound.

    Raises:
        ValueError: A side has no frames, or sizes differ.
    """
    if not earlier or not later:
        raise ValueError("a pair needs a frame on both sides")
    if len({summary.thumbnail.shape for summary in (*earlier, *later)}) > 1:
        raise ValueError("frames of different sizes cannot be compared")
    covered = earlier[-1].covered, later[0].covered
    if covered[0] is not None and covered[1] is not None:
        new = share_of_new_colours(covered[0], covered[1])
        if new is not None:
            return new
    content = _without_bars(earlier[-1].thumbnail, later[0].thumbnail)
    lefts = [_blocks_of(summary, content) for summary in earlier[-CONTEXT - 1 :]]
    rights = [_blocks_of(summary, content) for summary in later[: CONTEXT + 1]]
    score = _novelty_in_place(lefts[-1], rights[0])
    if score <= _CERTAIN:
        return score
    if _is_steady(lefts, rights):
        return 0.0
    # The nearest frames first: they suffice for most pairs that are not cuts.
    for distance in range(len(lefts) + len(rights) - 1):
        backs = range(max(0, distance - len(rights) + 1), min(distance, len(lefts) - 1) + 1)
        score = min(score, *(_novelty(lefts[-1 - back], rights[distance - back]) for back in backs))
        if score <= _CERTAIN:
            return score
    commotion = min(_largest_novelty(lefts), _largest_novelty(rights), _LARGEST_COMMOTION)
    return max(0.0, (score - commotion) / (1.0 - commotion))


class _ThumbnailBlocks:
    """All windows of a thumbnail, and the blocks among them: about every STEP-th one, those at the edges included."""

    def __init__(self, thumbnail: NDArray[np.float32]) -> None:
        self.thumbnail = thumbnail

    @cached_property
    def means(self) -> NDArray[np.float32]:
        """Mean colours, (windows, 3)."""
        means: NDArray[np.float32] = self._unfolded.mean(axis=2)
        return means

    @cached_property
    def details(self) -> NDArray[np.float32]:
        """The windows minus their means, (windows, 3 × cells), scaled for dot products."""
        centred = self._unfolded - self.means[..., None]
        details: NDArray[np.float32] = centred.reshape(len(centred), -1) / np.float32(BLOCK)
        return details

    @cached_property
    def variances(self) -> NDArray[np.float32]:
        """Variances over all three planes, (windows,)."""
        variances: NDArray[np.float32] = np.einsum("ij,ij->i", self.details, self.details)
        return variances

    @cached_property
    def chosen(self) -> NDArray[np.intp]:
        """Indices of the windows that are blocks."""
        rows, columns = (side - BLOCK + 1 for side in self.thumbnail.shape[:2])
        indices: NDArray[np.intp] = (_spread(rows)[:, None] * columns + _spread(columns)).ravel()
        return indices

    @cached_property
    def _unfolded(self) -> NDArray[np.float32]:
        windows = sliding_window_view(self.thumbnail, (BLOCK, BLOCK), axis=(0, 1))
        return windows.reshape(-1, 3, BLOCK * BLOCK)


# Neighbouring pairs use the same frames: results for one pair are cached for the next.
@lru_cache(maxsize=4 * (CONTEXT + 1))
def _blocks_of(summary: FrameSummary, content: _Box) -> _ThumbnailBlocks:
    top, bottom, left, right = content
    return _ThumbnailBlocks(summary.thumbnail[top:bottom, left:right])


def _without_bars(left: NDArray[np.float32], right: NDArray[np.float32]) -> _Box:
    """The part of both thumbnails between bars: edges of bars are in every frame and would be found again."""
    both = np.stack([left, right])
    rows, columns = (_inner(np.ptp(both, axis=across).max(axis=-1) <= _BAR) for across in ((0, 2), (0, 1)))
    return (*rows, *columns)


def _inner(plain: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last (exclusive) line that is not in a bar, nor next to one, where a line may be half in it."""
    busy = np.flatnonzero(~plain)
    if busy.size == 0:
        return 0, plain.size
    first, last = int(busy[0]), int(busy[-1])
    first, stop = first + (first > 0), last + (last == plain.size - 1)
    return (first, stop) if stop - first >= BLOCK + STEP else (0, plain.size)


def _largest_novelty(frames: Sequence[_ThumbnailBlocks]) -> float:
    """Largest novelty of neighbouring frames: where frames are repeated, most pairs have none."""
    return max((_novelty(earlier, later) for earlier, later in pairwise(frames)), default=0.0)


def _novelty_in_place(left: _ThumbnailBlocks, right: _ThumbnailBlocks) -> float:
    """Share of new content without a search for motion: an upper bound of `_novelty`."""
    at = left.chosen
    covariances = np.einsum("ij,ij->i", left.details[at], right.details[at])
    distances = ((left.means[at] - right.means[at]) ** 2).sum(axis=1)
    similarity = _similarity(covariances, left.variances[at], right.variances[at], distances)
    return max(_share_of_new(similarity, left.variances[at]), _share_of_new(similarity, right.variances[at]))


@lru_cache(maxsize=4 * (CONTEXT + 1) ** 2)
def _novelty(left: _ThumbnailBlocks, right: _ThumbnailBlocks) -> float:
    """Share of new content, in the direction of time in which it is larger."""
    return max(_not_found(left, right), _not_found(right, left))


def _not_found(blocks: _ThumbnailBlocks, windows: _ThumbnailBlocks) -> float:
    """Share of the blocks of one thumbnail that are similar to no window of the other."""
    at = blocks.chosen
    covariances = blocks.details[at] @ windows.details.T
    distances = (
        (blocks.means[at] ** 2).sum(axis=1)[:, None]
        + (windows.means**2).sum(axis=1)
        - 2 * blocks.means[at] @ windows.means.T
    )
    similarity = _similarity(covariances, blocks.variances[at][:, None], windows.variances, distances)
    return _share_of_new(similarity.max(axis=1), blocks.variances[at])


def _similarity(
    covariances: NDArray[np.float32],
    variances: NDArray[np.float32],
    others: NDArray[np.float32],
    distances: NDArray[np.float32],
) -> NDArray[np.float32]:
    """1 for equal blocks, down to 0; `distances` are squares."""
    structure = (2 * covariances + _CONTRAST_CONSTANT) / (variances + others + _CONTRAST_CONSTANT)
    colour = np.sqrt(np.clip(distances / _COLOUR_RANGE**2, 0.0, 1.0))
    similarity: NDArray[np.float32] = np.maximum(structure - _COLOUR_WEIGHT * colour, 0.0)
    return similarity


def _share_of_new(similarity: NDArray[np.float32], variances: NDArray[np.float32]) -> float:
    weights = np.sqrt(variances) + _FLAT_WEIGHT
    return max(0.0, float(1 - (similarity * weights).sum() / weights.sum()))


def _is_steady(lefts: Sequence[_ThumbnailBlocks], rights: Sequence[_ThumbnailBlocks]) -> bool:
    """Whether the change of the pair continues one before it or after it, as in fades and dissolves."""
    left, right = lefts[-1].thumbnail, rights[0].thumbnail
    change = right - left
    others = [*(left - frame.thumbnail for frame in lefts[:-1]), *(frame.thumbnail - right for frame in rights[1:])]
    limit = _STEADY * float(np.linalg.norm(change))
    return any(float(np.linalg.norm(change - other)) <= limit for other in others)


def _spread(count: int) -> NDArray[np.intp]:
    """Every STEP-th of `count` positions or slightly denser, first and last included."""
    return np.linspace(0, count - 1, -(-(count - 1) // STEP) + 1).round().astype(np.intp)


def _grid(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of a thumbnail: cells are about square, and no side is shorter than a block and a step."""
    least, most = BLOCK + STEP, CELLS // (BLOCK + STEP)
    rows = min(most, max(least, round((CELLS * height / width) ** 0.5)))
    return rows, min(most, max(least, round(CELLS / rows)))


def _line(view: NDArray[np.float32], row: int, rows: int) -> NDArray[np.float32]:
    """Mean of the pixel rows of a row of cells, (width, 3)."""
    first = row * view.shape[0] // rows
    stop = max(first + 1, (row + 1) * view.shape[0] // rows)
    mean: NDArray[np.float32] = view[first : stop : -(-(stop - first) // _ROWS_READ)].mean(axis=0)
    return mean
