"""What every sink makes sure of before it takes a frame."""

from __future__ import annotations


def require_place(index: int, count: int | None) -> None:
    """Make sure that an output of `count` frames, None if nobody knows how many, has a frame of this number.

    Raises:
        IndexError: It has not.
    """
    if index < 0 or (count is not None and index >= count):
        raise IndexError(f"frame {index} of {count}")
