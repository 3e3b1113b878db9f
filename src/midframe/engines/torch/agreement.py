"""How far two warped frames agree, and the blend weights that follow from it, as torch operations.

`midframe.engines.agreement` has the rule and its numbers.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from midframe.engines.agreement import AROUND, CELL, MOVING, SHARPNESS, SIDES, TOLERANCE, cell_counts
from midframe.engines.protocols import Motion


def small_view(view: NDArray[np.float32]) -> Tensor:
    """What of a view is compared, (height, width, 3) in [0, 1]: means of cells, (1, 3, rows, columns)."""
    height, width = view.shape[:2]
    if height % CELL or width % CELL:
        view = np.pad(view, ((0, -height % CELL), (0, -width % CELL), (0, 0)), mode="edge")
    # torch warns about read-only arrays, though nothing here writes into them.
    pixels = torch.from_numpy(np.require(view, requirements=("C", "W")))
    # Whole rows first: several times faster than pooling, which goes by pixels.
    lines = functools.reduce(operator.add, (pixels[first::CELL] for first in range(CELL)))
    cells = functools.reduce(operator.add, (lines[:, first::CELL] for first in range(CELL)))
    return cells.permute(2, 0, 1).unsqueeze(0) / CELL**2


def small_views(views: Tensor) -> Tensor:
    """`small_view` of (N, 3, H, W), on any device: (N, 3, rows, columns)."""
    height, width = views.shape[-2:]
    if height % CELL or width % CELL:
        views = F.pad(views, (0, -width % CELL, 0, -height % CELL), mode="replicate")
    return F.avg_pool2d(views, CELL)


def disagreement(left: Tensor, right: Tensor, flow: Tensor) -> Tensor:
    """How much both frames differ after warping, without noise.

    Args:
        left: The left frame's `small_view`, (1, 3, rows, columns).
        right: The same of the right frame.
        flow: (1, 4, H, W) in pixels of the whole frame, see `Motion`; H and W may be larger by padding.

    Returns:
        (1, 1, rows, columns): mean square over colours and neighbouring cells, in units of the view squared.
    """
    cells = _cells(flow, left.shape[-2:]) / CELL
    difference = _neighbourhood(_warped(left, cells[:, :2]) - _warped(right, cells[:, 2:]))
    return _neighbourhood(difference.square().mean(dim=1, keepdim=True))


def mask_share(flow: Tensor, differs: Tensor) -> Tensor:
    """Which share of the mask's distance from 1 − time is kept: little where warped frames agree or nothing moves.

    It is d / (d + TOLERANCE) · v² / (v² + MOVING²): d is the root of `differs`, v the longest way that anything near
    goes from the left frame to the right one.

    Args:
        flow: (1, 4, H, W) in pixels of the whole frame, see `Motion`.
        differs: Disagreement, from `disagreement`.

    Returns:
        (1, 1, rows, columns) by cells, in [0, 1].
    """
    root = differs.sqrt()
    way = _cells(flow, differs.shape[-2:])
    squares = (way[:, :2] - way[:, 2:]).square().sum(dim=1, keepdim=True)
    longest = _around(squares, AROUND, torch.maximum)
    return root / (root + TOLERANCE) * (longest / (longest + MOVING**2))


def balanced_mask(mask: Tensor, time: float, share: Tensor) -> Tensor:
    """A mask for the frame at `time`, of whose distance from 1 − time a share is kept.

    Args:
        mask: (1, 1, H, W) logits; overwritten.
        time: Time of the frame, in (0, 1).
        share: Share of the distance, from `mask_share`.

    Returns:
        (1, 1, H, W) logits.
    """
    time_weight = 1 - time
    return mask.sigmoid_().sub_(time_weight).mul_(enlarged(share, mask.shape[-2:])).add_(time_weight).logit_(eps=1e-6)


def balanced_weights(mask: Tensor, time: float, share: Tensor) -> Tensor:
    """The left frame's weights by such a mask, (N, 1, H, W) in [0, 1]; differentiable in the logits, which stay."""
    time_weight = 1 - time
    return time_weight + enlarged(share, mask.shape[-2:]) * (torch.sigmoid(mask) - time_weight)


def away_from_sides(cells: Tensor) -> Tensor:
    """0 at the left and right border, 1 from `SIDES` pixels on, for columns of cells: (1, 1, 1, columns)."""
    columns = cells.shape[-1]
    number = torch.arange(columns, device=cells.device)
    distance = torch.minimum(number, columns - 1 - number) * (CELL / SIDES)
    return distance.clamp(max=1.0).view(1, 1, 1, columns)


def confidence(differs: Tensor) -> Tensor:
    """The weight of an estimate among several, in (0, 1] for each cell: the better its frames agree, the more."""
    return (1 + differs / SHARPNESS**2) ** -2


def enlarged(cells: Tensor, size: tuple[int, ...]) -> Tensor:
    """Cells (1, 1, rows, columns) at every pixel of (H, W), padding included; bilinear."""
    rows, columns = cell_counts(*size[-2:])
    padded = F.pad(cells, (0, columns - cells.shape[-1], 0, rows - cells.shape[-2]), mode="replicate")
    whole = F.interpolate(padded, scale_factor=CELL, mode="bilinear", align_corners=False)
    return whole[..., : size[0], : size[1]]


class MergedMotion:
    """Several estimates for one frame, merged as they come: each counts where its own warped frames agree.

    Flows and weights of frames are averaged, not frames: the result is as sharp as one frame, in one pass.
    """

    def __init__(self) -> None:
        self._flow: Tensor | None = None
        self._mask: Tensor
        self._total: Tensor

    def add(self, motion: Motion, trust: Tensor) -> None:
        """Add an estimate and its weight, (1, 1, rows, columns) by cells. All are of one size."""
        weight = enlarged(trust, motion.mask.shape[-2:])
        if self._flow is None:
            self._flow = motion.flow * weight
            self._mask = torch.sigmoid(motion.mask).mul_(weight)
            self._total = weight
            return
        self._flow.addcmul_(motion.flow, weight)
        self._mask.addcmul_(torch.sigmoid(motion.mask), weight)
        self._total = self._total + weight

    def mean(self) -> Motion:
        """The merged estimate, of at least one."""
        assert self._flow is not None
        return Motion(self._flow.div_(self._total), torch.logit(self._mask.div_(self._total), eps=1e-6))


def _cells(flow: Tensor, size: tuple[int, ...]) -> Tensor:
    """A flow in the middles of as many cells as there are without padding, in pixels."""
    rows, columns = (
        (torch.arange(count, device=flow.device) * CELL + CELL // 2).clamp_max(length - 1)
        for count, length in zip(size, flow.shape[-2:], strict=True)
    )
    return flow.index_select(2, rows).index_select(3, columns)


def _neighbourhood(cells: Tensor) -> Tensor:
    """Means of 3 × 3 cells."""
    return _around(cells, 3, operator.add) / 9


def _around(cells: Tensor, width: int, combine: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """All cells in windows of width × width, combined; windows reach beyond the border, where its cells repeat."""
    margin = width // 2
    padded = F.pad(cells, (margin, margin, margin, margin), mode="replicate")
    lines = functools.reduce(combine, (padded[..., first : first + cells.shape[-2], :] for first in range(width)))
    return functools.reduce(combine, (lines[..., first : first + cells.shape[-1]] for first in range(width)))


def _warped(cells: Tensor, flow: Tensor) -> Tensor:
    rows, columns = cells.shape[-2:]
    x = (torch.arange(columns, device=cells.device) + flow[:, 0]) * (2 / max(columns - 1, 1)) - 1
    y = (torch.arange(rows, device=cells.device)[:, None] + flow[:, 1]) * (2 / max(rows - 1, 1)) - 1
    return F.grid_sample(cells, torch.stack((x, y), dim=-1), mode="bilinear", padding_mode="border", align_corners=True)
