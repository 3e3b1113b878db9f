"""What a measure is, and what it sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from midframe.evaluation.results import Metric

Picture = NDArray[np.float32]
"""(height, width, 3) R, G, B in [0, 1]: codes / 255 of 8-bit pictures, or what
`midframe.media.pixels.ViewTransform` makes of deeper samples."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """A frame that was drawn, the frame that was there, and both rows of frames one step earlier.

    Attributes:
        truth: The frame that was dropped.
        drawn: What stands in its place, rounded as a file of the source's kind holds it.
        truth_before: The source frame before `truth`.
        drawn_before: The frame before `drawn`: drawn as well, or kept, and then the same as `truth_before`.
    """

    truth: Picture
    drawn: Picture
    truth_before: Picture
    drawn_before: Picture

    def __post_init__(self) -> None:
        shapes = {each.shape for each in (self.truth, self.drawn, self.truth_before, self.drawn_before)}
        if len(shapes) > 1 or self.truth.ndim != 3 or self.truth.shape[2] != 3:
            raise ValueError(f"pictures to compare are all of one shape (height, width, 3), not {shapes}")


class Measure(Protocol):
    """Gives a frame a number. May be used from any thread."""

    @property
    def metric(self) -> Metric:
        """What the number is; `absent` says why there is none, and then `score` is not called."""
        ...

    def score(self, comparison: Comparison) -> float:
        """The number."""
        ...
