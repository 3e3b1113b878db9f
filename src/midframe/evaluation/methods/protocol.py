"""What a contender gets, and what it gives.

To add one, write a class with the methods of `Drawer`, name it in `midframe.evaluation.methods.choose`, and
add it to the contract suite, tests/contract/test_contenders.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from midframe.engines.interpolation import engine_frame
from midframe.engines.protocols import EngineFrame
from midframe.evaluation.metrics.protocol import Picture
from midframe.evaluation.results import Contender, IntervalKind
from midframe.executors.base import PreparedFrame
from midframe.media.pixels import ViewTransform, WorkingSamples, from_working


@dataclass(frozen=True, eq=False)
class Interval:
    """Two kept frames, and what is wanted between them. Intervals come in order, each begins where the last one ended.

    Attributes:
        left: The kept frame before the dropped ones.
        right: The kept frame behind them.
        after: The next kept frame, for contenders that look ahead; None at the end of the source.
        times: Strictly inside (0, 1), ascending: one for each dropped frame.
        kind: What left and right are to each other.
        transform: Makes pictures of samples, the same for the whole source.
    """

    left: PreparedFrame
    right: PreparedFrame
    after: PreparedFrame | None
    times: tuple[Fraction, ...]
    kind: IntervalKind
    transform: ViewTransform

    def seen(self, frame: PreparedFrame) -> EngineFrame:
        """A frame as engines take it; made now where frames wait without it."""
        return frame.engine_frame or engine_frame(frame.frame, self.transform)

    def picture(self, frame: PreparedFrame) -> Picture:
        """A kept frame as measures see it."""
        return self.seen(frame).view

    def stored(self, working: WorkingSamples) -> Picture:
        """What measures see of drawn samples once they are rounded to the source's type."""
        return self.transform.view(from_working(working, self.transform.format))


class Drawer(Protocol):
    """Draws dropped frames. Used from one thread, for one row of intervals."""

    @property
    def contender(self) -> Contender:
        """Who it is."""
        ...

    def warm_up(self, interval: Interval) -> None:
        """Do what is only slow the first time. It is not timed; `draw` comes with the same interval next."""
        ...

    def draw(self, interval: Interval) -> Sequence[Picture]:
        """A picture for each of the interval's times, rounded as a file of the source's kind holds it.

        Empty for an interval that it cannot draw, such as the last one for what must look ahead.

        Raises:
            MidframeError: It cannot.
        """
        ...

    def motion(self, interval: Interval, number: int) -> NDArray[np.float32] | None:
        """Where the pixels of a drawn frame come from.

        Args:
            interval: The one that was drawn last.
            number: Of the time in it.

        Returns:
            (height, width, 2) offsets to the left frame in pixels, x then y; None if it has none to show.
        """
        ...

    def close(self) -> None:
        """Let go of everything."""
        ...


class PlainDrawer:
    """What drawers without a network have in common."""

    contender: Contender

    def warm_up(self, interval: Interval) -> None:
        """Nothing is slow the first time."""

    def motion(self, interval: Interval, number: int) -> NDArray[np.float32] | None:  # noqa: ARG002 - the protocol's
        """None."""
        return None

    def close(self) -> None:
        """Nothing is held."""
