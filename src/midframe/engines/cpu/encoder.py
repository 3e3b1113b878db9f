"""Runs the image encoder with the CPU kernels, in strips: what lies between its layers never exists as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import byref

import numpy as np
from numpy.typing import NDArray

from midframe.engines.cpu import passes
from midframe.engines.cpu.buffers import WINOGRAD_TILE, EncoderBuffers
from midframe.engines.cpu.kernels.library import Kernels, address
from midframe.engines.cpu.weights import InputLayout, pack_encoder
from midframe.models.rife.spec import Spec

STRIP_PIXELS = 1 << 22
"""Pixels that a strip yields at most, about: 60 bytes each are what its layers take. Frames up to 1920×1080 are one."""

MARGIN_ROWS = 6 * WINOGRAD_TILE
"""Rows that a strip computes beyond what it yields, above and below. Eight would reach for right values; but in a
Winograd tile every row takes part in the rounding, and with three tiles a strip equals its part of the whole frame
bit by bit."""


class CpuEncoder:
    """From views to frames as blocks warp them: image and features side by side."""

    def __init__(self, spec: Spec, tensors: Mapping[str, NDArray[np.float32]], kernels: Kernels) -> None:
        self._kernels = kernels
        self._features = spec.features
        self._lanes = InputLayout.of(spec).lanes
        self._packed = pack_encoder(spec, tensors, kernels)
        self._buffers: EncoderBuffers | None = None

    def release(self) -> None:
        """Free the buffers."""
        self._buffers = None

    def run(self, view: NDArray[np.float32], frame: NDArray[np.float32], threads: int) -> None:
        """Encode one frame.

        Args:
            view: (rows, columns, 3), contiguous.
            frame: (height, width, lanes), with padding; overwritten.
            threads: Number of threads that the buffers were made for; `release` comes before a change.
        """
        height, width = frame.shape[:2]
        rows, columns = view.shape[:2]
        if self._packed is None:
            self._kernels.pad(
                view.ctypes.data, rows, columns, 3, address(frame), height, width, self._lanes, 0, threads
            )
            return
        strip, window = strip_sizes(height, width)
        if self._buffers is None or self._buffers.image.shape[:2] != (window + 2, width + 2):
            self._buffers = None
            self._buffers = EncoderBuffers.allocate(self._packed, window, width, self._kernels, threads)
        for top in range(0, height, strip):
            bottom = min(top + strip, height)
            first = min(max(top - MARGIN_ROWS, 0), height - window)
            self._encode_window(view[first:], threads)
            corners = self._buffers.corners
            # The kernel finds row y of a frame between rows of corners; strips begin on even rows of their windows.
            corner_row = (top - first) // 2
            self._kernels.pack_frame(
                view.ctypes.data + top * columns * 3 * 4,
                rows - top,
                columns,
                address(corners, corner_row * corners.shape[1] * corners.shape[2]),
                corners.shape[1],
                self._features,
                address(frame, top * width * self._lanes),
                bottom - top,
                width,
                self._lanes,
                threads,
            )

    def _encode_window(self, view: NDArray[np.float32], threads: int) -> None:
        """From the rows of `view` on to corners; rows that the view does not have are zeros."""
        packed, buffers, kernels = self._packed, self._buffers, self._kernels
        assert packed is not None
        assert buffers is not None
        image = buffers.image
        height, width = image.shape[0] - 2, image.shape[1] - 2
        kernels.pad(
            view.ctypes.data,
            min(view.shape[0], height),
            view.shape[1],
            3,
            address(image),
            height,
            width,
            3,
            1,
            threads,
        )
        current, other = buffers.layers
        kernels.convolve_strided(
            byref(packed.first.struct),
            address(image),
            width + 2,
            current.inside,
            current.pitch,
            current.height,
            current.width,
            threads,
        )
        for layer in packed.middle:
            passes.trunk(kernels, layer, current, other, buffers.scratch, threads)
            current, other = other, current
        passes.corners(kernels, packed.last, current, buffers.corners, threads)


def strip_sizes(height: int, width: int) -> tuple[int, int]:
    """Rows that a strip of a padded frame yields, and rows that are computed for it. All strips are alike."""
    strips = -(-height * width // STRIP_PIXELS)
    step = 2 * WINOGRAD_TILE
    strip = -(-height // (strips * step)) * step
    return strip, min(height, strip + 2 * MARGIN_ROWS)
