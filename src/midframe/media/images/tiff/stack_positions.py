"""Where the frames of an output stack stand among those of the stack that it is made from."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor


@dataclass(frozen=True)
class StackPositions:
    """From numbers of output frames to source frames.

    Attributes:
        frames: Frames of the source.
        first: Number of the source frame that output frame 0 is.
        step: Distance of output frames relative to that of source frames.
    """

    frames: int
    first: int
    step: Fraction

    def at(self, number: int) -> tuple[int, Fraction]:
        """The source frame at or before an output frame, and how far after it that stands, in [0, 1)."""
        position = self.first + number * self.step
        left = floor(position)
        # What is held at the end, or goes back to the first frame, says what the last one says.
        return (left, position - left) if left < self.frames - 1 else (self.frames - 1, Fraction(0))
