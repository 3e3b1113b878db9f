"""Classification of pairs of neighbouring source frames as moving, static or a cut, and detection of repeats."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from midframe.detection.cuts import CONTEXT, FrameSummary, cut_score, summarise
from midframe.detection.duplicates import DEFAULT_DUPLICATE_THRESHOLD, duplicate_score
from midframe.detection.rules import MOST_REPEATS, PairClass, PairRules
from midframe.executors.base import ClassifiedPair, DeferredErrors, PreparedFrame
from midframe.media.channels import ChannelUse
from midframe.media.pixels import ViewTransform
from midframe.runtime.similarity import alpha_of, prepare, static_likeness, view_of
from midframe.types import Frame


@dataclass(eq=False)
class _FrameRun:
    """A frame that is not a repeat, and the repeats that follow it.

    `fresh` is the index of the nearest frame up to this one that starts a run of its own: classification that starts
    there forms the same runs.
    """

    prepared: PreparedFrame
    summary: FrameSummary | None
    fresh: int
    repeats: list[PreparedFrame] = field(default_factory=list)

    @property
    def frames(self) -> tuple[PreparedFrame, ...]:
        return (self.prepared, *self.repeats)


@dataclass(frozen=True, eq=False)
class _PastFrame:
    """What is still needed of a frame whose pairs are classified."""

    summary: FrameSummary | None
    fresh: int


class PairClassifier:
    """Classifies the pairs of a sequence of frames. It reads a few frames ahead, and holds no more than these.

    Args:
        transform: Makes the views that are compared; None for a job that interpolates nothing and compares nothing.
        rules: The rules.
        without_views: Whether frames wait without views, which are made whenever they are needed: for frames so large
            that a few views fill the memory.
    """

    def __init__(self, transform: ViewTransform | None, rules: PairRules, *, without_views: bool = False) -> None:
        self._transform = transform
        self._rules = rules
        self._without_views = without_views

    @property
    def channels(self) -> ChannelUse | None:
        """What each channel is used for; None for a job that interpolates nothing."""
        return self._transform.use if self._transform else None

    def classify(self, frames: Iterable[Frame]) -> Iterator[ClassifiedPair]:
        """Classify the pairs of frames.

        Args:
            frames: Frames in order.

        Yields:
            Pairs in order. Every frame but the first is the right frame of exactly one pair, or lies inside of one.

        Raises:
            MidframeError: The error of reading the frames, after all pairs before it.
        """
        if self._transform is None:
            for left, right in pairwise(PreparedFrame(frame, None) for frame in frames):
                yield ClassifiedPair(left, right, restart=left.frame.index)
            return
        readable = DeferredErrors(frames)
        ahead = 0 if self._rules.cuts == "off" else CONTEXT
        past: deque[_PastFrame] = deque(maxlen=CONTEXT)
        after: list[_FrameRun] = []
        for run in self._runs(readable, self._transform):
            after.append(run)
            if len(after) > ahead + 1:
                yield from self._classified(past, after, self._transform)
        while len(after) > 1:
            yield from self._classified(past, after, self._transform)
        for run in after:
            yield from _pairs_inside(run, run.fresh)
        if readable.error is not None:
            raise readable.error

    def _classified(
        self, past: deque[_PastFrame], after: list[_FrameRun], transform: ViewTransform
    ) -> Iterator[ClassifiedPair]:
        """The pair of the first two runs in `after`; the first one moves on to `past`."""
        left = after.pop(0)
        right = after[0]
        restart = past[0].fresh if past else left.fresh
        static = static_likeness(
            self._with_view(left.prepared, transform),
            self._with_view(right.prepared, transform),
            transform,
            self._rules.static_threshold,
        )
        cut = None
        if self._rules.cuts != "off":
            cut = cut_score(
                [summary for summary in (*(frame.summary for frame in past), left.summary) if summary],
                [run.summary for run in after[: CONTEXT + 1] if run.summary],
            )
        past.append(_PastFrame(left.summary, left.fresh))
        verdict: PairClass = "moving"
        if static >= (self._rules.static_threshold or 1.0):
            verdict = "static"
        elif cut is not None and cut >= self._rules.cut_threshold:
            verdict = "cut"
        nearest = left.prepared
        if verdict != "moving":
            # Where nothing is interpolated, the repeats of the left frame are not replaced.
            yield from _pairs_inside(left, restart)
            nearest = left.frames[-1]
        yield ClassifiedPair(nearest, right.prepared, verdict, static, cut, restart)

    def _runs(self, frames: Iterable[Frame], transform: ViewTransform) -> Iterator[_FrameRun]:
        """Runs of a frame and its repeats; of single frames where repeats are not looked for."""
        if not self._rules.dedup:
            yield from (self._new_run(prepare(frame, transform), frame.index) for frame in frames)
            return
        run: _FrameRun | None = None
        standing = False
        for frame in frames:
            prepared = prepare(frame, transform)
            if run is None:
                run = self._new_run(prepared, frame.index)
            elif not _is_repeat(self._with_view(run.prepared, transform), prepared):
                yield run
                run, standing = self._new_run(prepared, frame.index), False
            elif standing:
                yield run
                run = self._new_run(prepared, run.fresh)
            else:
                run.repeats.append(self._stored(prepared))
                if len(run.repeats) > MOST_REPEATS:
                    *passed, last = run.frames
                    for frame_before in passed:
                        yield self._new_run(self._with_view(frame_before, transform), run.fresh)
                    run, standing = self._new_run(self._with_view(last, transform), run.fresh), True
        if run is not None:
            yield run

    def _new_run(self, prepared: PreparedFrame, fresh: int) -> _FrameRun:
        summary = _summary(prepared) if self._rules.cuts != "off" else None
        return _FrameRun(self._stored(prepared), summary, fresh)

    def _stored(self, prepared: PreparedFrame) -> PreparedFrame:
        return PreparedFrame(prepared.frame, None) if self._without_views else prepared

    def _with_view(self, prepared: PreparedFrame, transform: ViewTransform) -> PreparedFrame:
        return prepared if prepared.engine_frame else prepare(prepared.frame, transform)


def _summary(prepared: PreparedFrame) -> FrameSummary:
    alpha = prepared.frame.format.alpha
    return summarise(view_of(prepared), alpha_of(prepared), premultiplied=alpha is not None and alpha.premultiplied)


def _is_repeat(left: PreparedFrame, right: PreparedFrame) -> bool:
    return (
        duplicate_score(view_of(left), view_of(right), enough=DEFAULT_DUPLICATE_THRESHOLD)
        >= DEFAULT_DUPLICATE_THRESHOLD
    )


def _pairs_inside(run: _FrameRun, restart: int) -> Iterator[ClassifiedPair]:
    """The pairs inside a run."""
    for left, right in pairwise(run.frames):
        yield ClassifiedPair(left, right, "static", restart=restart)
