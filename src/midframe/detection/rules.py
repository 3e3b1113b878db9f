"""What a user may say about pairs that are not simply interpolated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from midframe.detection.cuts import DEFAULT_CUT_THRESHOLD
from midframe.detection.static_pairs import DEFAULT_STATIC_THRESHOLD
from midframe.errors import OptionError

CutHandling = Literal["hold", "blend", "off"]
"""At a scene cut: repeat the frame before it, cross-fade, or interpolate like everywhere else."""

PairClass = Literal["moving", "static", "cut"]
"""What a pair is: something moves in it, nothing does, or its frames belong to different scenes."""

MOST_REPEATS = 4
"""Longer runs of equal frames are no cadence, but a picture that stands still; they stay as they are."""


@dataclass(frozen=True)
class PairRules:
    """How pairs are judged.

    Attributes:
        static_threshold: Pairs that score this or more are held; None holds only identical ones.
        cuts: See `CutHandling`.
        cut_threshold: Pairs that score this or more are cuts.
        dedup: Whether repeated frames are replaced by interpolated ones.
    """

    static_threshold: float | None = DEFAULT_STATIC_THRESHOLD
    cuts: CutHandling = "hold"
    cut_threshold: float = DEFAULT_CUT_THRESHOLD
    dedup: bool = False

    def __post_init__(self) -> None:
        if self.static_threshold is not None and not 0 < self.static_threshold <= 1:
            raise OptionError(
                f"--static-threshold must be above 0 and at most 1, or off, not {self.static_threshold:g}."
            )
        if not 0 < self.cut_threshold <= 1:
            raise OptionError(f"--cut-threshold must be above 0 and at most 1, not {self.cut_threshold:g}.")
