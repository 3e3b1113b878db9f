"""Footage with frames dropped: one pass over a source, a few frames in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from midframe.detection.rules import PairRules
from midframe.evaluation.intervals import EvaluationInterval, Interval
from midframe.evaluation.metrics.protocol import MetricImage
from midframe.evaluation.planning import EvaluationPlan, last_kept
from midframe.executors.base import ClassifiedPair
from midframe.media.channels import channel_use
from midframe.media.pixels import ViewSamples, ViewTransform
from midframe.media.protocols import FrameSource
from midframe.runtime.classification import PairClassifier
from midframe.runtime.events import Stage
from midframe.runtime.view_fitting import fit_view
from midframe.types import Frame


@dataclass(frozen=True, eq=False)
class SequenceIntervals:
    """The intervals of a video or an image sequence; see `midframe.evaluation.intervals.IntervalSource`.

    Attributes:
        plan: What is evaluated.
    """

    plan: EvaluationPlan
    is_continuous = True

    @property
    def name(self) -> str:
        """Name of the source."""
        return self.plan.name

    @property
    def facts(self) -> Mapping[str, str]:
        """Facts of the plan."""
        return self.plan.facts

    @property
    def gap(self) -> int:
        """Every `gap`-th frame is kept."""
        return self.plan.gap

    @property
    def totals(self) -> Mapping[Stage, int]:
        """Frames to read and intervals to interpolate.

        Raises:
            SequenceError: Too few frames.
        """
        last = last_kept(len(self.plan.source), self.gap)
        return {"read": last + 1, "interpolate": last // self.gap}

    def intervals(self, on_read: Callable[[int], None]) -> Iterator[EvaluationInterval]:
        """See `read_intervals`."""
        plan = self.plan
        # Views alone are compared, and baselines blend all channels.
        transform = fit_view(plan.source, channel_use(plan.source.format).all_blended)
        return read_intervals(plan.source, plan.gap, transform, plan.rules, on_read, without_views=plan.without_views)

    def number(self, index: int) -> int:
        """Number of a frame in the user's input, of which the source may be a part."""
        return self.plan.first + index

    def moment(self, index: int) -> Fraction | None:
        """Time of a frame in seconds."""
        return self.plan.moment(index)

    def true_image(self, frame: Frame, transform: ViewTransform) -> MetricImage:
        """The view of a frame."""
        return transform.view(frame.samples)

    def interpolated_image(self, view: ViewSamples) -> MetricImage:
        """The view itself."""
        return view


def read_intervals(
    source: FrameSource,
    gap: int,
    transform: ViewTransform,
    rules: PairRules,
    on_read: Callable[[int], None],
    *,
    without_views: bool = False,
) -> Iterator[EvaluationInterval]:
    """Read a source once, from its first frame to the last that is kept.

    Args:
        source: Stays open.
        gap: Every `gap`-th frame is kept, from the first one on; 2 or more.
        transform: Makes views of samples.
        rules: How kept frames are classified, as a job that gets nothing but them would.
        on_read: Called with the number of frames read so far.
        without_views: See `PairClassifier`.

    Yields:
        Intervals in order. No more frames are held than classification looks ahead.

    Raises:
        SequenceError: Too few frames.
        UnreadableFileError: A frame cannot be read; all intervals before it were yielded.
    """
    last = last_kept(len(source), gap)
    dropped: dict[int, Frame] = {}

    def kept_frames() -> Iterator[Frame]:
        for index in range(last + 1):
            frame = source.read(index)
            on_read(index + 1)
            if index % gap:
                dropped[index] = frame
            else:
                yield frame

    def interval_of(pair: ClassifiedPair, following: ClassifiedPair | None) -> EvaluationInterval:
        left, right = pair.left.frame.index, pair.right.frame.index
        return EvaluationInterval(
            Interval(
                pair.left,
                pair.right,
                following.right if following else None,
                tuple(Fraction(index - left, gap) for index in range(left + 1, right)),
                pair.verdict,
                transform,
                pair.transform or transform,
            ),
            tuple(dropped.pop(index) for index in range(left + 1, right)),
        )

    waiting: ClassifiedPair | None = None
    for pair in PairClassifier(transform, rules, without_views=without_views).classify(kept_frames()):
        if waiting is not None:
            yield interval_of(waiting, pair)
        waiting = pair
    if waiting is not None:
        yield interval_of(waiting, None)
