"""Times between two frames, as callers give them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from midframe.errors import OptionError

Time = float | Fraction


def exact_time(time: Any) -> Fraction:
    """A time between two frames, exactly.

    Raises:
        OptionError: Not a number inside (0, 1).
    """
    # Scalars of numpy and torch are not all numbers to Fraction, but all of them become floats.
    try:
        exact = time if isinstance(time, Fraction) else float(time)
    except (TypeError, ValueError) as error:
        raise OptionError(
            f"A time must be a number between 0 and 1, exclusive, not {time!r}.", option="times"
        ) from error
    if not 0 < exact < 1:
        raise OptionError(
            f"Times must be between 0 (the left frame) and 1 (the right one), exclusive, not {time}.", option="times"
        )
    return Fraction(exact)
