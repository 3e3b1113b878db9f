"""Classes of pairs, and the rules that assign them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, SupportsFloat, get_args

from midframe.detection.cuts import DEFAULT_CUT_THRESHOLD
from midframe.detection.static_pairs import DEFAULT_STATIC_THRESHOLD
from midframe.errors import OptionError
from midframe.quantities import require_choice

CutHandling = Literal["hold", "blend", "off"]
"""At a scene cut: repeat the frame before it, cross-fade, or interpolate as everywhere else."""

PairClass = Literal["moving", "static", "cut"]
"""Class of a pair: something moves in it, nothing does, or its frames belong to different scenes."""

PairHandling = Literal["interpolate", "hold", "blend", "cut"]
"""What a choice makes of a pair: interpolated frames, the frame before repeated, a cross-fade, or what the job does at
cuts."""

MOST_REPEATS = 4
"""Longest run of repeated frames that is taken for a cadence and replaced; longer runs are static and stay."""


@dataclass(frozen=True)
class PairRules:
    """Rules for the classification of pairs.

    Attributes:
        static_threshold: Pairs with this static score or more are static, in (0, 1]; None for identical frames only.
        cuts: What is done at cuts; "off" detects none.
        cut_threshold: Pairs with this cut score or more are cuts, in (0, 1].
        dedup: Whether repeated frames are replaced by interpolated ones.

    Raises:
        OptionError: A threshold is out of range, or there is no such way with cuts.
    """

    static_threshold: float | None = DEFAULT_STATIC_THRESHOLD
    cuts: CutHandling = "hold"
    cut_threshold: float = DEFAULT_CUT_THRESHOLD
    dedup: bool = False

    def __post_init__(self) -> None:
        require_choice("cuts", self.cuts, get_args(CutHandling))
        if self.static_threshold is not None and not 0 < self.static_threshold <= 1:
            raise OptionError(
                f"`static_threshold` must be above 0 and at most 1, or off, not {self.static_threshold:g}.",
                option="static_threshold",
            )
        if not _is_share(self.cut_threshold):
            raise OptionError(
                f"`cut_threshold` must be a number above 0 and at most 1, not {self.cut_threshold!r}.",
                option="cut_threshold",
            )


def _is_share(value: object) -> bool:
    return isinstance(value, SupportsFloat) and not isinstance(value, str) and 0 < float(value) <= 1


def parse_static_threshold(value: float | str) -> float | None:
    """A static threshold from a number, or None from "off": only identical frames count as static then.

    Raises:
        OptionError: Neither of the two.
    """
    if value == "off":
        return None
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise OptionError(
            f"`static_threshold` must be a number up to 1, or off, not {value!r}.", option="static_threshold"
        ) from error
