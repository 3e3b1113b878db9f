"""The kernels' convolutions, called with buffers."""

from __future__ import annotations

from ctypes import byref

import numpy as np
from numpy.typing import NDArray

from midframe.engines.cpu.buffers import PaddedBuffer
from midframe.engines.cpu.kernels.library import Kernels, address
from midframe.engines.cpu.selection import Tiles
from midframe.engines.cpu.weights import PackedConvolution


def strided(
    kernels: Kernels, layer: PackedConvolution, source: PaddedBuffer, target: PaddedBuffer, threads: int
) -> None:
    """3 × 3 with stride 2."""
    kernels.convolve_strided(
        byref(layer.struct),
        source.with_border,
        source.pitch,
        target.inside,
        target.pitch,
        target.height,
        target.width,
        threads,
    )


def winograd_strided(
    kernels: Kernels,
    layer: PackedConvolution,
    source: PaddedBuffer,
    target: PaddedBuffer,
    threads: int,
    tiles: Tiles | None = None,
) -> None:
    """`strided` in fewer multiplications, for layers of the kind "winograd strided"; at all tiles or at some."""
    kernels.winograd_strided(
        byref(layer.struct),
        source.with_border,
        source.pitch,
        target.inside,
        target.pitch,
        target.height,
        target.width,
        *((None, 0) if tiles is None else listed(tiles.numbers)),
        threads,
    )


def trunk(
    kernels: Kernels,
    layer: PackedConvolution,
    source: PaddedBuffer,
    target: PaddedBuffer,
    scratch: NDArray[np.float32],
    threads: int,
    skip: PaddedBuffer | None = None,
    tiles: Tiles | None = None,
) -> None:
    """3 × 3 with stride 1; `skip` is added after the activation. At all tiles or at some."""
    kernels.winograd(
        byref(layer.struct),
        source.with_border,
        source.pitch,
        target.inside,
        target.pitch,
        skip.inside if skip else None,
        source.height,
        source.width,
        *((None, 0) if tiles is None else listed(tiles.numbers)),
        address(scratch),
        threads,
    )


def winograd_corners(
    kernels: Kernels,
    layer: PackedConvolution,
    source: PaddedBuffer,
    target: NDArray[np.float32],
    threads: int,
    tiles: Tiles | None = None,
) -> None:
    """`corners` in fewer multiplications, for layers of the kind "winograd corners"; at all tiles or at some.

    Of tiles, those above and left of their pixels, and those on the edge.
    """
    rows, columns = target.shape[:2]
    kernels.winograd_corners(
        byref(layer.struct),
        source.with_border,
        source.pitch,
        address(target),
        columns,
        rows,
        columns,
        *((None, 0) if tiles is None else listed(tiles.numbers)),
        threads,
    )


def corners(
    kernels: Kernels, layer: PackedConvolution, source: PaddedBuffer, target: NDArray[np.float32], threads: int
) -> None:
    """2 × 2 over the corners between pixels, those on the edge included: (rows, columns, channels)."""
    rows, columns = target.shape[:2]
    kernels.convolve_corners(
        byref(layer.struct), source.with_border, source.pitch, address(target), columns, rows, columns, threads
    )


def clear(kernels: Kernels, buffer: PaddedBuffer, numbers: NDArray[np.int32]) -> None:
    """Make tiles zero."""
    kernels.clear_tiles(buffer.inside, buffer.pitch, buffer.channels, buffer.height, buffer.width, *listed(numbers))


def listed(numbers: NDArray[np.int32]) -> tuple[int, int]:
    """Address and length of numbers of tiles."""
    assert numbers.dtype == np.int32
    assert numbers.flags.c_contiguous
    return numbers.ctypes.data, numbers.size
