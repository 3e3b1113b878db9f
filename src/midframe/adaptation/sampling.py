"""Training batches: crops of patches, turned around in time and space."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from midframe.adaptation.patches import Patch, floats, halved

CROP_SIZE = 192
"""Side of a training crop in pixels."""

NEAR_SHARE = 0.5
"""Of the batches: patches at half the size, where what moves moves as far as between neighbouring frames."""


def crop_size(patches: Sequence[Patch], multiple: int, shrunk: int = 1) -> tuple[int, int]:
    """Height and width of the crops that all patches have room for, in multiples of what the network needs.

    Smaller patches than one multiple give crops of their own size, which is then padded.

    Args:
        patches: At least one.
        multiple: Sides of frames that the network takes without padding.
        shrunk: How many times smaller the patches will be.
    """
    sides = [min(CROP_SIZE, *(patch.size[axis] // shrunk for patch in patches)) for axis in (0, 1)]
    height, width = (side - side % multiple if side > multiple else side for side in sides)
    return height, width


class Sampler:
    """Draws batches of training crops, the same ones for the same seed."""

    def __init__(self, patches: Sequence[Patch], multiple: int, batch: int, rng: np.random.Generator) -> None:
        """Choose.

        Args:
            patches: At least one.
            multiple: See `crop_size`.
            batch: Crops in a batch.
            rng: Decides.
        """
        self._patches = patches
        self._crop = crop_size(patches, multiple)
        self._near_crop = crop_size(patches, multiple, 2)
        self._batch = batch
        self._rng = rng

    def batch(self) -> NDArray[np.float32]:
        """(3, batch, height, width, 3) in [0, 1]: left, middle and right frames."""
        near = bool(self._rng.random() < NEAR_SHARE)
        return np.stack([self._sample(near) for _ in range(self._batch)], axis=1)

    def _sample(self, near: bool) -> NDArray[np.float32]:
        """(3, height, width, 3): reversed in time, mirrored and turned upside down by the toss of a coin each."""
        rng = self._rng
        planes = floats(self._patches[int(rng.integers(len(self._patches)))].planes)
        crop = self._crop
        if near:
            planes, crop = halved(planes), self._near_crop
        top, left = (int(rng.integers(size - side + 1)) for size, side in zip(planes.shape[1:3], crop, strict=True))
        planes = planes[:, top : top + crop[0], left : left + crop[1]]
        for axis in range(3):
            if rng.random() < 0.5:
                planes = np.flip(planes, axis)
        return planes
