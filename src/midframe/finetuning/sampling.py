"""Training batches: random crops of patches, flipped at random in time and space."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from midframe.finetuning.patches import Patch, decode_view

CROP_SIZE = 192
"""Side of a training crop in pixels."""


def crop_size(patches: Sequence[Patch], multiple: int) -> tuple[int, int]:
    """Height and width of crops that fit into all patches, in multiples of what the network needs.

    Patches smaller than one multiple give crops of their own size, which are padded later.
    """
    sides = [min(CROP_SIZE, *(patch.size[axis] for patch in patches)) for axis in (0, 1)]
    height, width = (side - side % multiple if side > multiple else side for side in sides)
    return height, width


class BatchSampler:
    """Samples batches of training crops; equal seeds give equal batches.

    Args:
        patches: At least one patch.
        crop: Height and width of a crop, from `crop_size`.
        batch: Crops in a batch.
        rng: Source of the random choices.
    """

    def __init__(self, patches: Sequence[Patch], crop: tuple[int, int], batch: int, rng: np.random.Generator) -> None:
        self._patches = patches
        self._crop = crop
        self._batch = batch
        self._rng = rng

    def batch(self) -> NDArray[np.float32]:
        """A batch (3, batch, height, width, 3) in [0, 1]: left, middle and right frames."""
        return np.stack([self._sample() for _ in range(self._batch)], axis=1)

    def _sample(self) -> NDArray[np.float32]:
        """A crop (3, height, width, 3), with even chances reversed in time, mirrored and turned upside down."""
        rng = self._rng
        patch = self._patches[int(rng.integers(len(self._patches)))]
        top, left = (int(rng.integers(size - crop + 1)) for size, crop in zip(patch.size, self._crop, strict=True))
        planes = patch.planes[:, top : top + self._crop[0], left : left + self._crop[1]]
        for axis in range(3):
            if rng.random() < 0.5:
                planes = np.flip(planes, axis)
        return decode_view(planes)
