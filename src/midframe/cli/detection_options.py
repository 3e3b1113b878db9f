"""Options about pairs that are not simply interpolated: cuts, still pictures, repeated frames."""

from __future__ import annotations

from typing import Annotated

import typer

from midframe.detection.cuts import DEFAULT_CUT_THRESHOLD
from midframe.detection.rules import CutHandling, PairRules, parse_static_threshold

SCENES = "Cuts, still pictures, repeated frames"

CutsOption = Annotated[
    CutHandling | None,
    typer.Option(
        "--cuts",
        help="At scene cuts. hold: repeat the previous frame. blend: cross-fade. off: do not detect cuts. Default: "
        "hold; off for two pictures.",
        rich_help_panel=SCENES,
    ),
]
CutThresholdOption = Annotated[
    float | None,
    typer.Option(
        "--cut-threshold",
        help="Treat pairs that score at least this as cuts; `midframe analyze` shows scores. Default: "
        f"{DEFAULT_CUT_THRESHOLD}.",
        rich_help_panel=SCENES,
    ),
]
StaticThresholdOption = Annotated[
    str,
    typer.Option(
        "--static-threshold",
        help="Hold pairs in which nothing moves: those whose least similar tile has an SSIM of at least this. off: "
        "hold only identical ones.",
        rich_help_panel=SCENES,
    ),
]
DedupOption = Annotated[
    bool,
    typer.Option(
        "--dedup",
        help="Replace repeated frames with interpolated ones: 24 fps in 30, animation on twos or threes. The length "
        "does not change.",
        rich_help_panel=SCENES,
    ),
]
DeflickerOption = Annotated[
    bool,
    typer.Option(
        "--deflicker",
        help="Remove flicker of brightness from source frames.",
        rich_help_panel=SCENES,
    ),
]


def rules_of(static_threshold: str, cuts: CutHandling, cut_threshold: float | None, *, dedup: bool) -> PairRules:
    """What the options mean together.

    Raises:
        OptionError: A threshold that is not a number, or out of range.
    """
    return PairRules(
        static_threshold=parse_static_threshold(static_threshold),
        cuts=cuts,
        cut_threshold=DEFAULT_CUT_THRESHOLD if cut_threshold is None else cut_threshold,
        dedup=dedup,
    )
