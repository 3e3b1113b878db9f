"""The course of scores over an input, as a page shows it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from midframe.detection.rules import PairClass
from midframe.evaluation.report.format import moment_text
from midframe.evaluation.report.layers import small_picture
from midframe.evaluation.review.results import PairReview, Review, Thumbnail
from midframe.evaluation.review.words import when, why

STEPS = 600
"""Points of the curve, at most: a point stands for the worst of its pairs."""

MARKS = 5
"""Times that are written below the curve."""

WIDTH, HEIGHT = 1000, 100
"""Units of the picture."""

PICTURES = 12
"""Frames above the curve."""

SMALL_SIDE = 120
"""Pixels of the longer side of the pictures above it."""


@dataclass(frozen=True)
class Span:
    """A stretch of the timeline; percent of its width."""

    begin: float
    width: float


@dataclass(frozen=True)
class Mark:
    """A place on the timeline in percent of its width, in words."""

    place: float
    text: str


@dataclass(frozen=True)
class Step:
    """A point of the curve, in words.

    Attributes:
        place: Percent of the width.
        level: Percent of the height; None where nothing is interpolated.
        text: The pair.
        left: Index of its left frame.
    """

    place: float
    level: float | None
    text: str
    left: int


@dataclass(frozen=True)
class TimelineLayout:
    """Everything that the picture of a timeline shows.

    Attributes:
        curve: The path of the scores, in units of the picture.
        steps: Points of the curve, for reading values.
        static: Stretches in which nothing moves.
        repeated: Stretches of repeated frames.
        cuts: Places of cuts, in percent of the width.
        worst: Places of the pairs that the page shows.
        pictures: Data URIs of frames above the curve, each for an equal part of the width.
        marks: Times below it.
        highest: The highest score in words; "" without any.
    """

    curve: str
    steps: tuple[Step, ...]
    static: tuple[Span, ...]
    repeated: tuple[Span, ...]
    cuts: tuple[float, ...]
    worst: tuple[float, ...]
    pictures: tuple[str, ...]
    marks: tuple[Mark, ...]
    highest: str


def lay_out_timeline(review: Review, worst: Sequence[PairReview]) -> TimelineLayout:
    """Lay out a review along time.

    Args:
        review: Of at least one pair.
        worst: The pairs that the page shows.
    """
    begin, end = review.pairs[0].begin, review.pairs[-1].end
    length = end - begin

    def place(time: Fraction) -> float:
        return round(float(100 * (time - begin) / length), 3)

    def middle(pair: PairReview) -> float:
        return place((pair.begin + pair.end) / 2)

    highest = max((pair.score or 0.0 for pair in review.pairs), default=0.0)
    steps = tuple(_step(group, middle, highest) for group in _groups(review.pairs))
    times = [begin + length * number / (MARKS - 1) for number in range(MARKS)]
    if review.pairs[0].name.time is not None:
        marks = [Mark(place(time), moment_text(time)) for time in times]
    else:
        nearest = {min(review.pairs, key=lambda pair: abs(pair.begin - time)) for time in times}
        marks = [Mark(place(pair.begin), str(pair.name.frame)) for pair in sorted(nearest, key=lambda pair: pair.left)]
    return TimelineLayout(
        curve=_path(steps),
        steps=steps,
        static=_spans(review.pairs, "static", place),
        repeated=tuple(
            Span(place(pair.begin), place(pair.end) - place(pair.begin))
            for pair in review.pairs
            if pair.right - pair.left > 1
        ),
        cuts=tuple(middle(pair) for pair in review.pairs if pair.verdict == "cut"),
        worst=tuple(middle(pair) for pair in worst),
        pictures=_pictures(review.thumbnails, begin, length),
        marks=tuple(marks),
        highest=f"{highest:.1f}" if review.scored else "",
    )


def _groups(pairs: Sequence[PairReview]) -> Iterable[Sequence[PairReview]]:
    """Pairs in order, in at most `STEPS` groups of neighbours."""
    size = -(-len(pairs) // STEPS)
    return (pairs[first : first + size] for first in range(0, len(pairs), size))


def _step(group: Sequence[PairReview], middle: Callable[[PairReview], float], highest: float) -> Step:
    """A group by the worst of its pairs; by a cut, where there is one and nothing else to show."""
    pair = max(group, key=lambda pair: (-1.0 if pair.score is None else pair.score, pair.verdict == "cut"))
    level = None if pair.score is None else round(100 * pair.score / highest if highest else 0.0, 2)
    score = "" if pair.score is None else f", score {pair.score:.1f}"
    return Step(middle(pair), level, f"{when(pair)}{score}: {why(pair)}", pair.left)


def _path(steps: Sequence[Step]) -> str:
    """The curve, with gaps where nothing is interpolated; a single point between gaps is a short line."""
    parts: list[str] = []
    is_open = False
    for step in steps:
        if step.level is None:
            is_open = False
            continue
        x, y = step.place * WIDTH / 100, HEIGHT - step.level * HEIGHT / 100
        parts.append(f"L{x:.1f} {y:.1f}" if is_open else f"M{x:.1f} {y:.1f}h.1")
        is_open = True
    return "".join(parts)


def _spans(pairs: Sequence[PairReview], verdict: PairClass, place: Callable[[Fraction], float]) -> tuple[Span, ...]:
    """Stretches of neighbouring pairs of one class."""
    stretches = groupby(pairs, key=lambda pair: pair.verdict == verdict)
    ends = [(members[0].begin, members[-1].end) for chosen, each in stretches if chosen and (members := list(each))]
    return tuple(Span(place(begin), place(end) - place(begin)) for begin, end in ends)


def _pictures(thumbnails: Sequence[Thumbnail], begin: Fraction, length: Fraction) -> tuple[str, ...]:
    """Of each part of the time, the frame that is nearest to its middle."""
    times = [begin + length * (2 * number + 1) / (2 * PICTURES) for number in range(PICTURES)]
    nearest = [min(thumbnails, key=lambda each: abs(each.time - time)) for time in times]
    return tuple(small_picture(each.image, SMALL_SIDE) for each in nearest)
