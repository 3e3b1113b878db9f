"""Intervals to interpolate and the true frames inside them: what every evaluation runs over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from midframe.engines.interpolation import engine_frame
from midframe.engines.protocols import EngineFrame
from midframe.evaluation.metrics.protocol import MetricImage
from midframe.evaluation.results import IntervalKind
from midframe.executors.base import PreparedFrame
from midframe.media.pixels import ViewSamples, ViewTransform, WorkingSamples, from_working
from midframe.runtime.events import Stage
from midframe.types import Frame


@dataclass(frozen=True, eq=False)
class Interval:
    """Two kept frames and the times between them: all that a method sees.

    Attributes:
        left: The kept frame before the dropped ones.
        right: The kept frame after them. Frames are identified by their index.
        following: The next kept frame, for methods that look ahead; None at the end of the source, or where intervals
            are independent.
        times: Strictly inside (0, 1), ascending: one for each dropped frame.
        kind: What left and right are to each other.
        transform: Makes the views that are compared.
        seen: What the network sees both kept frames with.
    """

    left: PreparedFrame
    right: PreparedFrame
    following: PreparedFrame | None
    times: tuple[Fraction, ...]
    kind: IntervalKind
    transform: ViewTransform
    seen: ViewTransform

    def engine_frame(self, frame: PreparedFrame) -> EngineFrame:
        """A kept frame as engines take it; made now where frames wait without it."""
        if frame.engine_frame is not None and frame.transform == self.seen:
            return frame.engine_frame
        return engine_frame(frame.frame, self.seen)

    def view(self, frame: PreparedFrame) -> ViewSamples:
        """The view of a kept frame, as it is compared."""
        if frame.engine_frame is not None and frame.transform == self.transform:
            return frame.engine_frame.view
        return self.transform.view(frame.frame.samples)

    def stored(self, working: WorkingSamples) -> ViewSamples:
        """The view of interpolated samples once they are rounded to the source's type."""
        return self.transform.view(from_working(working, self.seen.format))


@dataclass(frozen=True, eq=False)
class EvaluationInterval:
    """An interval and the frames that were dropped from it.

    Attributes:
        interval: What methods see.
        truths: The dropped frames, one for each of the interval's times.
    """

    interval: Interval
    truths: tuple[Frame, ...]


class IntervalSource(Protocol):
    """What an evaluation runs over: footage with frames dropped, or the samples of a benchmark."""

    @property
    def name(self) -> str:
        """Name of the source, for people."""
        ...

    @property
    def facts(self) -> Mapping[str, str]:
        """About the source, for people."""
        ...

    @property
    def gap(self) -> int:
        """Steps between the two kept frames of an interval, in steps of the dropped frames; 2 or more."""
        ...

    @property
    def totals(self) -> Mapping[Stage, int]:
        """Units of each stage of progress; "interpolate" counts intervals."""
        ...

    @property
    def is_continuous(self) -> bool:
        """Whether each interval begins where the one before it ended."""
        ...

    def intervals(self, on_read: Callable[[int], None]) -> Iterator[EvaluationInterval]:
        """Read the intervals in order, each when it is asked for.

        Args:
            on_read: Called with the number of frames read so far, where "read" is among `totals`.

        Raises:
            MidframeError: A frame cannot be read; all intervals before it were yielded.
        """
        ...

    def number(self, index: int) -> int:
        """The number by which results name a frame, from the index of the frame."""
        ...

    def moment(self, index: int) -> Fraction | None:
        """Time of a frame in seconds, from its index; None where frames have none."""
        ...

    def true_image(self, frame: Frame, transform: ViewTransform) -> MetricImage:
        """A kept or dropped frame as metrics take it."""
        ...

    def interpolated_image(self, view: ViewSamples) -> MetricImage:
        """An interpolated frame as metrics take it, in the range of `true_image`."""
        ...
