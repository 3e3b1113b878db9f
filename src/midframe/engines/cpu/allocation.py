"""Large tensors for the fused engine: on huge pages where the system has them, and used again."""

from __future__ import annotations

import mmap
import weakref
from math import prod

import torch
from torch import Tensor

LARGE = 1 << 22
"""Bytes from which huge pages pay."""

SPARE_TENSORS = 2
"""Tensors that a pool keeps for later: those of two frames."""


def zeros(*shape: int) -> Tensor:
    """Float32 zeros.

    Warping reads all over a frame, and with ordinary pages every row of it costs another entry of the processor's
    page table cache; fresh ordinary pages also take longer to be had than many kernels take to fill them.
    """
    size = 4 * prod(shape)
    advice = getattr(mmap, "MADV_HUGEPAGE", None)
    if advice is None or size < LARGE:
        return torch.zeros(shape)
    memory = mmap.mmap(-1, size)
    memory.madvise(advice)
    # The tensor holds on to the mapping, which goes when the tensor does.
    return torch.frombuffer(memory, dtype=torch.float32).reshape(shape)


class Pool:
    """Tensors of dropped frames, for the frames to come. What it hands out holds old numbers."""

    def __init__(self) -> None:
        self._spare: list[Tensor] = []

    def take(self, *shape: int) -> Tensor:
        """A tensor of that shape; spare ones of other shapes than are asked for end up being freed."""
        for index, tensor in enumerate(self._spare):
            if tensor.shape == shape:
                return self._spare.pop(index)
        return zeros(*shape)

    def give_back_with(self, owner: object, *tensors: Tensor) -> None:
        """Take tensors back once their owner is gone."""
        weakref.finalize(owner, self._give_back, tensors)

    def clear(self) -> None:
        """Free the spare tensors."""
        self._spare.clear()

    def _give_back(self, tensors: tuple[Tensor, ...]) -> None:
        self._spare.extend(tensors)
        del self._spare[:-SPARE_TENSORS]
