"""Film on discs and in broadcasts, whose frames are shown for three and two fields in turn: 24 per second on 60 fields.

Its motion continues evenly anyway, so every second frame is moved to the middle between its neighbours, by half a
field's time.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

LONGER = Fraction(3, 5)
"""Share of the longer one of two intervals that follow each other."""

TOLERANCE = Fraction(1, 50)
"""How far the share may be off: containers round."""

LEAST = 8
"""Intervals in a row that follow the pattern."""


def evened(times: Sequence[Fraction]) -> tuple[tuple[Fraction, ...], int]:
    """Times with frames of three and two fields spaced evenly.

    Args:
        times: When frames are shown, ascending.

    Returns:
        The times, and how many of them were moved.
    """
    intervals = [later - earlier for earlier, later in pairwise(times)]
    kept = list(times)
    moved = 0
    begin = 0
    for number in range(1, len(intervals) + 1):
        if number < len(intervals) and _alternate(intervals[number - 1], intervals[number]):
            continue
        if number - begin >= LEAST:
            for middle in range(begin + 1, number, 2):
                kept[middle] = (times[middle - 1] + times[middle + 1]) / 2
                moved += 1
        begin = number
    return tuple(kept), moved


def _alternate(earlier: Fraction, later: Fraction) -> bool:
    """Whether one of two intervals is three fields, the other one two."""
    share = max(earlier, later) / (earlier + later)
    return abs(share - LONGER) <= TOLERANCE
