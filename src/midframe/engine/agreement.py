"""How far two warped frames agree, and what follows for the weights they are blended with.

RIFE's mask says which of the two warped frames to trust. It was trained on clean clips to choose, and chooses where
nothing speaks for either: the mean of two frames that show the same has half the noise of one, and errors of their
flows that point in opposite directions cancel. So where both agree but for noise, the blend goes toward what the time
asks for, 1 − t and t; where they do not (occlusions, flows that failed), the mask stands. It does not stand where
nothing moves, as nothing is hidden there either: what differs is noise or light.

Agreement is looked for at a quarter of the resolution: there, noise and small misplacements of fine texture average
out, and what is left is one frame showing something else than the other. docs/quality.md has what was tried instead,
and what each gives.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from midframe.engine.base import Motion

CELL = 4
"""Pixels along each side of what is compared as one."""

TOLERANCE = 6 / 255
"""Disagreement, of the view's [0, 1], at which mask and time have an equal say."""

MOVING = 3.0
"""Pixels between the left and the right frame: with so much motion around, half of what the mask says is believed."""

AROUND = 5
"""Cells along each side of where motion counts as near."""

SHARPNESS = 2 / 255
"""Disagreement below which one estimate is as good as another."""


def small_view(view: Tensor) -> Tensor:
    """What of a view is compared: (1, 3, height, width) in [0, 1] to means of cells, a quarter as high and wide."""
    return F.avg_pool2d(view, CELL, ceil_mode=True)


def disagreement(left: Tensor, right: Tensor, flow: Tensor) -> Tensor:
    """How much both frames differ after warping, without noise.

    Args:
        left: The left frame's `small_view`, (1, 3, rows, columns).
        right: That of the right frame.
        flow: (1, 4, H, W) in pixels of the whole frame, see `Motion`; H and W may be larger by padding.

    Returns:
        (1, 1, rows, columns): mean square over colours and neighbouring cells, in units of the view squared.
    """
    cells = _cells(flow, left.shape[-2:]) / CELL
    difference = _neighbourhood(_warped(left, cells[:, :2]) - _warped(right, cells[:, 2:]))
    return _neighbourhood(difference.square().mean(dim=1, keepdim=True))


def balanced_mask(motion: Motion, time: float, differs: Tensor) -> Tensor:
    """A motion's mask, drawn toward 1 − time as far as the warped frames agree or nothing moves.

    Of the mask's distance from 1 − time, d / (d + TOLERANCE) · v² / (v² + MOVING²) is kept: d is the root of
    `differs`, v the longest way that anything near goes from the left frame to the right one.

    Args:
        motion: For the frame at `time`.
        time: In (0, 1).
        differs: From `disagreement`.

    Returns:
        (1, 1, H, W) logits.
    """
    root = differs.sqrt()
    way = _cells(motion.flow, differs.shape[-2:])
    squares = (way[:, :2] - way[:, 2:]).square().sum(dim=1, keepdim=True)
    longest = F.max_pool2d(squares, AROUND, stride=1, padding=AROUND // 2)
    kept = enlarged(root / (root + TOLERANCE) * (longest / (longest + MOVING**2)), motion.mask.shape[-2:])
    rest = 1 - time
    return torch.logit(torch.sigmoid(motion.mask).sub_(rest).mul_(kept).add_(rest), eps=1e-6)


def confidence(differs: Tensor) -> Tensor:
    """The weight of an estimate among several, in (0, 1] for each cell: the better its frames agree, the more."""
    return (1 + differs / SHARPNESS**2) ** -2


def enlarged(cells: Tensor, size: tuple[int, ...]) -> Tensor:
    """Cells (1, 1, rows, columns) at every pixel of (H, W), padding included; bilinear."""
    rows, columns = (-(-length // CELL) for length in size)
    padded = F.pad(cells, (0, columns - cells.shape[-1], 0, rows - cells.shape[-2]), mode="replicate")
    whole = F.interpolate(padded, scale_factor=CELL, mode="bilinear", align_corners=False)
    return whole[..., : size[0], : size[1]]


class MergedMotion:
    """Several estimates for one frame, merged as they come: each counts where its own warped frames agree.

    Flows and weights of frames are averaged, not pictures: what is drawn is as sharp as one picture is, in one pass.
    """

    def __init__(self) -> None:
        self._flow: Tensor | None = None
        self._mask: Tensor
        self._total: Tensor

    def add(self, motion: Motion, differs: Tensor) -> None:
        """Take in an estimate, with what `disagreement` says of it. All are of one size."""
        weight = enlarged(confidence(differs), motion.mask.shape[-2:])
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
    return F.avg_pool2d(F.pad(cells, (1, 1, 1, 1), mode="replicate"), 3, stride=1)


def _warped(cells: Tensor, flow: Tensor) -> Tensor:
    rows, columns = cells.shape[-2:]
    x = (torch.arange(columns, device=cells.device) + flow[:, 0]) * (2 / max(columns - 1, 1)) - 1
    y = (torch.arange(rows, device=cells.device)[:, None] + flow[:, 1]) * (2 / max(rows - 1, 1)) - 1
    return F.grid_sample(cells, torch.stack((x, y), dim=-1), mode="bilinear", padding_mode="border", align_corners=True)
