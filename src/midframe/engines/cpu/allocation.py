"""Large arrays for the fused engine: on huge pages where the system has them, and used again."""

from __future__ import annotations

import mmap
import weakref
from math import prod

import numpy as np
from numpy.typing import NDArray

LARGE = 1 << 22
"""Bytes from which huge pages pay."""

SPARE_ARRAYS = 2
"""Arrays that a pool keeps for later: those of two frames."""


def zeros(*shape: int) -> NDArray[np.float32]:
    """Float32 zeros.

    Warping reads all over a frame, and with ordinary pages every row of it costs another entry of the processor's
    page table cache; fresh ordinary pages also take longer to allocate than many kernels take to fill them.
    """
    size = 4 * prod(shape)
    advice = getattr(mmap, "MADV_HUGEPAGE", None)
    if advice is None or size < LARGE:
        return np.zeros(shape, np.float32)
    memory = mmap.mmap(-1, size)
    memory.madvise(advice)
    # The array holds on to the mapping, which goes when the array does.
    return np.frombuffer(memory, np.float32).reshape(shape)


class Pool:
    """Arrays of dropped frames, for the frames to come. What it hands out holds old numbers."""

    def __init__(self) -> None:
        self._spare: list[NDArray[np.float32]] = []

    def take(self, *shape: int) -> NDArray[np.float32]:
        """An array of that shape; spare ones of other shapes than are asked for end up being freed."""
        for index, array in enumerate(self._spare):
            if array.shape == shape:
                return self._spare.pop(index)
        return zeros(*shape)

    def give_back_with(self, owner: object, *arrays: NDArray[np.float32]) -> None:
        """Take arrays back once their owner no longer exists."""
        weakref.finalize(owner, self._give_back, arrays)

    def clear(self) -> None:
        """Free the spare arrays."""
        self._spare.clear()

    def _give_back(self, arrays: tuple[NDArray[np.float32], ...]) -> None:
        self._spare.extend(arrays)
        del self._spare[:-SPARE_ARRAYS]
