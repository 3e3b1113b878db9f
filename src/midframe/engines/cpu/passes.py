"""The kernels' convolutions, called with buffers."""

from __future__ import annotations

from ctypes import byref

from torch import Tensor

from midframe.engines.cpu.buffers import PaddedBuffer
from midframe.engines.cpu.kernels.library import Kernels, address
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


def trunk(
    kernels: Kernels,
    layer: PackedConvolution,
    source: PaddedBuffer,
    target: PaddedBuffer,
    scratch: Tensor,
    threads: int,
    skip: PaddedBuffer | None = None,
) -> None:
    """3 × 3 with stride 1; `skip` is added after the activation."""
    kernels.winograd(
        byref(layer.struct),
        source.with_border,
        source.pitch,
        target.inside,
        target.pitch,
        skip.inside if skip else None,
        source.height,
        source.width,
        address(scratch),
        threads,
    )


def winograd_corners(
    kernels: Kernels, layer: PackedConvolution, source: PaddedBuffer, target: Tensor, threads: int
) -> None:
    """`corners` in fewer multiplications, for layers of the kind "winograd corners"."""
    rows, columns = target.shape[:2]
    kernels.winograd_corners(
        byref(layer.struct), source.with_border, source.pitch, address(target), columns, rows, columns, threads
    )


def corners(kernels: Kernels, layer: PackedConvolution, source: PaddedBuffer, target: Tensor, threads: int) -> None:
    """2 × 2 over the corners between pixels, those on the edge included: (rows, columns, channels)."""
    rows, columns = target.shape[:2]
    kernels.convolve_corners(
        byref(layer.struct), source.with_border, source.pitch, address(target), columns, rows, columns, threads
    )
