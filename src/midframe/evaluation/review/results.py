"""What a review finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from midframe.detection.rules import PairClass
from midframe.evaluation.review.signs import PairSigns
from midframe.jobs.choices import InputFacts, PairChoice

ReasonKind = Literal[
    "near_cut", "brightness", "disagreement", "fast", "entering", "acceleration", "outlines", "repetition"
]


@dataclass(frozen=True)
class Reason:
    """Why a pair may be interpolated badly.

    Attributes:
        kind: One word, for programs.
        text: The same for people, such as "the two frames disagree in 12% of the picture".
    """

    kind: ReasonKind
    text: str


@dataclass(frozen=True)
class PairReview:
    """What a review says about a pair of source frames.

    Attributes:
        left: Index of the left frame in the whole input, from 0.
        right: Index of the right frame; the frames between them repeat the left one.
        begin: When the left frame is shown, in seconds after the first frame of the whole input.
        end: When the right frame is shown.
        name: The choice that names this pair and changes nothing; see docs/choices.md.
        verdict: "moving" pairs are interpolated, "static" pairs and a "cut" are not.
        score: Expected error of the frame half-way, as the root of the mean square in levels of 255. Its order is what
            counts. None where nothing is interpolated.
        reasons: Why, the weightiest first; empty where nothing is interpolated.
        cut_score: See `midframe.detection.cuts`; None if not asked for.
        signs: What was measured; None where nothing is interpolated.
    """

    left: int
    right: int
    begin: Fraction
    end: Fraction
    name: PairChoice
    verdict: PairClass
    score: float | None
    reasons: tuple[Reason, ...]
    cut_score: float | None
    signs: PairSigns | None


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """A source frame, small.

    Attributes:
        index: Index of the frame in the whole input.
        time: When it is shown, in seconds after the first frame of the whole input.
        image: (height, width, 3) uint8: R, G, B.
    """

    index: int
    time: Fraction
    image: NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Review:
    """What a review finds in an input.

    Attributes:
        source: The input in words.
        input: By what choices recognise the input.
        pairs: All pairs, in order.
        thumbnails: Some frames, spread over the input.
        settings: How the network was run.
        facts: About the input, for people.
        seconds: Wall time of the pass.
    """

    source: str
    input: InputFacts
    pairs: tuple[PairReview, ...]
    thumbnails: tuple[Thumbnail, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def __repr__(self) -> str:
        return f"<Review: {self.source}, {len(self.pairs)} pairs, {len(self.scored)} of them scored>"

    @property
    def scored(self) -> tuple[PairReview, ...]:
        """The pairs that are interpolated."""
        return tuple(pair for pair in self.pairs if pair.score is not None)

    def worst(self, count: int) -> tuple[PairReview, ...]:
        """The pairs with the highest scores, the worst first."""
        return tuple(sorted(self.scored, key=lambda pair: (-(pair.score or 0.0), pair.left))[:count])
