"""Bilinear resampling without the pixels that are not read.

Two identities make a block's input cheap (docs/cpu-engine.md has the proofs). All factors are powers of two, resizing
is bilinear without antialiasing, and pixel areas are aligned:

1. Enlarging by ``a`` and then shrinking by ``b < a`` equals enlarging by ``a / b``.
2. Shrinking by ``b`` reads only the central 2 × 2 pixels of every b × b cell, and takes their mean.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Plane(NamedTuple):
    """Planes that stand for an enlargement of themselves.

    Attributes:
        values: (N, C, h, w) at 1/factor of full resolution.
        factor: How much they are to be enlarged, 1 or more.
    """

    values: Tensor
    factor: float


class Taps(NamedTuple):
    """Where an enlargement reads along one axis: two source indices for each position, and the second one's weight."""

    first: Tensor
    second: Tensor
    weight: Tensor


def sample_positions(length: int, scale: float, device: torch.device) -> Tensor:
    """Full-resolution indices that a shrink by `scale` reads along one axis, in order.

    Returns:
        (2 · length / scale,) int64; for scale 1 (no shrink) every index once.
    """
    if scale == 1:
        return torch.arange(length, device=device)
    cell = int(scale)
    first = torch.arange(cell // 2 - 1, length - length % cell, cell, device=device)
    return torch.stack((first, first + 1), dim=1).flatten()


def enlargement_taps(positions: Tensor, factor: float, length: int) -> Taps:
    """Taps that yield the pixels at `positions` of an axis of `length` values enlarged by `factor`."""
    source = ((positions.float() + 0.5) / factor - 0.5).clamp_min(0.0)
    first = source.long().clamp_max(length - 1)
    return Taps(first, (first + 1).clamp_max(length - 1), source - first)


class Grid(NamedTuple):
    """The full-resolution pixels that a shrink by `scale` reads, on frames of one size.

    Attributes:
        rows: Their indices, ascending.
        columns: The same for columns.
        whole: (height, width) of the frame where those are all pixels, else None.
    """

    rows: Tensor
    columns: Tensor
    whole: tuple[int, int] | None

    @staticmethod
    def of(height: int, width: int, scale: float, device: torch.device) -> Grid:
        """The pixels for a block at 1/scale; `scale` is at least 1."""
        return Grid(
            sample_positions(height, scale, device),
            sample_positions(width, scale, device),
            (height, width) if scale <= 2 else None,
        )


def enlarged_at(plane: Plane, grid: Grid) -> Tensor:
    """The pixels of `grid` of the enlargement of `plane`, without computing any other: (N, C, rows, columns)."""
    values = plane.values
    if grid.whole:
        if plane.factor != 1:
            values = F.interpolate(values, scale_factor=plane.factor, mode="bilinear", align_corners=False)
        return values[..., : grid.whole[0], : grid.whole[1]]
    down = enlargement_taps(grid.rows, plane.factor, values.shape[2])
    across = enlargement_taps(grid.columns, plane.factor, values.shape[3])
    upper, lower = values.index_select(2, down.first), values.index_select(2, down.second)
    lines = torch.lerp(upper, lower, down.weight.to(values.dtype)[:, None])
    left, right = lines.index_select(3, across.first), lines.index_select(3, across.second)
    return torch.lerp(left, right, across.weight.to(values.dtype))


def sum_at(planes: list[Plane], grid: Grid) -> Tensor:
    """Sum of enlargements at the pixels of `grid`."""
    total = enlarged_at(planes[0], grid)
    for plane in planes[1:]:
        total = total + enlarged_at(plane, grid)
    return total


def shrunk(plane: Plane, scale: float, height: int, width: int) -> Tensor:
    """An enlargement shrunk again by `scale`, by identity 1.

    Args:
        plane: Its factor must be larger than `scale`, or both 1.
        scale: At least 1.
        height: Rows at full resolution.
        width: Columns at full resolution.

    Returns:
        (N, C, height / scale, width / scale).
    """
    values = plane.values
    if plane.factor != scale:
        values = F.interpolate(values, scale_factor=plane.factor / scale, mode="bilinear", align_corners=False)
    return values[..., : int(height / scale), : int(width / scale)]


def cell_means(samples: Tensor, scale: float) -> Tensor:
    """Means of the 2 × 2 samples of every cell (identity 2); at scale 1 the samples are the pixels."""
    return samples if scale == 1 else F.avg_pool2d(samples, 2)


def warp_at(image: Tensor, flow: Tensor, grid: Grid) -> Tensor:
    """`midframe.models.rife.network.warp`, at the pixels of `grid` only.

    Args:
        image: (N, C, H, W), full resolution.
        flow: (N, 2, rows, columns), in pixels.
        grid: The pixels.

    Returns:
        (N, C, rows, columns), float32.
    """
    height, width = image.shape[-2:]
    across, down = max(width - 1, 1) / 2, max(height - 1, 1) / 2
    x = (grid.columns.float() + flow[:, 0].float()) / across - 1
    y = (grid.rows.float()[:, None] + flow[:, 1].float()) / down - 1
    positions = torch.stack((x, y), dim=-1).clamp(-1.0, 1.0)
    return F.grid_sample(image.float(), positions, mode="bilinear", padding_mode="zeros", align_corners=True)
