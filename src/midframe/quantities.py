"""Rates, times and amounts as people write them, read exactly."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from midframe.errors import OptionError
from midframe.text import quoted, shortened
from midframe.wording import enumerated

Number = int | float | str | Fraction
"""A number, or text that says one."""

BROADCAST_RATES = {
    text: Fraction(number * 1000, 1001)
    for number, texts in {
        24: ("23.976", "23.98"),
        30: ("29.97",),
        48: ("47.952", "47.95"),
        60: ("59.94",),
        120: ("119.88",),
    }.items()
    for text in texts
}
"""What people write for rates that are a thousandth slower than a whole number."""

UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


LARGEST = 10**6
"""Largest rate and factor: beyond any practical use, and well within what files can say."""

SLOWEST = Fraction(1, LARGEST)
"""Lowest rate: a frame in eleven days."""

LARGEST_TERM = (1 << 31) - 1
"""Largest numerator and denominator of a rate that files and libraries take."""

_LONG_EXPONENT = re.compile(r"e[+-]?0*\d{3}", re.IGNORECASE)


def exact(value: Number) -> Fraction:
    """A number, exactly as it is written.

    Raises:
        ValueError: Not a number, or one with an exponent of three digits or more, which would take long to expand.
    """
    text = str(value)
    if _LONG_EXPONENT.search(text):
        raise ValueError(f"the exponent of {text} is too long")
    try:
        return Fraction(text)
    except ZeroDivisionError as error:
        raise ValueError(f"{text} divides by zero") from error


def parse_rate(value: Number, option: str, subject: str | None = None) -> Fraction:
    """Frames per second, exactly: 60, "59.94" (60000/1001) or "60000/1001".

    Args:
        value: The rate.
        option: Name of the option, for the message.
        subject: What the message says of a rate that is only a part of the option; None for the option itself.

    Raises:
        OptionError: Not a number above 0, beyond `SLOWEST` or `LARGEST`, or in numbers that are too long.
    """
    text, subject = str(value), subject or f"`{option}`"
    try:
        rate = BROADCAST_RATES.get(text) or _simplest(value) or exact(text)
    except ValueError as error:
        raise OptionError(
            f"{subject} must be a number such as 60, 59.94 or 60000/1001, not {quoted(text)}.", option=option
        ) from error
    if rate <= 0:
        raise OptionError(f"{subject} must be above 0, not {shortened(text)}.", option=option)
    if rate > LARGEST:
        raise OptionError(f"{subject} must be at most {LARGEST}, not {shortened(text)}.", option=option)
    if not is_usable_rate(rate):
        raise OptionError(
            f"{subject} must be at least {SLOWEST}, in numbers of at most {LARGEST_TERM}, not {shortened(text)}.",
            option=option,
        )
    return rate


def _simplest(value: Number) -> Fraction | None:
    """The broadcast rate that a float is as close to as floats are; None for any other number.

    24000 / 1001 is 23.976023976023978 in Python, and in what libraries report of videos.
    """
    if not isinstance(value, float):
        return None
    return next((rate for rate in BROADCAST_RATES.values() if float(rate) == value), None)


def is_usable_rate(rate: Fraction) -> bool:
    """Whether a rate lies within practical bounds and what files can say."""
    return SLOWEST <= rate <= LARGEST and max(rate.numerator, rate.denominator) <= LARGEST_TERM


def parse_seconds(value: Number, option: str) -> Fraction:
    """Seconds, from 90, "90", "1:30" or "0:01:30.5".

    Args:
        value: The time.
        option: Name of the option, for the message.

    Raises:
        OptionError: None of these.
    """
    text = str(value)
    wrong = OptionError(
        f"`{option}` must be seconds or h:m:s, such as 90 or 0:01:30.5, not {quoted(text)}.", option=option
    )
    try:
        seconds = Fraction(0)
        for part in text.split(":"):
            seconds = seconds * 60 + exact(part)
    except ValueError as error:
        raise wrong from error
    if text.count(":") > 2 or seconds < 0:
        raise wrong
    return seconds


def parse_bytes(value: int | str, option: str) -> int:
    """Bytes, from 5000000, "800M", "4G", "4GB" or "4GiB" (binary).

    Args:
        value: The amount.
        option: Name of the option, for the message.

    Raises:
        OptionError: None of these.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(i?)B?", str(value).strip(), re.IGNORECASE)
    if match is None:
        raise OptionError(f"`{option}` must be an amount such as 800M, 4G or 4GiB, not {quoted(value)}.", option=option)
    number, unit, binary = match.groups()
    exponent = list(UNITS).index(unit.upper())
    return round(float(number) * (1024**exponent if binary else UNITS[unit.upper()]))


def whole_number(value: Any) -> int | None:
    """A whole number of any type, also of numpy; None for what is none, such as 1.5 or a text."""
    try:
        return operator.index(value)
    except TypeError:
        return None


def require_choice(option: str, value: object, choices: Sequence[object]) -> None:
    """Refuse a value that is not one of several; None among the choices stands for no value.

    Raises:
        OptionError: Another value.
    """
    if value not in choices:
        words = [str(choice) for choice in choices if choice is not None]
        raise OptionError(f"`{option}` must be {enumerated(words, 'or')}, not {quoted(value)}.", option=option)
