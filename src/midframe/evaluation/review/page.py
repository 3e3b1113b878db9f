"""The page about a review, for people: where the worst pairs are, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from midframe.engines.options import EngineOptions
from midframe.evaluation.report.format import seconds_text
from midframe.evaluation.report.layers import LayeredImage, layers_around, longest_side, small_picture
from midframe.evaluation.report.result_files import write_text
from midframe.evaluation.report.templates import render_page
from midframe.evaluation.review.alternatives import (
    AS_IT_IS,
    LEFT,
    RIGHT,
    Alternative,
    LabelledPicture,
    PictureMaker,
    alternatives_for,
)
from midframe.evaluation.review.opening import ReviewInput
from midframe.evaluation.review.results import PairReview, Review
from midframe.evaluation.review.timeline import HEIGHT, WIDTH, lay_out_timeline
from midframe.evaluation.review.words import counts, headline, when, why
from midframe.jobs.choices import Choices
from midframe.jobs.session import OnEvent
from midframe.runtime.events import Advanced, Started
from midframe.text import parse_json

STRIP_SIDE = 320
"""Pixels of the longer side of the pair's own frames next to the interpolated one."""

STRIP = {LEFT: "before", AS_IT_IS.name: "interpolated", RIGHT: "after"}
"""Pictures that stand side by side below the divider, with their captions."""

HINTS = {
    "blend": "cross-fade",
    "hold": "repeats the previous frame",
    "cut": "as at cuts",
}
"""What choices mean that are not about the network."""


@dataclass(frozen=True)
class PairOption:
    """A choice for a pair as the page offers it.

    Attributes:
        name: Of the alternative.
        label: For people.
        hint: More words, or "".
        layer: Name of the picture that shows it.
        entry: What the file of choices says; None where nothing is changed.
    """

    name: str
    label: str
    hint: str
    layer: str
    entry: Any


@dataclass(frozen=True)
class PairViewer:
    """A pair as the page shows it."""

    left: int
    when: str
    why: str
    score: str
    picture: LayeredImage
    strip: tuple[tuple[str, str], ...]
    options: tuple[PairOption, ...]


def write_review_page(
    review: Review,
    opened: ReviewInput,
    options: EngineOptions,
    path: Path,
    *,
    top: int,
    on_event: OnEvent | None = None,
) -> None:
    """Write one HTML file that shows a review and loads nothing from anywhere.

    Args:
        review: The review.
        opened: Its input, still open; the frames of the worst pairs are read again.
        options: Of the network.
        path: The file.
        top: How many pairs are shown.
        on_event: Receives `Started` and `Advanced` events of the stage "write", whose units are pairs.

    Raises:
        OptionError: Jinja2 is not installed.
        WriteError: The file cannot be written.
        MidframeError: A frame cannot be read, or the network cannot be run.
    """
    worst = review.worst(top)
    viewers = _viewers(worst, opened, options, on_event)
    timeline = lay_out_timeline(review, worst)
    document = parse_json(Choices(input=review.input).to_json())
    values = {
        "review": review,
        "headline": headline(review, len(worst)),
        "facts": {**review.facts, **counts(review), "Reviewed in": seconds_text(review.seconds)},
        "timeline": timeline,
        "steps": [{"place": step.place, "text": step.text, "left": step.left} for step in timeline.steps],
        "width": WIDTH,
        "height": HEIGHT,
        "viewers": viewers,
        "document": document,
        "input": review.source,
        "scaled_down": any(viewer.picture.size != viewer.picture.source_size for viewer in viewers),
    }
    text = render_page(
        "review.html",
        values,
        styles=["plot.css", "viewer.css", "review.css"],
        scripts=["viewer.js", "folds.js", "pointing.js", "review.js"],
    )
    write_text(path, text)


def _viewers(
    worst: Sequence[PairReview], opened: ReviewInput, options: EngineOptions, on_event: OnEvent | None
) -> list[PairViewer]:
    """Viewers of pairs, in their order; made in the order of time, in which a video is read fastest."""
    if not worst:
        return []
    alternatives = alternatives_for(options)
    maker = PictureMaker(opened, options, alternatives)
    shape = opened.source.format
    # Each viewer has about as many pictures as one that compares that many methods.
    side = longest_side(len(worst), len(alternatives) // 2, (shape.width, shape.height))
    found: dict[int, PairViewer] = {}
    if on_event is not None:
        on_event(Started({"write": len(worst)}))
    for number, pair in enumerate(sorted(worst, key=lambda pair: pair.left)):
        found[pair.left] = _viewer(pair, maker, alternatives, (shape.height, shape.width), side)
        if on_event is not None:
            on_event(Advanced("write", number + 1))
    return [found[pair.left] for pair in worst]


def _viewer(
    pair: PairReview, maker: PictureMaker, alternatives: Sequence[Alternative], shape: tuple[int, int], side: int
) -> PairViewer:
    assert pair.signs is not None
    small: dict[str, str] = {}

    def pictures() -> Iterator[LabelledPicture]:
        for picture in maker.pictures(pair):
            if picture.name in STRIP:
                small[picture.name] = small_picture(picture.pixels, STRIP_SIDE)
            yield picture

    beginning = (AS_IT_IS.name, next(each.name for each in alternatives if each is not AS_IT_IS))
    picture = layers_around(pictures(), beginning, shape, pair.signs.place, side)
    shown = {layer.name for layer in picture.layers}
    return PairViewer(
        left=pair.left,
        when=when(pair),
        why=why(pair),
        score=f"score {pair.score:.1f}",
        picture=picture,
        strip=tuple((label, small[name]) for name, label in STRIP.items()),
        options=tuple(_option(each, pair) for each in alternatives if _layer_of(each) in shown),
    )


def _option(alternative: Alternative, pair: PairReview) -> PairOption:
    entry = alternative.entry(pair.name)
    return PairOption(
        name=alternative.name,
        label=alternative.label,
        hint=HINTS.get(alternative.name, ""),
        layer=_layer_of(alternative),
        entry=None if entry is None else entry.to_dict(),
    )


def _layer_of(alternative: Alternative) -> str:
    """The picture that shows an alternative: that of the frame before, where this is repeated."""
    return LEFT if alternative.choice in ("hold", "cut") else alternative.name
