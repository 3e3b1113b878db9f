"""What neighbouring source frames are to each other: moving, static, a cut, or repetitions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from midframe.errors import MidframeError
from midframe.media.pixels import ViewTransform
from midframe.pipeline.likeness import prepare, static_likeness, view_of
from midframe.pipeline.rules import MOST_REPEATS, PairRules
from midframe.pipeline.tasks import JudgedPair, PreparedFrame
from midframe.policy.cuts import CONTEXT, Summary, cut_score, summarise
from midframe.policy.duplicates import DEFAULT_DUPLICATE_THRESHOLD, duplicate_score
from midframe.types import Frame


@dataclass(eq=False)
class _Kept:
    """A frame that is not a repetition, and the repetitions that follow it.

    `fresh` is the number of the nearest frame, itself or before it, that starts a run of its own: judging that starts
    there forms the same runs.
    """

    prepared: PreparedFrame
    summary: Summary | None
    fresh: int
    repeats: list[PreparedFrame] = field(default_factory=list)

    @property
    def all_alike(self) -> tuple[PreparedFrame, ...]:
        return (self.prepared, *self.repeats)


class _UntilFailure:
    """Frames up to the first one that cannot be read; `failure` says why."""

    def __init__(self, frames: Iterable[Frame]) -> None:
        self._frames = frames
        self.failure: MidframeError | None = None

    def __iter__(self) -> Iterator[Frame]:
        try:
            yield from self._frames
        except MidframeError as error:
            self.failure = error


class Judge:
    """Makes judged pairs of a row of frames. It looks a few frames ahead, and holds no more than these."""

    def __init__(self, transform: ViewTransform | None, rules: PairRules) -> None:
        """Choose.

        Args:
            transform: Makes the views that are compared; None for a job that draws nothing and need not compare.
            rules: What is looked for.
        """
        self._transform = transform
        self._rules = rules

    def pairs(self, frames: Iterable[Frame]) -> Iterator[JudgedPair]:
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
                yield JudgedPair(left, right, restart=left.frame.index)
            return
        readable = _UntilFailure(frames)
        ahead = 0 if self._rules.cuts == "off" else CONTEXT
        before: list[_Kept] = []
        after: list[_Kept] = []
        for kept in self._kept(readable, self._transform):
            after.append(kept)
            if len(after) > ahead + 1:
                yield from self._judged(before, after, self._transform)
        while len(after) > 1:
            yield from self._judged(before, after, self._transform)
        for kept in after:
            yield from _held(kept, kept.fresh)
        if readable.failure is not None:
            raise readable.failure

    def _judged(self, before: list[_Kept], after: list[_Kept], transform: ViewTransform) -> Iterator[JudgedPair]:
        """The pair of the first two frames in `after`; the first one moves on to `before`."""
        before.append(after.pop(0))
        del before[: -CONTEXT - 1]
        left, right = before[-1], after[0]
        restart = before[0].fresh
        static = static_likeness(left.prepared, right.prepared, transform, self._rules.static_threshold)
        cut = None
        if self._rules.cuts != "off":
            cut = cut_score(
                [each.summary for each in before if each.summary],
                [each.summary for each in after[: CONTEXT + 1] if each.summary],
            )
        if static >= (self._rules.static_threshold or 1.0):
            yield from _held(left, restart)
            yield JudgedPair(left.all_alike[-1], right.prepared, "static", static, cut, restart)
        elif cut is not None and cut >= self._rules.cut_threshold:
            # Nothing is drawn across a cut, so nothing can replace the repetitions before it.
            yield from _held(left, restart)
            yield JudgedPair(left.all_alike[-1], right.prepared, "cut", static, cut, restart)
        else:
            yield JudgedPair(left.prepared, right.prepared, "moving", static, cut, restart)

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
            elif not _is_repeat(kept.prepared, prepared):
                yield kept
                kept, standing = self._keep(prepared, frame.index), False
            elif standing:
                yield kept
                kept = self._keep(prepared, kept.fresh)
            else:
                kept.repeats.append(prepared)
                if len(kept.repeats) > MOST_REPEATS:
                    *passed, last = kept.all_alike
                    for each in passed:
                        yield self._keep(each, kept.fresh)
                    kept, standing = self._keep(last, kept.fresh), True
        if kept is not None:
            yield kept

    def _keep(self, prepared: PreparedFrame, fresh: int) -> _Kept:
        return _Kept(prepared, summarise(view_of(prepared)) if self._rules.cuts != "off" else None, fresh)


def _is_repeat(left: PreparedFrame, right: PreparedFrame) -> bool:
    return (
        duplicate_score(view_of(left), view_of(right), enough=DEFAULT_DUPLICATE_THRESHOLD)
        >= DEFAULT_DUPLICATE_THRESHOLD
    )


def _held(kept: _Kept, restart: int) -> Iterator[JudgedPair]:
    """A frame and its repetitions as they are."""
    for left, right in pairwise(kept.all_alike):
        yield JudgedPair(left, right, "static", restart=restart)
