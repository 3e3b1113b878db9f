"""The engine protocol: encode each frame once, estimate motion between two, draw with it.

To add an engine, write a class with these methods and add it to the contract suite (see CONTRIBUTING.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    # Loading torch takes seconds; who only speaks of engines, as the driver of a cluster does, need not wait for it.
    from torch import Tensor

Precision = Literal["exact", "fast"]
"""exact: float32 throughout. fast: convolutions in a shorter type where the device has one."""


@dataclass(frozen=True, eq=False)
class EngineFrame:
    """One frame as engines take it.

    Attributes:
        view: (height, width, 3) float32 in [0, 1], RGB: what flow and mask are estimated on.
        samples: (height, width, channels) float32 of any range, finite or not: what is warped and blended. Engines
            may hold on to them instead of a copy, so nobody writes to them afterwards.
    """

    view: NDArray[np.float32]
    samples: NDArray[np.float32]

    def __post_init__(self) -> None:
        if self.view.ndim != 3 or self.view.shape[2] != 3 or self.view.dtype != np.float32:
            raise ValueError(f"a view is (height, width, 3) float32, not {self.view.shape} {self.view.dtype}")
        if self.samples.shape[:2] != self.view.shape[:2] or self.samples.dtype != np.float32:
            raise ValueError(f"samples {self.samples.shape} {self.samples.dtype} do not fit view {self.view.shape}")


@dataclass(frozen=True, eq=False)
class Motion:
    """Where the pixels of one frame between two others come from.

    Attributes:
        flow: (1, 4, H, W) float32: x and y offsets in pixels to frame 0, then to frame 1. H and W are the frame's, or
            larger by its padding.
        mask: (1, 1, H, W) float32: logit of the weight of frame 0.
    """

    flow: Tensor
    mask: Tensor


class WeightedMotion(NamedTuple):
    """A motion as it enters an average: its share, and what its two halves are multiplied by first."""

    motion: Motion
    weight: float
    left_gain: float
    right_gain: float


def average_motion(parts: Sequence[WeightedMotion]) -> Motion:
    """Weighted mean of flows (each half multiplied by its gain) and of mask logits. Weights add up to 1."""
    flow, mask = (each.new_zeros(each.shape) for each in (parts[0].motion.flow, parts[0].motion.mask))
    for motion, weight, left_gain, right_gain in parts:
        flow[:, 0:2] += motion.flow[:, 0:2] * (weight * left_gain)
        flow[:, 2:4] += motion.flow[:, 2:4] * (weight * right_gain)
        mask += motion.mask * weight
    return Motion(flow, mask)


Encoded = TypeVar("Encoded")


class Engine(Protocol, Generic[Encoded]):
    """Runs one network on one device. Not thread-safe: one thread uses it at a time.

    `Encoded` is whatever the engine makes of a frame; callers keep it for as long as they need it and pass it
    back. Both frames of a call have the same size and number of channels.

    Attributes:
        strips: 1, or into how many horizontal strips full-resolution work is cut to save memory. Flow and mask are
            estimated for the whole frame in any case, so there are no seams: the result is the same within 1e-4 of
            the frames' range. It may be set at any time, and frames that were encoded before stay valid.
    """

    strips: int

    @property
    def device_name(self) -> str:
        """The device in words, such as "cpu (2 threads)"."""
        ...

    def encode(self, frame: EngineFrame) -> Encoded:
        """Prepare a frame; the work that depends on this frame alone is done here, once."""
        ...

    def between(self, left: Encoded, right: Encoded, times: Sequence[float]) -> Sequence[NDArray[np.float32]]:
        """Draw the frames at `times` in (0, 1).

        Returns:
            For each time, (height, width, channels) float32 in the range of the frames' samples.

        Raises:
            OutOfMemoryError: The device or the host ran out of memory.
            EngineError: The device failed.
        """
        ...

    def release(self) -> None:
        """Free what is kept for speed alone; the next call makes it again. Encoded frames stay valid."""
        ...

    def motion(self, left: Encoded, right: Encoded, time: float) -> Motion:
        """Estimate motion for the frame at `time` in (0, 1), without drawing it.

        Raises:
            OutOfMemoryError: The device or the host ran out of memory.
            EngineError: The device failed.
        """
        ...

    def draw(self, left: Encoded, right: Encoded, motion: Motion) -> NDArray[np.float32]:
        """Warp and blend the frames' samples: (height, width, channels) float32.

        Raises:
            OutOfMemoryError: The device or the host ran out of memory.
            EngineError: The device failed.
        """
        ...
