"""Numbers in file names: natural order, gaps, and patterns in `{:07d}` and `%07d` style."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import Formatter

from natsort import natsort_keygen, ns

from midframe.errors import OptionError

_DIGITS = re.compile(r"([0-9]+)")
_FIELD = re.compile(r"(?:0([0-9]{1,2}))?d?")
_PRINTF = re.compile(r"%(?:0([0-9]{1,2}))?d")

natural_key = natsort_keygen(alg=ns.INT)
"""Sort key for names: digit runs count as numbers."""


@dataclass(frozen=True)
class NumberedName:
    """A file name without its suffix, split into text and numbers.

    Attributes:
        texts: What stands around the numbers; one more than there are numbers.
        numbers: Every digit run as a number.
    """

    texts: tuple[str, ...]
    numbers: tuple[int, ...]

    @staticmethod
    def parse(stem: str) -> NumberedName:
        """Split a name such as "shot2_0001" into ("shot", "_", "") and (2, 1)."""
        parts = _DIGITS.split(stem)
        return NumberedName(tuple(parts[::2]), tuple(int(number) for number in parts[1::2]))


def counting_numbers(names: Sequence[NumberedName]) -> list[int] | None:
    """The frame numbers of names that differ in their numbers only: those of the last digit run that varies.

    Returns:
        One number a name, or None where the names have different texts, or where more than one digit run
        varies (time stamps), so that no single number counts the frames.
    """
    if len({name.texts for name in names}) != 1 or not names[0].numbers:
        return None
    columns = list(zip(*(name.numbers for name in names), strict=True))
    varying = [column for column in columns if len(set(column)) > 1]
    if len(varying) > 1:
        return None
    return list(varying[0] if varying else columns[-1])


def missing_ranges(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Ranges (first, last), both included, that are missing between the smallest and the largest number.

    Three or more numbers with one constant step (0, 10, 20) are complete: the frames were numbered that way.
    """
    ordered = sorted(set(numbers))
    pairs = list(itertools.pairwise(ordered))
    if len(pairs) > 1 and len({right - left for left, right in pairs}) == 1:
        return ()
    return tuple((left + 1, right - 1) for left, right in pairs if right - left > 1)


@dataclass(frozen=True)
class NamePattern:
    """A file name with one number in it.

    Attributes:
        prefix: Text before the number.
        width: The number is filled up with zeros to this many digits.
        tail: Text after the number, with the file suffix if there is one.
    """

    prefix: str
    width: int
    tail: str

    @staticmethod
    def parse(text: str) -> NamePattern:
        """Read "shot_{:05d}.png", "{}.png" or "shot_%05d.png".

        Raises:
            OptionError: Not exactly one number, a field that is not a plain integer, or not a plain file name.
        """
        if re.search(r"[/\\]", text) or text.startswith(".") or "\0" in text:
            raise OptionError(f"The name {text!r} must be a plain file name: no folders, and no dot at its start.")
        pattern = NamePattern.from_printf(text) if "{" not in text else None
        pattern = pattern or _from_braces(text)
        if pattern is None:
            raise OptionError(
                f"The name {text!r} needs exactly one place for the frame number, such as 'frame_{{:05d}}.png'."
            )
        return pattern

    @staticmethod
    def from_printf(text: str) -> NamePattern | None:
        """Read "shot_%05d.png" or "%d.png"; None where there is not exactly one such field."""
        fields = list(_PRINTF.finditer(text.replace("%%", "\0\0")))
        if len(fields) != 1:
            return None
        start, end = fields[0].span()
        return NamePattern(text[:start].replace("%%", "%"), int(fields[0].group(1) or 0), text[end:].replace("%%", "%"))

    def name(self, number: int) -> str:
        """The file name of frame `number`."""
        return f"{self.prefix}{number:0{self.width}d}{self.tail}"

    def number(self, name: str) -> int | None:
        """The number of a file name that this pattern makes, or None for any other name."""
        if not (name.startswith(self.prefix) and name.endswith(self.tail)):
            return None
        digits = name[len(self.prefix) : len(name) - len(self.tail)]
        if not (digits.isascii() and digits.isdigit()) or self.name(int(digits)) != name:
            return None
        return int(digits)


def _from_braces(text: str) -> NamePattern | None:
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return None
    fields = [part for part in parts if part[1] is not None]
    if len(fields) != 1 or fields[0][1] not in ("", "0") or fields[0][3]:
        return None
    specification = _FIELD.fullmatch(fields[0][2] or "")
    if specification is None:
        return None
    position = parts.index(fields[0])
    prefix = "".join(part[0] for part in parts[: position + 1])
    return NamePattern(prefix, int(specification.group(1) or 0), "".join(part[0] for part in parts[position + 1 :]))
