"""The review of an input: one pass that scores every pair by what makes interpolation fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image

from midframe.engines.memory_plan import must_drop_views
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import JobModel, MotionEngine, require_motion
from midframe.errors import CancelledError, OptionError
from midframe.evaluation.review.opening import ReviewInput, open_for_review
from midframe.evaluation.review.results import PairReview, Reason, Review, Thumbnail
from midframe.evaluation.review.reviewer import PairReviewer, ReviewedPair
from midframe.evaluation.review.score import reasons_of, score_of
from midframe.jobs.choices import InputFacts
from midframe.jobs.job import Job
from midframe.jobs.session import OnEvent, Session
from midframe.runtime.classification import PairClassifier
from midframe.runtime.events import Advanced, Event, Started
from midframe.runtime.reader import CountedFrames, ReadAhead
from midframe.signals import CancelRequested, CancelToken

THUMBNAILS = 24
"""Frames of an input that are kept small, spread over it."""

THUMBNAIL_SIDE = 160
"""Pixels of their longer side, at most."""

WAITING_BYTES = 64 << 20
"""Bytes of frames that wait for the network, at most."""


def review(
    source: Job | str | Path,
    *,
    session: Session | None = None,
    engine: EngineOptions | None = None,
    on_event: OnEvent | None = None,
    cancel: CancelToken | None = None,
) -> Review:
    """Score every pair of an input by what makes interpolation fail; docs/review.md has how, and how well it predicts.

    It takes about as long as interpolating one frame in each pair, and holds a few frames at a time.

    Args:
        source: An input, or a job, of whose input the part that it uses is reviewed with its rules for cuts, static
            pairs and duplicates. Nothing of a job's output is looked at. Not a pipe, whose frames come only once.
        session: Lends its model; None to load one.
        engine: Options of the network where no session is given; None for the defaults.
        on_event: Receives `midframe.Started` and `midframe.Advanced`.
        cancel: Stops the review, from any thread.

    Returns:
        Scores and reasons of all pairs.

    Raises:
        OptionError: A pipe, a session together with `engine`, or a network that estimates no motion.
        CancelledError: `cancel` was cancelled, or the user pressed Ctrl+C.
        MidframeError: The input cannot be read, or the network cannot be run.
    """
    if session is not None and engine is not None:
        raise OptionError("Give either `session` or `engine`: a session has its engine.", option="engine")
    job = source if isinstance(source, Job) else Job(source)
    with ExitStack() as stack:
        lender = session or stack.enter_context(Session(engine))
        opened = stack.enter_context(open_for_review(job.options))
        return review_opened(opened, lender.model(), on_event, cancel)


def review_opened(opened: ReviewInput, model: JobModel, on_event: OnEvent | None, cancel: CancelToken | None) -> Review:
    """Review an open input; see `review`."""
    started = perf_counter()
    report = on_event or _ignore
    source = opened.source
    fitted = model.fitted(source.format, 1, "direct")
    engine = require_motion(fitted.make_engine(), "A review")
    without_views = must_drop_views(source.format, fitted.spare)
    report(Started({"interpolate": len(source) - 1}))
    stated = fitted.settings.get("flow_scale")
    flow_scale = stated if isinstance(stated, float) else 1.0
    pairs: list[PairReview] = []
    thumbnails: list[Thumbnail] = []
    wanted = {round(place) for place in np.linspace(0, len(source) - 2, min(THUMBNAILS, len(source) - 1))}
    try:
        for found in _pass(opened, engine, cancel, without_views=without_views):
            pairs.append(_pair_review(opened, found, flow_scale))
            # Where repeats are looked for, a pair may reach across the frame that was requested.
            shown = {index for index in wanted if index < found.pair.right}
            wanted -= shown
            if shown:
                thumbnails.append(_thumbnail(opened, found))
            report(Advanced("interpolate", found.pair.right))
    except (CancelRequested, KeyboardInterrupt) as stopped:
        raise CancelledError("Stopped. Nothing was written.") from stopped
    return Review(
        source=opened.name,
        input=InputFacts.of(opened.whole),
        pairs=tuple(pairs),
        thumbnails=tuple(thumbnails),
        settings=fitted.settings,
        facts={"Input": f"{len(source)} frames, {opened.whole.codec_name}, {opened.whole.format}"},
        seconds=perf_counter() - started,
    )


def _pass(
    opened: ReviewInput, engine: MotionEngine[Any], cancel: CancelToken | None, *, without_views: bool
) -> Iterator[ReviewedPair]:
    """The pairs of an input, read and classified ahead of the network by a bounded number of bytes."""
    classifier = PairClassifier(opened.transform, opened.rules, without_views=without_views)
    frames = CountedFrames(opened.source, lambda _: None)
    with ReadAhead(classifier.classify(frames), budget=WAITING_BYTES, cancel=cancel) as pairs:
        yield from PairReviewer(engine, opened.transform).review(pairs)


def _pair_review(opened: ReviewInput, found: ReviewedPair, flow_scale: float) -> PairReview:
    pair, signs, shape = found.pair, found.signs, opened.source.format
    left, right = opened.first + pair.left, opened.first + pair.right
    reasons: tuple[Reason, ...] = ()
    if signs is not None:
        side = max(shape.height, shape.width)
        reasons = reasons_of(signs, side, flow_scale, pair.cut_score, opened.rules.cut_threshold)
    return PairReview(
        left=left,
        right=right,
        begin=opened.moment(left),
        end=opened.moment(right),
        name=opened.names[left],
        verdict=pair.verdict,
        score=None if signs is None else score_of(signs),
        reasons=reasons,
        cut_score=pair.cut_score,
        signs=signs,
    )


def _thumbnail(opened: ReviewInput, found: ReviewedPair) -> Thumbnail:
    """The left frame of a pair, small; its cells are small already."""
    index = opened.first + found.pair.left
    colours = found.left.colours
    image = Image.fromarray(np.rint(np.clip(colours, 0, 1) * 255).astype(np.uint8))
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BOX)
    return Thumbnail(index, opened.moment(index), np.asarray(image))


def _ignore(_: Event) -> None:
    """Do nothing with an event."""
