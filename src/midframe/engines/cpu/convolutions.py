"""What runs a network's convolutions: the CPU kernels, or another device in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from midframe.engines.cpu.blocks import Work


class BlockRunner(Protocol):
    """Runs the convolutions of blocks."""

    def corner_channels(self, index: int) -> int:
        """Channels of the corners that block number `index` yields, padding included; see `Estimate` in motion.h."""
        ...

    def reserve(self, sizes: list[tuple[int, int, int]], threads: int) -> None:
        """Have the memory to run blocks.

        Args:
            sizes: Number of the block, rows and columns of its input, for all that will be run.
            threads: Number of threads.
        """
        ...

    def run(self, work: Work, corners: NDArray[np.float32]) -> None:
        """From a block's input to its corners, (rows, columns, channels), or at some tiles of both.

        Raises:
            OutOfMemoryError: The device or the host has no memory left.
            EngineError: The device failed.
        """
        ...

    def release(self) -> None:
        """Free all buffers."""
        ...


class EncoderRunner(Protocol):
    """Runs the image encoder; see `midframe.engines.cpu.encoder.CpuEncoder`."""

    def run(self, view: NDArray[np.float32], frame: NDArray[np.float32], threads: int) -> None:
        """Encode one frame.

        Raises:
            OutOfMemoryError: The device or the host has no memory left.
            EngineError: The device failed.
        """
        ...

    def release(self) -> None:
        """Free all buffers."""
        ...


@dataclass(frozen=True, eq=False)
class Convolutions:
    """Another device than the CPU for the convolutions. All that lies between them stays the work of the kernels.

    Attributes:
        blocks: Runs those of blocks.
        encoder: Runs those of the encoder.
        device: Name of the device.
        description: The device in words.
    """

    blocks: BlockRunner
    encoder: EncoderRunner
    device: str
    description: str
