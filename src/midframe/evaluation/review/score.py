"""From signs to one score and to reasons in words. docs/review.md says how well the score predicts real errors."""

from __future__ import annotations

from math import sqrt

from midframe.evaluation.review.results import Reason, ReasonKind
from midframe.evaluation.review.signs import PairSigns

LEVELS = 255

IMPORTANT = 0.25
"""Share of the expected squared error from which a sign is a reason."""

NEAR_CUT = 0.6
"""Share of the cut threshold from which a pair is nearly a cut."""

BRIGHTNESS = 0.6
"""Share of the disagreement that a change of brightness must explain to be the reason for it."""

FAST = 64.0
"""Pixels at flow scale 1 beyond which motion is fast: pans of photographs are below 35 dB from there on."""

FAR = 1 / 8
"""Share of the longer side that is fast in any case."""

ENTERING = 0.08
"""Share of the picture that must come from outside one of the frames to be a reason."""

REPEATING = 0.02
"""Share of the picture with repeating patterns that is a reason."""

MOST_REASONS = 3

TEXTS: dict[ReasonKind, str] = {
    "near_cut": "nearly a cut",
    "brightness": "brightness changes",
    "disagreement": "the two frames disagree in {disagreeing} of the picture",
    "fast": "fast motion of up to {fastest:.0f} pixels",
    "entering": "{entering} of the picture enters or leaves",
    "acceleration": "motion changes its speed or direction",
    "outlines": "things move past each other",
    "repetition": "repeating pattern",
}


def expected_errors(signs: PairSigns) -> dict[ReasonKind, float]:
    """The parts of the expected squared error, in units of the view squared."""
    return {
        "disagreement": signs.disagreement,
        "acceleration": signs.acceleration,
        "outlines": signs.unevenness,
        "repetition": signs.repetition,
    }


def score_of(signs: PairSigns) -> float:
    """Root of the expected squared error, in levels of 255."""
    return LEVELS * sqrt(signs.expected_error)


def reasons_of(
    signs: PairSigns,
    longer_side: int,
    flow_scale: float = 1.0,
    cut_score: float | None = None,
    cut_threshold: float = 1.0,
) -> tuple[Reason, ...]:
    """Why a pair has its score, in words; at least one reason.

    Args:
        signs: Of the pair.
        longer_side: Of its frames, in pixels.
        flow_scale: That its motion was estimated at.
        cut_score: Of the pair; None if not asked for.
        cut_threshold: Score from which it would be a cut.
    """
    parts = expected_errors(signs)
    total = sum(parts.values())
    kinds: list[ReasonKind] = []
    if cut_score is not None and cut_score >= NEAR_CUT * cut_threshold:
        kinds.append("near_cut")
    if signs.repeating >= REPEATING:
        kinds.append("repetition")
    if signs.fastest >= min(FAST / flow_scale, FAR * longer_side):
        kinds.append("fast")
    if signs.entering >= ENTERING:
        kinds.append("entering")
    ordered = sorted(parts, key=lambda kind: -parts[kind])
    for kind in ordered:
        if kind == ordered[0] or parts[kind] > IMPORTANT * total:
            named: ReasonKind = kind
            if kind == "disagreement" and signs.brightness >= BRIGHTNESS:
                named = "brightness"
            if named not in kinds:
                kinds.append(named)
    return tuple(Reason(kind, _text(kind, signs)) for kind in kinds[:MOST_REASONS])


def _text(kind: ReasonKind, signs: PairSigns) -> str:
    return TEXTS[kind].format(
        disagreeing=_share(signs.disagreeing), entering=_share(signs.entering), fastest=signs.fastest
    )


def _share(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "less than 1%"
