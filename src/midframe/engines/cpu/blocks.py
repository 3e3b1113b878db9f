"""Runs the convolutions of blocks with the CPU kernels: packed weights, and memory that all blocks share."""

from __future__ import annotations

from ctypes import byref
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from midframe.engines.cpu import passes
from midframe.engines.cpu.allocation import zeros
from midframe.engines.cpu.buffers import BlockBuffers, BlockSizes, PaddedBuffer
from midframe.engines.cpu.kernels.library import BlockInputStruct, Kernels, address
from midframe.engines.cpu.selection import Tiles
from midframe.engines.cpu.weights import InputLayout, pack_blocks
from midframe.models.rife.architecture import RifeModel


@dataclass(frozen=True, eq=False)
class Work:
    """One run of a block.

    Attributes:
        index: Number of the block.
        input: What its input is built of.
        scale: Full resolution / resolution of the input.
        size: Rows and columns of the input.
        threads: Number of threads.
        tiles: Where the block is computed; None for everywhere.
    """

    index: int
    input: BlockInputStruct
    scale: float
    size: tuple[int, int]
    threads: int
    tiles: Tiles | None = None


class CpuBlocks:
    """See `midframe.engines.cpu.convolutions.BlockRunner`.

    Args:
        model: The model.
        kernels: What runs it.
        selects: Whether blocks may be computed at some tiles.
    """

    def __init__(self, model: RifeModel, kernels: Kernels, *, selects: bool = False) -> None:
        self._kernels = kernels
        self._layout = InputLayout.of(model.spec)
        self._packed = pack_blocks(model.spec, model.tensors, kernels)
        self._blocks = self._packed.blocks
        self._selects = selects
        self._memory: NDArray[np.float32] | None = None
        self._scratch: NDArray[np.float32] | None = None

    def release(self) -> None:
        """Free all buffers."""
        self._memory = self._scratch = None

    def corner_channels(self, index: int) -> int:
        """Channels of a block's corners."""
        return self._blocks[index].last.outputs

    def reserve(self, sizes: list[tuple[int, int, int]], threads: int) -> None:
        """Have the memory that all blocks share."""
        if self._memory is not None:
            return
        each = [BlockSizes.of(self._blocks[index], height, width) for index, height, width in sizes]
        self._memory = zeros(max(size.floats for size in each))
        self._scratch = zeros(
            max(
                self._kernels.winograd_scratch(size.quarter[2], *size.quarter[:2], self._selects, threads)
                for size in each
            )
        )

    def run(self, work: Work, corners: NDArray[np.float32]) -> None:
        """From a block's input to its corners, or at some tiles of both."""
        kernels, threads, tiles, block = self._kernels, work.threads, work.tiles, self._blocks[work.index]
        assert self._memory is not None
        assert self._scratch is not None
        buffers = BlockBuffers.place(BlockSizes.of(block, *work.size), self._memory)
        first, second = block.first
        half, quarter = buffers.half, buffers.quarter
        half.clear_border()
        if work.scale < 1:
            enlarged = PaddedBuffer(*work.size, work.input.channels)
            build_input(kernels, self._layout, work, enlarged.inside, enlarged.pitch)
            passes.strided(kernels, first, enlarged, half, threads)
        elif tiles is None:
            kernels.first_layer(byref(work.input), byref(first.struct), half.inside, half.pitch, threads)
        else:
            kernels.first_layer_tiles(
                byref(work.input), byref(first.struct), half.inside, half.pitch, *passes.listed(tiles.numbers), threads
            )
        quarter.clear_border()
        passes.winograd_strided(kernels, second, half, quarter, threads, tiles)
        for layer_buffer in buffers.layers:
            layer_buffer.clear_border()
        if tiles is not None:
            for layer_buffer in (quarter, *buffers.layers):
                passes.clear(kernels, layer_buffer, tiles.around)
        current = quarter
        for number, layer in enumerate(block.trunk):
            target = buffers.layers[number % 2]
            skip = quarter if block.skip and number == len(block.trunk) - 1 else None
            passes.trunk(kernels, layer, current, target, self._scratch, threads, skip, tiles)
            current = target
        passes.winograd_corners(kernels, block.last, current, corners, threads, tiles)


def build_input(kernels: Kernels, layout: InputLayout, work: Work, target: int, pitch: int) -> None:
    """Build a block's input.

    Args:
        kernels: What builds it.
        layout: Its layout.
        work: What it is built of, and how large it is.
        target: Address of its first pixel.
        pitch: Pixels from one row to the next.
    """
    struct, threads = work.input, work.threads
    if work.scale >= 1:
        kernels.block_input(byref(struct), target, pitch, threads)
        return
    # A block that works above full resolution: its input is built there, and enlarged.
    pixels = np.empty((struct.height, struct.width, struct.channels), np.float32)
    kernels.block_input(byref(struct), address(pixels), struct.width, threads)
    factor = round(1 / work.scale)
    pixels[:, :, layout.flow : layout.flow + 4] *= factor
    kernels.enlarge(address(pixels), *pixels.shape, factor, target, pitch, threads)
