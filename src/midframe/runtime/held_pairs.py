"""What is said about a job that interpolates little or nothing, because its pairs count as cuts or as static."""

from __future__ import annotations

from collections.abc import Mapping

from midframe.detection.rules import PairClass


def held_note(pairs: Mapping[PairClass, int]) -> str | None:
    """A sentence for the user where no pair is interpolated, or at least half of them are cuts; else None.

    Args:
        pairs: How many pairs are of each class.
    """
    count, cuts = sum(pairs.values()), pairs.get("cut", 0)
    if not count:
        return None
    if cuts and 2 * cuts >= count:
        which = "The only pair counts" if count == 1 else f"{cuts} of {count} pairs count"
        return (
            f"{which} as a cut and {'is' if count == 1 else 'are'} not interpolated: the pictures have too little in "
            "common. `cuts=off` interpolates all of them."
        )
    if not pairs.get("moving"):
        return (
            "Nothing is interpolated, because nothing moves in any pair. `static_threshold=off` interpolates all pairs "
            "that are not identical."
        )
    return None
