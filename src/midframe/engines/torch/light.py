"""Changes of light between two frames by cells, and what differs besides, as torch operations.

`midframe.engines.agreement` has the rule and its numbers.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from midframe.engines.agreement import LEAST_CONTRAST, LIGHT, TOLERANCE

TINY = 1e-12
"""Keeps a root differentiable."""


class Light(NamedTuple):
    """The light around each cell of a frame.

    Attributes:
        mean: (N, 3, rows, columns).
        contrast: (N, 1, rows, columns): deviation from the mean, at least `LEAST_CONTRAST`.
    """

    mean: Tensor
    contrast: Tensor


def light_around(cells: Tensor, inside: Tensor) -> Light:
    """The light around each cell.

    Args:
        cells: (N, 3, rows, columns).
        inside: (N, 1, rows, columns): 1 for cells that count, 0 for others.
    """
    count = around(inside, LIGHT, operator.add).clamp_min(1)
    mean = around(cells * inside, LIGHT, operator.add) / count
    squares = around(cells.square().mean(dim=1, keepdim=True) * inside, LIGHT, operator.add) / count
    variance = (squares - mean.square().mean(dim=1, keepdim=True)).clamp_min(0)
    return Light(mean, (variance + LEAST_CONTRAST**2).sqrt())


def change_of_light(left: Light, right: Light) -> Tensor:
    """How far two frames' light differs: 0 up to `TOLERANCE`, 1 from twice that on; (N, 1, rows, columns)."""
    means = ((left.mean - right.mean).square().mean(dim=1, keepdim=True) + TINY).sqrt()
    return ((means + (left.contrast - right.contrast).abs()) / TOLERANCE - 1).clamp(0, 1)


def least_contrast(left: Light, right: Light) -> Tensor:
    """That of the frame that has less: (N, 1, rows, columns)."""
    return torch.minimum(left.contrast, right.contrast)


def difference_in_one_light(cells: tuple[Tensor, Tensor], lights: tuple[Light, Light], change: Tensor) -> Tensor:
    """Left minus right; where light changed, what remains when both have one mean and the lesser contrast.

    Args:
        cells: Of the left and of the right frame, (N, 3, rows, columns).
        lights: The light around them.
        change: From `change_of_light`.
    """
    least = least_contrast(*lights)
    left, right = ((frame - light.mean) * (least / light.contrast) for frame, light in zip(cells, lights, strict=True))
    plain = cells[0] - cells[1]
    return plain + change * (left - right - plain)


def around(cells: Tensor, width: int, combine: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """All cells in windows of width × width, combined; windows reach beyond the border, where its cells repeat."""
    margin = width // 2
    padded = F.pad(cells, (margin, margin, margin, margin), mode="replicate")
    lines = functools.reduce(combine, (padded[..., first : first + cells.shape[-2], :] for first in range(width)))
    return functools.reduce(combine, (lines[..., first : first + cells.shape[-1]] for first in range(width)))
