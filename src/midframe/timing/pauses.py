"""Pauses of a variable frame rate: recordings of screens and animations have no frames while nothing changes.

The picture before a pause stands until its end. What changes then, changes within the time that frames usually have.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

NEIGHBOURS = 4
"""Intervals before and after one that say what is usual around it."""

LONG = Fraction(11, 2)
"""Shortest intervals that a pause lasts at least. In films that mix 24 frames per second with 120, there are five in
one."""

LONG_HERE = Fraction(7, 2)
"""The same in intervals of the usual length around it. Some frames that a camera dropped are not a pause: there, motion
goes on."""

LEAST = Fraction(1, 5)
"""Seconds that a pause lasts at least."""

SHORT = 10
"""One interval in that many is as short as the shortest, but for outliers."""


def change_starts(times: Sequence[Fraction]) -> tuple[Fraction, ...] | None:
    """When the change from each frame to the next begins.

    Args:
        times: When frames are shown, ascending.

    Returns:
        A time for each frame: its own, but at a pause one shortly before the next frame; None without pauses.
    """
    intervals = [later - earlier for earlier, later in pairwise(times)]
    if len(intervals) < 2:
        return None
    short = sorted(intervals)[len(intervals) // SHORT]
    starts = list(times)
    for number, interval in enumerate(intervals):
        if interval <= max(LEAST, LONG_HERE * short):
            continue
        before, after = intervals[max(0, number - NEIGHBOURS) : number], intervals[number + 1 : number + 1 + NEIGHBOURS]
        usual = sorted(before + after)[(len(before + after) - 1) // 2]
        if interval > LONG_HERE * usual:
            starts[number] = times[number + 1] - usual
        elif interval > LONG * short:
            starts[number] = times[number + 1] - short
    return None if starts == list(times) else tuple(starts)
