"""Frame rates and factors, as users enter them on a node."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from midframe.errors import OptionError
from midframe.quantities import BROADCAST_RATES, parse_rate

LARGEST_DENOMINATOR = 1001
"""Of the rates and factors that floats stand for: 29.97002997 is 30000/1001."""


def check(inputs: Mapping[str, Any]) -> None:
    """Refuse a rate that is not a rate, and a rate of slow motion.

    Args:
        inputs: Values of `fps` and `slowmo`, or of one, or none.

    Raises:
        OptionError: The rate is not a number above 0, or there is one with slow motion.
    """
    if requested_rate(inputs.get("fps", "")) is not None and inputs.get("slowmo"):
        raise OptionError(
            "For slow motion, leave `fps` empty: `slowmo` keeps the frame rate, and `factor` sets how slow it is.",
            option="fps",
        )


def requested_rate(fps: str) -> Fraction | None:
    """The output's frame rate, exactly: "24", "59.94" or "60000/1001"; None for an empty text.

    Raises:
        OptionError: It is not a number above 0.
    """
    text = str(fps).strip()
    return parse_rate(text, "fps") if text else None


def rate_of_float(value: float) -> Fraction:
    """The exact rate that a float stands for, as ComfyUI passes rates between nodes.

    Raises:
        OptionError: It is not a number above 0.
    """
    return BROADCAST_RATES.get(f"{value:.5g}") or parse_rate(exact_number(value), "source_fps")


def exact_number(value: float) -> Fraction:
    """The fraction that a float stands for: 1.5 is 3/2, and 1.3333333 is 4/3."""
    return Fraction(value).limit_denominator(LARGEST_DENOMINATOR)
