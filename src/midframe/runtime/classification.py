"""Classification of pairs of neighbouring source frames as moving, static or a cut, and detection of repeats."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from midframe.detection.cuts import CONTEXT, FrameSummary, cut_score, summarise
from midframe.detection.duplicates import DEFAULT_DUPLICATE_THRESHOLD, duplicate_score
from midframe.detection.rules import MOST_REPEATS, PairClass, PairRules
from midframe.executors.base import ClassifiedPair, DeferredErrors, PreparedFrame
from midframe.media.channels import ChannelUse
from midframe.media.pixels import FrameValues, ViewTransform
from midframe.runtime.similarity import alpha_of, prepare, seen_alike, static_likeness, view_of
from midframe.types import Frame


class SeenSummary:
    """The summary of a frame, in the range that any pair near it is seen in."""

    def __init__(self, summary: FrameSummary, transform: ViewTransform) -> None:
        self._transform = transform
        self._by_range = {(transform.low, transform.high): summary}

    def seen_in(self, transform: ViewTransform) -> FrameSummary:
        """The summary in the range of `transform`."""
        wanted = (transform.low, transform.high)
        if wanted not in self._by_range:
            own = self._transform
            width = transform.high - transform.low
            rescaled = next(iter(self._by_range.values())).rescaled(
                (own.high - own.low) / width, (own.low - transform.low) / width
            )
            # One object for as long as the range stays: what is computed from it is kept.
            self._by_range = {(own.low, own.high): self.seen_in(own), wanted: rescaled}
        return self._by_range[wanted]


@dataclass(frozen=True)
class PairLikeness:
    """How the two frames of a pair differ.

    Attributes:
        verdict: See `midframe.detection.rules.PairClass`.
        static_score: See `ClassifiedPair`.
        cut_score: See `ClassifiedPair`.
    """

    verdict: PairClass
    static_score: float
    cut_score: float | None


@dataclass(eq=False)
class _FrameRun:
    """A frame that is not a repeat, and the repeats that follow it.

    `fresh` is the index of the nearest frame up to this one that starts a run of its own: classification that starts
    there forms the same runs.
    """

    prepared: PreparedFrame
    summary: SeenSummary | None
    fresh: int
    repeats: list[PreparedFrame] = field(default_factory=list)

    @property
    def frames(self) -> tuple[PreparedFrame, ...]:
        return (self.prepared, *self.repeats)


@dataclass(frozen=True, eq=False)
class _PastFrame:
    """What is still needed of a frame whose pairs are classified."""

    summary: SeenSummary | None
    fresh: int


class PairClassifier:
    """Classifies the pairs of a sequence of frames. It reads a few frames ahead, and holds no more than these.

    Args:
        transform: Of frames of the input's format, such as `midframe.runtime.view_fitting.fit_view` gives. Each pair is
            seen as `ViewTransform.for_pair` makes it of this. None for a job that interpolates nothing and compares
            nothing.
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
            Pairs in order. Every frame but the first is the right frame of exactly one pair, or lies inside one.

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
        seen = transform_of_pair(transform, left.prepared, right.prepared)
        ends = [seen_alike(run.prepared, seen) for run in (left, right)]
        left.prepared, right.prepared = (self._stored(end) for end in ends)
        found = compare_pair(
            (ends[0], ends[1]),
            transform,
            self._rules,
            [summary for summary in (*(frame.summary for frame in past), left.summary) if summary is not None],
            [each.summary for each in after[: CONTEXT + 1] if each.summary is not None],
        )
        past.append(_PastFrame(left.summary, left.fresh))
        nearest = left.prepared
        if found.verdict != "moving":
            # Where nothing is interpolated, the repeats of the left frame are not replaced.
            yield from _pairs_inside(left, restart)
            nearest = left.frames[-1]
        yield ClassifiedPair(nearest, right.prepared, found.verdict, found.static_score, found.cut_score, restart, seen)

    def _runs(self, frames: Iterable[Frame], transform: ViewTransform) -> Iterator[_FrameRun]:
        """Runs of a frame and its repeats; of single frames where repeats are not looked for."""
        if not self._rules.dedup:
            for frame in frames:
                yield self._new_run(prepared_alone(frame, transform), frame.index, transform)
            return
        run: _FrameRun | None = None
        standing = False
        for frame in frames:
            prepared = prepared_alone(frame, transform)
            if run is None:
                run = self._new_run(prepared, frame.index, transform)
            elif not _is_repeat(run.prepared, prepared, transform):
                yield run
                run, standing = self._new_run(prepared, frame.index, transform), False
            elif standing:
                yield run
                run = self._new_run(prepared, run.fresh, transform)
            else:
                run.repeats.append(self._stored(prepared))
                if len(run.repeats) > MOST_REPEATS:
                    *passed, last = run.frames
                    for frame_before in passed:
                        yield self._new_run(frame_before, run.fresh, transform)
                    run, standing = self._new_run(last, run.fresh, transform), True
        if run is not None:
            yield run

    def _new_run(self, prepared: PreparedFrame, fresh: int, transform: ViewTransform) -> _FrameRun:
        summary = None if self._rules.cuts == "off" else summarise_seen(prepared, transform)
        return _FrameRun(self._stored(prepared), summary, fresh)

    def _stored(self, prepared: PreparedFrame) -> PreparedFrame:
        return replace(prepared, engine_frame=None, transform=None) if self._without_views else prepared


def prepared_alone(frame: Frame, transform: ViewTransform) -> PreparedFrame:
    """A frame seen by itself: most pairs see it in the same way.

    Args:
        frame: The frame.
        transform: That of its format; see `PairClassifier`.
    """
    values = FrameValues.of(frame, transform.use)
    return prepare(frame, transform.for_pair(values, values), values)


def transform_of_pair(transform: ViewTransform, left: PreparedFrame, right: PreparedFrame) -> ViewTransform:
    """How two frames are seen that are interpolated between; `transform` is that of their format."""
    assert left.values is not None
    assert right.values is not None
    return transform.for_pair(left.values, right.values)


def summarise_seen(prepared: PreparedFrame, transform: ViewTransform) -> SeenSummary:
    """The summary of a frame of `prepared_alone`; `transform` is that of its format."""
    own = transform_of_pair(transform, prepared, prepared)
    seen = transform if _has_one_range(transform) else own
    return SeenSummary(_summary(seen_alike(prepared, seen), own), seen)


def compare_pair(
    ends: tuple[PreparedFrame, PreparedFrame],
    transform: ViewTransform,
    rules: PairRules,
    before: Sequence[SeenSummary],
    after: Sequence[SeenSummary],
) -> PairLikeness:
    """Compare the frames of a pair.

    Args:
        ends: Left and right frame, both prepared with the transform of the pair.
        transform: That of their format.
        rules: The rules.
        before: Summaries of up to CONTEXT + 1 frames in order, the last of which is the left frame; empty where the
            rules detect no cuts.
        after: Summaries of up to CONTEXT + 1 frames in order, the first of which is the right frame.
    """
    static = static_likeness(*ends, rules.static_threshold)
    cut = None
    if rules.cuts != "off":
        # What is compared must be seen in one range.
        common = transform if _has_one_range(transform) else transform_of_pair(transform, *ends)
        cut = cut_score([each.seen_in(common) for each in before], [each.seen_in(common) for each in after])
    verdict: PairClass = "moving"
    if static >= (rules.static_threshold or 1.0):
        verdict = "static"
    elif cut is not None and cut >= rules.cut_threshold:
        verdict = "cut"
    return PairLikeness(verdict, static, cut)


def _is_repeat(left: PreparedFrame, right: PreparedFrame, transform: ViewTransform) -> bool:
    seen = transform_of_pair(transform, left, right)
    views = [view_of(seen_alike(end, seen)) for end in (left, right)]
    return duplicate_score(*views, enough=DEFAULT_DUPLICATE_THRESHOLD) >= DEFAULT_DUPLICATE_THRESHOLD


def _has_one_range(transform: ViewTransform) -> bool:
    """Whether summaries cannot be brought to the range of a pair, so that all of a sequence have one."""
    return transform.is_light or transform.format.alpha is not None


def _summary(prepared: PreparedFrame, own: ViewTransform) -> FrameSummary:
    """Summarise a frame as it is seen; `own` says what its alpha is."""
    alpha = own.format.alpha
    if alpha is None or alpha.blending == "none":
        return summarise(view_of(prepared))
    return summarise(view_of(prepared), alpha_of(prepared), premultiplied=not alpha.is_weight)


def _pairs_inside(run: _FrameRun, restart: int) -> Iterator[ClassifiedPair]:
    """The pairs inside a run."""
    for left, right in pairwise(run.frames):
        yield ClassifiedPair(left, right, "static", restart=restart)
