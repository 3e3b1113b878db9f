"""What is said about values of the wrong kind, in the words of all other messages."""

from __future__ import annotations

import re
from difflib import get_close_matches

# typer has no public names for what it hands over since it contains its own copy of click.
from typer._click.exceptions import BadParameter

from midframe.errors import OptionError
from midframe.text import shortened
from midframe.wording import enumerated

_NUMBER = re.compile(r"(.*) is not a valid (int|float)(?: range)?\.", re.DOTALL)
_CHOICE = re.compile(r"(.*) is not one of ('[^']*'(?:, '[^']*')*)\.", re.DOTALL)
_RANGE = re.compile(r"(.*) is not in the range x>=(\d+)\.", re.DOTALL)

_KINDS = {"int": "a whole number", "float": "a number"}


def explained(error: BadParameter) -> OptionError | None:
    """A wrong value as one sentence; None where the library's own words will do.

    Args:
        error: What the library says about it.
    """
    flag = error.param.opts[0] if error.param is not None and error.param.opts else None
    if flag is None or not flag.startswith("-"):
        return None
    text = error.message
    if match := _NUMBER.fullmatch(text):
        return _must_be(flag, _KINDS[match[2]], match[1])
    if match := _RANGE.fullmatch(text):
        return _must_be(flag, f"at least {match[2]}", match[1])
    if match := _CHOICE.fullmatch(text):
        choices = re.findall(r"'([^']*)'", match[2])
        closest = get_close_matches(match[1].strip("'").lower(), choices, n=1, cutoff=0.7)
        hint = f" Did you mean {closest[0]}?" if closest else ""
        return _must_be(flag, enumerated(choices, "or"), match[1], hint)
    return None


def _must_be(flag: str, kind: str, value: str, hint: str = "") -> OptionError:
    return OptionError(f"{flag} must be {kind}, not {shortened(value)}.{hint}")
