"""Dropping frames: one pass over a source, a few frames in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from midframe.detection.rules import PairRules
from midframe.evaluation.methods.protocol import Interval
from midframe.evaluation.planning import last_kept
from midframe.executors.base import ClassifiedPair
from midframe.media.pixels import ViewTransform
from midframe.media.protocols import FrameSource
from midframe.runtime.classification import PairClassifier
from midframe.types import Frame


@dataclass(frozen=True, eq=False)
class Gap:
    """An interval, and the frames that were dropped from it.

    Attributes:
        interval: What contenders see.
        truths: The dropped frames, one for each of the interval's times.
    """

    interval: Interval
    truths: tuple[Frame, ...]


def gaps(
    source: FrameSource,
    gap: int,
    transform: ViewTransform,
    rules: PairRules,
    on_read: Callable[[int], None],
    *,
    lean: bool = False,
) -> Iterator[Gap]:
    """Read a source once, from its first frame to the last that is kept.

    Args:
        source: Stays open.
        gap: Every `gap`-th frame is kept, from the first one on; 2 or more.
        transform: Makes pictures of samples.
        rules: How kept frames are judged, as a job that gets nothing but them would.
        on_read: Called with the number of frames read so far.
        lean: See `PairClassifier`.

    Yields:
        Intervals in order. No more frames are held than judging looks ahead.

    Raises:
        SequenceError: Too few frames.
        UnreadableFileError: A frame cannot be read; all intervals before it were yielded.
    """
    last = last_kept(len(source), gap)
    dropped: dict[int, Frame] = {}

    def kept() -> Iterator[Frame]:
        for index in range(last + 1):
            frame = source.read(index)
            on_read(index + 1)
            if index % gap:
                dropped[index] = frame
            else:
                yield frame

    def gap_of(pair: ClassifiedPair, following: ClassifiedPair | None) -> Gap:
        first, behind = pair.left.frame.index, pair.right.frame.index
        return Gap(
            Interval(
                pair.left,
                pair.right,
                following.right if following else None,
                tuple(Fraction(index - first, gap) for index in range(first + 1, behind)),
                pair.verdict,
                transform,
            ),
            tuple(dropped.pop(index) for index in range(first + 1, behind)),
        )

    waiting: ClassifiedPair | None = None
    for pair in PairClassifier(transform, rules, lean=lean).classify(kept()):
        if waiting is not None:
            yield gap_of(waiting, pair)
        waiting = pair
    if waiting is not None:
        yield gap_of(waiting, None)
