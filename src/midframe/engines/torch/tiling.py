"""Full-resolution work in horizontal strips, for torch.

Nothing here has seams: every pixel is computed from the same numbers as without strips. Warping reads the whole
frame, wherever a flow leads; the encoder gets a margin as wide as its convolutions reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from midframe.engines.torch.resampling import Grid

ENCODER_REACH = 8
"""Rows: three convolutions at half resolution and a transposed one see so far."""


def strip_bounds(rows: int, strips: int, multiple: int = 1) -> Iterator[tuple[int, int]]:
    """First row of each strip, and the one after its last; all but the last strip have a multiple of `multiple` rows.

    There are no more strips than rows allow.
    """
    step = -(-rows // (strips * multiple)) * multiple
    for first in range(0, rows, step):
        yield first, min(first + step, rows)


def row_grid(first: int, last: int, width: int, device: torch.device) -> Grid:
    """Every pixel of some rows."""
    return Grid(torch.arange(first, last, device=device), torch.arange(width, device=device), None)


def warp_rows(image: Tensor, flow: Tensor, first: int) -> Tensor:
    """`midframe.models.rife.network.warp` for some rows: the same numbers as those of the whole result.

    Args:
        image: (N, C, H, W), without padding: beyond it, the nearest pixel counts.
        flow: (N, 2, rows, W) in pixels.
        first: The frame's row that flow begins with.

    Returns:
        (N, C, rows, W), float32.
    """
    height, width = image.shape[-2:]
    rows = flow.shape[-2]
    x = torch.linspace(-1.0, 1.0, width, device=image.device, dtype=torch.float32)
    y = torch.linspace(-1.0, 1.0, height, device=image.device, dtype=torch.float32)[first : first + rows].unsqueeze(1)
    grid = torch.stack(
        (x + flow[:, 0].float() / (max(width - 1, 1) / 2), y + flow[:, 1].float() / (max(height - 1, 1) / 2)), dim=-1
    ).clamp_(-1.0, 1.0)
    return F.grid_sample(image.float(), grid, mode="bilinear", padding_mode="zeros", align_corners=True)


def features_in_strips(encode: Callable[[Tensor], Tensor], image: Tensor, strips: int) -> Tensor:
    """What an encoder yields for (N, 3, H, W), strip by strip; H is even."""
    if strips == 1:
        return encode(image)
    height = image.shape[2]
    parts = []
    for first, last in strip_bounds(height, strips, ENCODER_REACH):
        begin, end = max(first - ENCODER_REACH, 0), min(last + ENCODER_REACH, height)
        parts.append(encode(image[:, :, begin:end])[:, :, first - begin : last - begin])
    return torch.cat(parts, dim=2)
