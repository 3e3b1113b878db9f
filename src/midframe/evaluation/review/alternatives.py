"""What could be made of a pair, as pictures: the frame half-way, with each choice that there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from midframe.detection.rules import PairHandling
from midframe.engines.interpolation import PairInterpolator
from midframe.engines.loading import load_model
from midframe.engines.options import EngineOptions, PairOptions
from midframe.errors import OutOfMemoryError
from midframe.evaluation.review.opening import ReviewInput
from midframe.evaluation.review.results import PairReview
from midframe.jobs.choices import PairChoice
from midframe.media.pixels import FrameValues, ViewTransform
from midframe.types import Frame
from midframe.visualization.image_files import to_pixels

MIDDLE = Fraction(1, 2)

Picture = NDArray[np.uint8]
"""(height, width, 3), R, G, B."""


class LabelledPicture(NamedTuple):
    """A picture and what it is: one word, and words for people."""

    name: str
    label: str
    pixels: Picture


@dataclass(frozen=True)
class Alternative:
    """One of the things that can be made of a pair.

    Attributes:
        name: One word, unique.
        label: For people, short.
        choice: What a file of choices says of it.
        options: How the pair is interpolated, where it is.
    """

    name: str
    label: str
    choice: PairHandling = "interpolate"
    options: PairOptions = field(default_factory=PairOptions)

    def entry(self, name: PairChoice) -> PairChoice | None:
        """The choice for a pair; None where nothing is changed."""
        if self.choice == "interpolate" and self.options.is_default:
            return None
        return replace(name, choice=self.choice, quality=self.options.quality, flow_scale=self.options.flow_scale)


LEFT, RIGHT = "left", "right"
"""Names of the pictures of a pair's own frames; "hold" and "cut" show the left one."""

AS_IT_IS = Alternative("as-it-is", "As it is")

ALTERNATIVES = (
    AS_IT_IS,
    Alternative("best", "Best quality", options=PairOptions(quality="best")),
    Alternative("scale-half", "Flow scale 0.5", options=PairOptions(flow_scale=0.5)),
    Alternative("scale-double", "Flow scale 2", options=PairOptions(flow_scale=2.0)),
    Alternative("blend", "Blend", "blend"),
    Alternative("hold", "Hold", "hold"),
    Alternative("cut", "Cut here", "cut"),
)
"""In the order of the page."""


def alternatives_for(options: EngineOptions) -> tuple[Alternative, ...]:
    """The alternatives that differ from what a job with these options does, and that job itself."""
    return tuple(each for each in ALTERNATIVES if each is AS_IT_IS or not _is_the_same(each, options))


def _is_the_same(alternative: Alternative, options: EngineOptions) -> bool:
    """Whether an alternative does nothing that is not done anyway."""
    return alternative.choice == "interpolate" and alternative.options.applied_to(options) == options


class PictureMaker:
    """Makes the frames half-way of pairs, with each of the alternatives.

    Networks are all loaded at once, and only one at a time keeps what it needs to run.

    Args:
        opened: The input.
        options: Of the job.
        alternatives: From `alternatives_for`.

    Raises:
        MidframeError: A network cannot be loaded.
    """

    def __init__(self, opened: ReviewInput, options: EngineOptions, alternatives: Sequence[Alternative]) -> None:
        self._opened = opened
        self._engines = {
            each.name: load_model(each.options.applied_to(options))
            .fitted(opened.source.format, 1, "direct")
            .make_engine()
            for each in alternatives
            if each.choice == "interpolate"
        }
        self._alternatives = alternatives

    def pictures(self, pair: PairReview) -> Iterator[LabelledPicture]:
        """Each alternative with a picture of its own, then the left and the right frame, as 8-bit R, G, B.

        Those for which memory does not suffice are left out, unless it is the job itself.

        Raises:
            MidframeError: A frame cannot be read, or the network cannot be run.
        """
        left, right = (self._opened.source.read(index - self._opened.first) for index in (pair.left, pair.right))
        transform = self._opened.transform
        seen = transform.for_pair(*(FrameValues.of(frame, transform.use) for frame in (left, right)))
        views = [seen.view(frame.samples) for frame in (left, right)]
        for each in self._alternatives:
            if each.choice == "blend":
                yield LabelledPicture(each.name, each.label, to_pixels((views[0] + views[1]) * np.float32(0.5)))
            elif each.choice == "interpolate":
                try:
                    yield LabelledPicture(each.name, each.label, self._interpolated(each.name, left, right, seen))
                except OutOfMemoryError:
                    if each is AS_IT_IS:
                        raise
        yield LabelledPicture(LEFT, "Previous frame", to_pixels(views[0]))
        yield LabelledPicture(RIGHT, "Next frame", to_pixels(views[1]))

    def _interpolated(self, name: str, left: Frame, right: Frame, seen: ViewTransform) -> Picture:
        engine = self._engines[name]
        interpolator = PairInterpolator(engine, seen)
        (samples,) = interpolator.samples(interpolator.encode(left), interpolator.encode(right), [MIDDLE])
        engine.release()
        return to_pixels(seen.view(samples))
