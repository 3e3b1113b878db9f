"""Memory of the fused engine: made once per frame size; what is not needed at the same time shares a place."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

from midframe.engines.cpu.allocation import zeros
from midframe.engines.cpu.kernels.library import Kernels, address
from midframe.engines.cpu.weights import PackedBlock, PackedEncoder

WINOGRAD_TILE = 4


class PaddedBuffer:
    """Pixels with channels last and a border of zeros, which no kernel ever writes to.

    The border is one pixel wide above and left, and reaches to whole Winograd tiles plus one below and right.

    Args:
        memory: Where the buffer is; its floats are unchanged (see `clear_border`). None to allocate zeros.

    Attributes:
        height: Rows without the border.
        width: Columns without the border.
        channels: Floats per pixel.
        pitch: Pixels from one row to the next.
    """

    def __init__(self, height: int, width: int, channels: int, memory: NDArray[np.float32] | None = None) -> None:
        self.height, self.width, self.channels = height, width, channels
        _, self.pitch, _ = shape = PaddedBuffer.shape(height, width, channels)
        self._pixels = zeros(*shape) if memory is None else memory[: prod(shape)].reshape(shape)

    @staticmethod
    def shape(height: int, width: int, channels: int) -> tuple[int, int, int]:
        """Rows, columns and channels with the border."""
        rows, columns = (-(-length // WINOGRAD_TILE) * WINOGRAD_TILE + 2 for length in (height, width))
        return rows, columns, channels

    @property
    def with_border(self) -> int:
        """Address of the corner of the border."""
        return address(self._pixels)

    @property
    def inside(self) -> int:
        """Address of the first pixel."""
        return address(self._pixels, (self.pitch + 1) * self.channels)

    @property
    def pixels(self) -> NDArray[np.float32]:
        """(height, width, channels), a view without the border."""
        return self._pixels[1 : self.height + 1, 1 : self.width + 1]

    def clear_border(self) -> None:
        """Make the border zero, for memory that held something else."""
        self._pixels[0] = 0
        self._pixels[self.height + 1 :] = 0
        self._pixels[:, 0] = 0
        self._pixels[:, self.width + 1 :] = 0


def halved(length: int) -> int:
    """Pixels along an axis after a convolution of stride 2."""
    return -(-length // 2)


def corner_counts(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of what a block yields for an input of height × width pixels."""
    rows, columns = (halved(halved(length)) for length in (height, width))
    return rows + 1, columns + 1


@dataclass(frozen=True)
class BlockSizes:
    """What one block needs between its input and its corners.

    Attributes:
        half: Shape after the first strided convolution.
        quarter: After the second one, and of every layer of the trunk.
    """

    half: tuple[int, int, int]
    quarter: tuple[int, int, int]

    @staticmethod
    def of(block: PackedBlock, height: int, width: int) -> BlockSizes:
        """Sizes for an input of height × width pixels."""
        half = halved(height), halved(width)
        quarter = halved(half[0]), halved(half[1])
        return BlockSizes((*half, block.first[0].outputs), (*quarter, block.first[1].outputs))

    @property
    def floats(self) -> int:
        """What `BlockBuffers` take: the trunk's layers lie where `half` was."""
        half, quarter = (prod(PaddedBuffer.shape(*shape)) for shape in (self.half, self.quarter))
        return max(half, 2 * quarter) + quarter


@dataclass(frozen=True, eq=False)
class BlockBuffers:
    """Buffers of one block while it runs, in memory that all blocks share.

    Attributes:
        half: After the first strided convolution; gone once `layers` are written to.
        quarter: After the second one, which is also what a skip needs.
        layers: The trunk's outputs, in turns.
    """

    half: PaddedBuffer
    quarter: PaddedBuffer
    layers: tuple[PaddedBuffer, PaddedBuffer]

    @staticmethod
    def place(sizes: BlockSizes, memory: NDArray[np.float32]) -> BlockBuffers:
        """Place them in at least `sizes.floats` floats."""
        step = prod(PaddedBuffer.shape(*sizes.quarter))
        layers = PaddedBuffer(*sizes.quarter, memory), PaddedBuffer(*sizes.quarter, memory[step:])
        quarter = PaddedBuffer(*sizes.quarter, memory[sizes.floats - step :])
        return BlockBuffers(PaddedBuffer(*sizes.half, memory), quarter, layers)


@dataclass(frozen=True, eq=False)
class EncoderBuffers:
    """Buffers of the encoder for a strip of rows."""

    image: NDArray[np.float32]
    layers: tuple[PaddedBuffer, PaddedBuffer]
    corners: NDArray[np.float32]
    scratch: NDArray[np.float32]

    @staticmethod
    def allocate(encoder: PackedEncoder, height: int, width: int, kernels: Kernels, threads: int) -> EncoderBuffers:
        """Buffers for strips of height × width pixels, padding included."""
        size = halved(height), halved(width)
        channels = encoder.first.outputs
        first, second = (PaddedBuffer(*size, channels) for _ in range(2))
        corners = zeros(size[0] + 1, size[1] + 1, encoder.last.outputs)
        scratch = zeros(kernels.winograd_scratch(channels, *size, False, threads))
        return EncoderBuffers(zeros(height + 2, width + 2, 3), (first, second), corners, scratch)
