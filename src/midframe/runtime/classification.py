"""What neighbouring source frames are to each other: moving, static, a cut, or repetitions."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from midframe.detection.cuts import CONTEXT, FrameSummary, cut_score, summarise
from midframe.detection.duplicates import DEFAULT_DUPLICATE_THRESHOLD, duplicate_score
from midframe.detection.rules import MOST_REPEATS, PairClass, PairRules
from midframe.executors.base import ClassifiedPair, DeferredErrors, PreparedFrame
from midframe.media.pixels import ViewTransform
from midframe.runtime.similarity import prepare, static_likeness, view_of
from midframe.types import Frame


@dataclass(eq=False)
class _Kept:
    """A frame that is not a repetition, and the repetitions that follow it.

    `fresh` is the number of the nearest frame, itself or before it, that starts a run of its own: judging that starts
    there forms the same runs.
    """

    prepared: PreparedFrame
    summary: FrameSummary | None
    fresh: int
    repeats: list[PreparedFrame] = field(default_factory=list)

    @property
    def all_alike(self) -> tuple[PreparedFrame, ...]:
        return (self.prepared, *self.repeats)


@dataclass(frozen=True, eq=False)
class _Past:
    """What is still needed of a frame whose pairs are judged."""

    summary: FrameSummary | None
    fresh: int


class Judge:
    """Makes judged pairs of a row of frames. It looks a few frames ahead, and holds no more than these."""

    def __init__(self, transform: ViewTransform | None, rules: PairRules, *, lean: bool = False) -> None:
        """Choose.

        Args:
            transform: Makes the views that are compared; None for a job that draws nothing and need not compare.
            rules: What is looked for.
            lean: Keep frames only, and make their views whenever they are needed: for frames so large that a few views
                fill the memory.
        """
        self._transform = transform
        self._rules = rules
        self._lean = lean

    def pairs(self, frames: Iterable[Frame]) -> Iterator[ClassifiedPair]:
        """Judge.

        Args:
            frames: In order.

        Yields:
            Every frame but the first is the right frame of exactly one pair or lies inside of one, in order.

        Raises:
            MidframeError: What reading the frames raised; all pairs before it were yielded.
        """
        if self._transform is None:
            for left, right in pairwise(PreparedFrame(frame, None) for frame in frames):
                yield ClassifiedPair(left, right, restart=left.frame.index)
            return
        readable = DeferredErrors(frames)
        ahead = 0 if self._rules.cuts == "off" else CONTEXT
        past: deque[_Past] = deque(maxlen=CONTEXT)
        after: list[_Kept] = []
        for kept in self._kept(readable, self._transform):
            after.append(kept)
            if len(after) > ahead + 1:
                yield from self._judged(past, after, self._transform)
        while len(after) > 1:
            yield from self._judged(past, after, self._transform)
        for kept in after:
            yield from _held(kept, kept.fresh)
        if readable.error is not None:
            raise readable.error

    def _judged(self, past: deque[_Past], after: list[_Kept], transform: ViewTransform) -> Iterator[ClassifiedPair]:
        """The pair of the first two frames in `after`; the first one moves on to `past`."""
        left = after.pop(0)
        right = after[0]
        restart = past[0].fresh if past else left.fresh
        static = static_likeness(
            self._seen(left.prepared, transform),
            self._seen(right.prepared, transform),
            transform,
            self._rules.static_threshold,
        )
        cut = None
        if self._rules.cuts != "off":
            cut = cut_score(
                [summary for summary in (*(each.summary for each in past), left.summary) if summary],
                [each.summary for each in after[: CONTEXT + 1] if each.summary],
            )
        past.append(_Past(left.summary, left.fresh))
        verdict: PairClass = "moving"
        if static >= (self._rules.static_threshold or 1.0):
            verdict = "static"
        elif cut is not None and cut >= self._rules.cut_threshold:
            verdict = "cut"
        nearest = left.prepared
        if verdict != "moving":
            # Where nothing is drawn, nothing can replace the repetitions of the left frame: they stay.
            yield from _held(left, restart)
            nearest = left.all_alike[-1]
        yield ClassifiedPair(nearest, right.prepared, verdict, static, cut, restart)

    def _kept(self, frames: Iterable[Frame], transform: ViewTransform) -> Iterator[_Kept]:
        """Frames with their repetitions taken out, if that is wanted."""
        if not self._rules.dedup:
            yield from (self._keep(prepare(frame, transform), frame.index) for frame in frames)
            return
        kept: _Kept | None = None
        standing = False
        for frame in frames:
            prepared = prepare(frame, transform)
            if kept is None:
                kept = self._keep(prepared, frame.index)
            elif not _is_repeat(self._seen(kept.prepared, transform), prepared):
                yield kept
                kept, standing = self._keep(prepared, frame.index), False
            elif standing:
                yield kept
                kept = self._keep(prepared, kept.fresh)
            else:
                kept.repeats.append(self._stored(prepared))
                if len(kept.repeats) > MOST_REPEATS:
                    *passed, last = kept.all_alike
                    for each in passed:
                        yield self._keep(self._seen(each, transform), kept.fresh)
                    kept, standing = self._keep(self._seen(last, transform), kept.fresh), True
        if kept is not None:
            yield kept

    def _keep(self, prepared: PreparedFrame, fresh: int) -> _Kept:
        summary = summarise(view_of(prepared)) if self._rules.cuts != "off" else None
        return _Kept(self._stored(prepared), summary, fresh)

    def _stored(self, prepared: PreparedFrame) -> PreparedFrame:
        return PreparedFrame(prepared.frame, None) if self._lean else prepared

    def _seen(self, prepared: PreparedFrame, transform: ViewTransform) -> PreparedFrame:
        return prepared if prepared.engine_frame else prepare(prepared.frame, transform)


def _is_repeat(left: PreparedFrame, right: PreparedFrame) -> bool:
    return (
        duplicate_score(view_of(left), view_of(right), enough=DEFAULT_DUPLICATE_THRESHOLD)
        >= DEFAULT_DUPLICATE_THRESHOLD
    )


def _held(kept: _Kept, restart: int) -> Iterator[ClassifiedPair]:
    """A frame and its repetitions as they are."""
    for left, right in pairwise(kept.all_alike):
        yield ClassifiedPair(left, right, "static", restart=restart)
