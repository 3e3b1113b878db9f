"""One pass over classified pairs: the signs of each, from its own motion and that of its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from midframe.engines.protocols import EngineFrame, MotionEngine
from midframe.evaluation.review.cells import FrameCells, MotionCells
from midframe.evaluation.review.signs import PairCells, PairSigns, signs_of
from midframe.executors.base import ClassifiedPair, PreparedFrame
from midframe.media.pixels import ViewTransform
from midframe.runtime.events import PairClassified
from midframe.runtime.similarity import seen_alike, view_of

MIDDLE = 0.5


@dataclass(frozen=True, eq=False)
class ReviewedPair:
    """A pair and its signs.

    Attributes:
        pair: Which pair it is, and its class.
        left: The left frame by cells.
        signs: None where nothing is interpolated.
    """

    pair: PairClassified
    left: FrameCells
    signs: PairSigns | None


@dataclass(frozen=True, eq=False)
class _MeasuredPair:
    """A pair with what its neighbours need of it."""

    pair: PairClassified
    left: FrameCells
    right: FrameCells
    motion: MotionCells | None


@dataclass(frozen=True, eq=False)
class _SeenFrame:
    """A frame as one transform sees it."""

    index: int
    transform: ViewTransform
    cells: FrameCells
    encoded: Any


class PairReviewer:
    """Estimates the motion of every moving pair once, and measures signs. It holds three pairs by cells.

    Args:
        engine: Estimates motion.
        transform: Sees frames of pairs that have no transform of their own.
    """

    def __init__(self, engine: MotionEngine[Any], transform: ViewTransform) -> None:
        self._engine = engine
        self._transform = transform
        self._last: _SeenFrame | None = None

    def review(self, pairs: Iterable[ClassifiedPair]) -> Iterator[ReviewedPair]:
        """Measure pairs in order; each is yielded once its right neighbour is measured."""
        before: _MeasuredPair | None = None
        current: _MeasuredPair | None = None
        for pair in pairs:
            after = self._measured(pair)
            if current is not None:
                yield _reviewed(current, before, after)
            before, current = current, after
        if current is not None:
            yield _reviewed(current, before, None)

    def _measured(self, pair: ClassifiedPair) -> _MeasuredPair:
        transform = pair.transform or self._transform
        is_moving = pair.verdict == "moving"
        left, right = (self._seen(end, transform, encode=is_moving) for end in (pair.left, pair.right))
        motion = None
        if is_moving:
            found = self._engine.motion(left.encoded, right.encoded, MIDDLE)
            height, width = pair.left.frame.samples.shape[:2]
            motion = MotionCells.of(self._engine.field(found, height, width))
        self._last = right
        return _MeasuredPair(PairClassified.of(pair), left.cells, right.cells, motion)

    def _seen(self, frame: PreparedFrame, transform: ViewTransform, *, encode: bool) -> _SeenFrame:
        """A frame by cells and encoded; what is there of the pair before is used again."""
        last = self._last
        if last is not None and last.index == frame.frame.index and last.transform == transform:
            if last.encoded is not None or not encode:
                return last
            cells: FrameCells | None = last.cells
        else:
            cells = None
        view = view_of(seen_alike(frame, transform))
        # Only motion is asked for, so the view stands for the samples as well.
        encoded = self._engine.encode(EngineFrame(view, view)) if encode else None
        return _SeenFrame(frame.frame.index, transform, cells or FrameCells.of(view), encoded)


def _reviewed(pair: _MeasuredPair, before: _MeasuredPair | None, after: _MeasuredPair | None) -> ReviewedPair:
    signs = None
    if pair.motion is not None:
        signs = signs_of(
            PairCells(pair.left, pair.right, pair.motion),
            before.motion if before else None,
            after.motion if after else None,
        )
    return ReviewedPair(pair.pair, pair.left, signs)
