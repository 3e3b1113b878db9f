"""How far two warped frames agree, and the blend weights that follow from it, as torch operations.

`midframe.engines.agreement` has the rule and its numbers.
"""

from __future__ import annotations

import functools
import operator
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from midframe.engines.agreement import (
    AROUND,
    CELL,
    LEAST_CONTRAST,
    MOVED,
    MOVING,
    SHARPNESS,
    SIDES,
    STILL,
    TOLERANCE,
    UNEXPLAINED,
    cell_counts,
)
from midframe.engines.protocols import Motion
from midframe.engines.torch.light import (
    around,
    change_of_light,
    difference_in_one_light,
    least_contrast,
    light_around,
)


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


class Agreement(NamedTuple):
    """How far two frames agree by cells, (N, 1, rows, columns) each.

    Attributes:
        differs: How much they differ after warping, without noise and without what a change of light explains: mean
            square over colours and neighbouring cells, in units of the view squared.
        stillness: How sure it is that nothing moves, although light changed and the flow says otherwise, in [0, 1].
    """

    differs: Tensor
    stillness: Tensor


def agreement(left: Tensor, right: Tensor, flow: Tensor) -> Agreement:
    """Compare both frames.

    Args:
        left: The left frame's `small_view`, (N, 3, rows, columns).
        right: The same of the right frame.
        flow: (N, 4, H, W) in pixels, see `Motion`; without padding.
    """
    cells = _cells(flow, left.shape[-2:]) / CELL
    here = left, right
    there = _warped(left, cells[:, :2]), _warped(right, cells[:, 2:])
    inside = _inside(cells)
    everywhere = torch.ones_like(inside)
    lights_here = light_around(left, everywhere), light_around(right, everywhere)
    lights_there = light_around(there[0], inside), light_around(there[1], inside)
    change = torch.minimum(change_of_light(*lights_here), change_of_light(*lights_there))
    differs_here, differs = (
        _mean_square(difference_in_one_light(frames, lights, change))
        for frames, lights in ((here, lights_here), (there, lights_there))
    )
    least = least_contrast(*lights_here).square()
    without_motion = differs_here / least
    with_motion = differs / least_contrast(*lights_there).square()
    still = (1 - STILL * (without_motion + UNEXPLAINED) / (with_motion + UNEXPLAINED)).clamp_min(0)
    still = still * (1 - without_motion / MOVED).clamp_min(0)
    # Where one frame shows nothing, no motion can have been seen.
    still = torch.maximum(still, LEAST_CONTRAST**2 / least)
    return Agreement(differs, _neighbourhood(still * change))


def disagreement(left: Tensor, right: Tensor, flow: Tensor) -> Tensor:
    """How much both frames differ after warping, without noise, whatever their light; see `Agreement.differs`.

    Args:
        left: The left frame's `small_view`, (N, 3, rows, columns).
        right: The same of the right frame.
        flow: (N, 4, H, W) in pixels, see `Motion`; without padding.
    """
    cells = _cells(flow, left.shape[-2:]) / CELL
    return _mean_square(_warped(left, cells[:, :2]) - _warped(right, cells[:, 2:]))


def mask_share(flow: Tensor, found: Agreement) -> Tensor:
    """Which share of the mask's distance from 1 − time is kept: little where warped frames agree or nothing moves.

    It is d / (d + TOLERANCE) · v² / (v² + MOVING²) · (1 - s): d is the root of `differs`, v the longest way that
    anything near goes from the left frame to the right one, s the stillness.

    Args:
        flow: (N, 4, H, W) in pixels, see `Motion`; without padding.
        found: Of the same flow.

    Returns:
        (N, 1, rows, columns) by cells, in [0, 1].
    """
    root = found.differs.sqrt()
    way = _cells(flow, root.shape[-2:])
    squares = (way[:, :2] - way[:, 2:]).square().sum(dim=1, keepdim=True)
    longest = around(squares, AROUND, torch.maximum)
    return root / (root + TOLERANCE) * (longest / (longest + MOVING**2)) * (1 - found.stillness)


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
    """Cells (N, 1, rows, columns) at every pixel of (H, W), padding included; bilinear."""
    rows, columns = cell_counts(*size[-2:])
    padded = F.pad(cells, (0, columns - cells.shape[-1], 0, rows - cells.shape[-2]), mode="replicate")
    whole = F.interpolate(padded, scale_factor=CELL, mode="bilinear", align_corners=False)
    return whole[..., : size[0], : size[1]]


class MergedMotion:
    """Several estimates for one frame, merged one by one: each counts where its warped frames agree.

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
    return around(cells, 3, operator.add) / 9


def _mean_square(difference: Tensor) -> Tensor:
    """Without noise: (N, 3, rows, columns) to (N, 1, rows, columns)."""
    return _neighbourhood(_neighbourhood(difference).square().mean(dim=1, keepdim=True))


def _inside(flow: Tensor) -> Tensor:
    """1 where both flows, in cells, lead to cells of the frame, else 0: (N, 1, rows, columns)."""
    rows, columns = flow.shape[-2:]
    x = torch.arange(columns, device=flow.device) + flow[:, 0::2]
    y = torch.arange(rows, device=flow.device)[:, None] + flow[:, 1::2]
    # Cells are known by their middles, and reach half a cell further.
    inside = (x >= -0.5) & (x <= columns - 0.5) & (y >= -0.5) & (y <= rows - 0.5)
    return inside.all(dim=1, keepdim=True).to(flow.dtype)


def _warped(cells: Tensor, flow: Tensor) -> Tensor:
    rows, columns = cells.shape[-2:]
    x = (torch.arange(columns, device=cells.device) + flow[:, 0]) * (2 / max(columns - 1, 1)) - 1
    y = (torch.arange(rows, device=cells.device)[:, None] + flow[:, 1]) * (2 / max(rows - 1, 1)) - 1
    return F.grid_sample(cells, torch.stack((x, y), dim=-1), mode="bilinear", padding_mode="border", align_corners=True)
