"""Memory of the fused engine: everything large is allocated once per frame size."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from midframe.engine.cpu.kernels.library import Kernels, address
from midframe.engine.cpu.memory import zeros
from midframe.engine.cpu.weights import PackedBlock, PackedEncoder

WINOGRAD_TILE = 4


class Picture:
    """Pixels with channels last and a border of zeros, which no kernel ever writes to.

    The border is one pixel wide above and left, and reaches to whole Winograd tiles plus one below and right.

    Attributes:
        height: Rows without the border.
        width: Columns without the border.
        channels: Floats per pixel.
        pitch: Pixels from one row to the next.
    """

    def __init__(self, height: int, width: int, channels: int) -> None:
        self.height, self.width, self.channels = height, width, channels
        rows, self.pitch = (-(-length // WINOGRAD_TILE) * WINOGRAD_TILE + 2 for length in (height, width))
        self._pixels = zeros(rows, self.pitch, channels)

    @property
    def with_border(self) -> int:
        """Address of the corner of the border."""
        return address(self._pixels)

    @property
    def inside(self) -> int:
        """Address of the first pixel."""
        return address(self._pixels, (self.pitch + 1) * self.channels)

    @property
    def pixels(self) -> Tensor:
        """(height, width, channels), a view without the border."""
        return self._pixels[1 : self.height + 1, 1 : self.width + 1]


def halved(length: int) -> int:
    """Pixels along an axis after a convolution of stride 2."""
    return -(-length // 2)


@dataclass(frozen=True, eq=False)
class BlockBuffers:
    """Of one block at one input size.

    Attributes:
        half: After the first strided convolution.
        quarter: After the second one, which is also what a skip needs.
        layers: The trunk's outputs, in turns.
        corners: (rows, columns, channels): the block's output.
        scratch: For the trunk.
    """

    half: Picture
    quarter: Picture
    layers: tuple[Picture, Picture]
    corners: Tensor
    scratch: Tensor

    @staticmethod
    def allocate(block: PackedBlock, height: int, width: int, kernels: Kernels, threads: int) -> BlockBuffers:
        """For an input of height × width pixels."""
        half = Picture(halved(height), halved(width), block.first[0].outputs)
        size = halved(half.height), halved(half.width)
        channels = block.first[1].outputs
        quarter, first, second = (Picture(*size, channels) for _ in range(3))
        corners = zeros(size[0] + 1, size[1] + 1, block.last.outputs)
        scratch = zeros(kernels.winograd_scratch(channels, *size, threads))
        return BlockBuffers(half, quarter, (first, second), corners, scratch)


@dataclass(frozen=True, eq=False)
class EncoderBuffers:
    """Of the encoder at one frame size."""

    image: Tensor
    layers: tuple[Picture, Picture]
    corners: Tensor
    scratch: Tensor

    @staticmethod
    def allocate(encoder: PackedEncoder, height: int, width: int, kernels: Kernels, threads: int) -> EncoderBuffers:
        """For frames of height × width pixels, padding included."""
        size = halved(height), halved(width)
        channels = encoder.first.outputs
        first, second = (Picture(*size, channels) for _ in range(2))
        corners = zeros(size[0] + 1, size[1] + 1, encoder.last.outputs)
        scratch = zeros(kernels.winograd_scratch(channels, *size, threads))
        return EncoderBuffers(zeros(height + 2, width + 2, 3), (first, second), corners, scratch)
