"""What an evaluation asks of a method: a model, or a baseline that it is compared with.

To add one, write a class with the members of `Method`, name it in `midframe.evaluation.methods.factory`, and add it to
the contract suite, tests/contract/test_methods.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from midframe.evaluation.intervals import Interval
from midframe.evaluation.results import MethodInfo
from midframe.media.pixels import ViewSamples


class Method(Protocol):
    """Interpolates dropped frames. Used from one thread, for the intervals of one source in order."""

    @property
    def info(self) -> MethodInfo:
        """Its name and settings."""
        ...

    def warm_up(self, interval: Interval) -> None:
        """Do what is only slow the first time. It is not timed; `interpolate` gets the same interval next."""
        ...

    def interpolate(self, interval: Interval) -> Sequence[ViewSamples]:
        """A view for each of the interval's times, rounded as a file of the source's kind holds it.

        Empty for an interval that it cannot interpolate, such as the last one for a method that looks ahead.

        Raises:
            MidframeError: It failed.
        """
        ...

    def motion(self, interval: Interval, number: int) -> NDArray[np.float32] | None:
        """Where the pixels of an interpolated frame come from.

        Args:
            interval: The one that was interpolated last.
            number: Position of the frame's time in the interval.

        Returns:
            (height, width, 2) offsets to the left frame in pixels, x then y; None for a method without motion.
        """
        ...

    def close(self) -> None:
        """Free its memory."""
        ...


class Baseline:
    """What methods without a network have in common."""

    info: MethodInfo

    def warm_up(self, interval: Interval) -> None:
        """Nothing is slow the first time."""

    def motion(self, interval: Interval, number: int) -> NDArray[np.float32] | None:  # noqa: ARG002 - the protocol's
        """None."""
        return None

    def close(self) -> None:
        """Nothing is held."""
