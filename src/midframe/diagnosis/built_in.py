"""Two frames and a set of weights, computed from integers alone: the same on every machine and with every numpy."""

from __future__ import annotations

import math
import zlib

import numpy as np
from numpy.typing import NDArray

from midframe.engines.protocols import EngineFrame
from midframe.models.rife.architecture import RifeModel
from midframe.models.rife.spec import spec_for_version

HEIGHT, WIDTH = 48, 64

_CELLS = (16, 8, 4)
"""Pixels between the values of noise that a surface is the sum of."""

_RADIUS = 11


def built_in_frame(number: int) -> EngineFrame:
    """Frame 0 or 1 of a scene of 8 bits: a textured disk moves to the right before a surface that moves to the left."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(np.int64)
    centre = 24 + 6 * number
    disk = (rows - 22) ** 2 + (columns - centre) ** 2 <= _RADIUS**2
    planes = []
    for channel in range(3):
        behind = 40 + _surface(rows, columns + 3 * number, 10 + channel) // 2
        before = 90 + _surface(rows, columns + 64 - 6 * number, 20 + channel) * 5 // 8
        planes.append(np.where(disk, before, behind).astype(np.uint8))
    view = np.stack(planes, -1).astype(np.float32) / np.float32(255)
    return EngineFrame(view, view)


def built_in_model() -> RifeModel:
    """The network of RIFE 4.25 with weights of noise."""
    spec = spec_for_version("4.25")
    return RifeModel(spec, {key: _tensor(key, shape) for key, shape in spec.state_shapes().items()})


def _surface(rows: NDArray[np.int64], columns: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """Values in 0 … 255 that vary smoothly."""
    total = np.zeros_like(rows)
    for octave, cell in enumerate(_CELLS):
        (top, down), (left, across) = np.divmod(rows, cell), np.divmod(columns, cell)
        corners = [
            [_scrambled((top + y) * 4099 + left + x, seed * 8 + octave).astype(np.int64) >> 24 for x in (0, 1)]
            for y in (0, 1)
        ]
        upper, lower = (row[0] * (cell - across) + row[1] * across for row in corners)
        total += (upper * (cell - down) + lower * down) // cell**2 >> octave
    return total * 4 // 7


def _tensor(key: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Weights that keep what passes through all layers of the order of 1."""
    noise = _scrambled(np.arange(math.prod(shape)), zlib.crc32(key.encode())) / 2.0**31 - 1
    if key.endswith("beta"):
        noise = 1 + noise / 8
    elif key.endswith("bias"):
        noise = noise / 32
    else:
        noise = noise * (1.25 / math.sqrt(math.prod(shape[1:])))
    return noise.reshape(shape).astype(np.float32)


def _scrambled(numbers: NDArray[np.integer], seed: int) -> NDArray[np.uint32]:
    """Numbers as evenly distributed ones in 0 … 2³² − 1, which differ with the seed."""
    mixed = numbers.astype(np.uint64) + np.uint64(seed * 2654435761 % 2**32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        mixed = (mixed ^ mixed >> np.uint64(shift)) * np.uint64(factor) % np.uint64(2**32)
    return (mixed ^ mixed >> np.uint64(16)).astype(np.uint32)
