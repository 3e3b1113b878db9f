"""Numbers in file names: natural order, gaps, and patterns such as `{:07d}`, `%07d`, `#######` and `$F7`."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import gcd
from string import Formatter

from natsort import natsort_keygen, ns

from midframe.errors import OptionError

_NUMBER = re.compile(r"((?:(?<![^_.])-)?[0-9]+)")
_NUMBER_OR_NEGATIVE = re.compile(r"((?:(?<![^_. -])-)?[0-9]+)")
_FIELD = re.compile(r"(?:0([0-9]{1,2}))?d?")
_PRINTF = re.compile(r"%(?:0([0-9]{1,2}))?d")
_SYMBOLS = re.compile(r"#+|@+|\$F([0-9])?(?![0-9A-Za-z])")
_COPY = re.compile(r"(.*?) ?\(([0-9]+)\)")
_ADDED = re.compile(r"(.*?[^0-9_. -])[_. -]?([1-9][0-9]*)")

_LETTERS = string.ascii_letters
_LAST_SECOND = 59

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
        """Split a name such as "shot2_0001" into ("shot", "_", "") and (2, 1).

        A minus at the start, or after a dot or an underscore, is a sign; after anything else it is a hyphen. Spaces
        that fill up a number belong to it.
        """
        return _split(stem, _NUMBER)


def _split(stem: str, number: re.Pattern[str]) -> NumberedName:
    parts = number.split(stem)
    texts = [text.rstrip(" ") for text in parts[:-1:2]]
    return NumberedName((*texts, parts[-1]), tuple(int(digits) for digits in parts[1::2]))


def parse_stems(stems: Sequence[str]) -> list[NumberedName]:
    """Split the names of the files of one folder, each seen in the light of the others.

    * A minus after a space or a hyphen is a sign where the numbers continue across zero: "a -1", "a 0".
    * What is numbered from the second file on counts from the first: "a", "a (2)", "a (3)"; "a", "a_1", "a_2".

    Args:
        stems: Names without suffixes.

    Returns:
        As many names, in the same order.
    """
    continued = _continued(stems)
    if continued is not None:
        return continued
    signed = [_split(stem, _NUMBER_OR_NEGATIVE) for stem in stems]
    if _crosses_zero(signed):
        return signed
    return [NumberedName.parse(stem) for stem in stems]


def _crosses_zero(names: Sequence[NumberedName]) -> bool:
    if len({name.texts for name in names}) != 1:
        return False
    columns = zip(*(name.numbers for name in names), strict=True)
    return any(min(column) < 0 <= max(column) for column in columns)


def _continued(stems: Sequence[str]) -> list[NumberedName] | None:
    """Names of which one has no number of its own, and the others are that name with 1 or 2 and on."""
    for pattern in (_COPY, _ADDED):
        numbered = {stem: match for stem in stems if (match := pattern.fullmatch(stem))}
        bases = {match.group(1) for match in numbered.values()}
        rest = [stem for stem in stems if stem not in numbered]
        if len(bases) != 1 or rest != list(bases):
            continue
        counts = {stem: int(match.group(2)) for stem, match in numbered.items()}
        first = min(counts.values())
        if first in (1, 2):
            return [NumberedName((rest[0], ""), (counts.get(stem, first - 1),)) for stem in stems]
    return None


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


def counted_twice(names: Sequence[NumberedName]) -> tuple[int, int] | None:
    """Two names that count the same frame of different sequences: versions, cameras, passes.

    That is so for the last number of names with different texts, and of names in which an earlier number varies that
    belongs to a word (`v1_0001`, `v2_0001`), or after which the same numbers are counted each time (`1_0001`,
    `2_0001`). The parts of a time stamp are neither, nor are many groups of a few frames each (`0001_0`, `0001_1`).

    Returns:
        Indices of two such names, or None.
    """
    by_count: dict[int, dict[tuple[object, ...], int]] = {}
    varying = _varying_before_last(names)
    for index, name in enumerate(names):
        if name.numbers:
            sequence = (name.texts, *(name.numbers[column] for column in varying))
            by_count.setdefault(name.numbers[-1], {}).setdefault(sequence, index)
    for sequences in by_count.values():
        if len(sequences) > 1:
            first, second = itertools.islice(sequences.values(), 2)
            return first, second
    return None


def _varying_before_last(names: Sequence[NumberedName]) -> tuple[int, ...]:
    """Positions of numbers before the last one that distinguish sequences; none where texts differ anyway."""
    if len({name.texts for name in names}) != 1:
        return ()
    columns = list(zip(*(name.numbers for name in names), strict=True))
    varying = [column for column in range(len(columns) - 1) if len(set(columns[column])) > 1]
    if not varying or len(set(columns[-1])) < 2:
        return ()
    worded = tuple(column for column in varying if _belongs_to_a_word(names[0].texts, column))
    groups: dict[tuple[int, ...], set[int]] = {}
    for name in names:
        groups.setdefault(tuple(name.numbers[column] for column in worded or varying), set()).add(name.numbers[-1])
    counts = list(groups.values())
    frames = max(map(len, counts))
    if worded:
        return worded if len(groups) <= frames else ()
    # Minutes and seconds: the same numbers again and again, none of them above 59.
    is_time = len(columns) > 2 or max(columns[-1]) == _LAST_SECOND
    alike = all(count == counts[0] for count in counts)
    return tuple(varying) if alike and len(groups) < frames and not is_time else ()


def _belongs_to_a_word(texts: tuple[str, ...], column: int) -> bool:
    """Whether letters stand right before the number, and no digit right before these (as in 10h30m)."""
    before = texts[column]
    letters = len(before) - len(before.rstrip(_LETTERS))
    return letters > 0 and (letters < len(before) or column == 0)


def numbering_step(numbers: Iterable[int]) -> int:
    """The distance of neighbouring frame numbers: their greatest common divisor for three or more numbers, else 1."""
    ordered = sorted(set(numbers))
    return gcd(*(right - left for left, right in itertools.pairwise(ordered))) if len(ordered) > 2 else 1


def missing_ranges(numbers: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """Ranges (first, last), both included, that are missing between the smallest and the largest number.

    Frames may have been numbered in steps: 0, 10, 20 is complete, and in 0, 10, 30 only 20 is missing.
    """
    ordered = sorted(set(numbers))
    step = numbering_step(ordered)
    return tuple((left + step, right - step) for left, right in itertools.pairwise(ordered) if right - left > step)


STEM = "{stem}"
"""Stands in a pattern for the name of a source frame, without its suffix."""


@dataclass(frozen=True)
class NamePattern:
    """A file name with one number in it, and perhaps with the name of a source frame, `STEM`.

    Attributes:
        prefix: Text before the number.
        width: The number is filled up with zeros to this many digits.
        tail: Text after the number, with the file suffix if there is one.
        any_width: Whether names with more zeros are read as well.
    """

    prefix: str
    width: int
    tail: str
    any_width: bool = False

    @staticmethod
    def parse(text: str) -> NamePattern:
        """Read "shot_{:05d}.png", "{}.png", "shot_%05d.png", "shot_#####.png", "shot_@@@@@.png" or "shot.$F5.png".

        Raises:
            OptionError: Not exactly one number, a field that is not a plain integer, or not a plain file name.
        """
        if re.search(r"[/\\]", text) or text.startswith(".") or "\0" in text:
            raise OptionError(f"The name {text!r} must be a plain file name: no folders, and no dot at its start.")
        pattern = NamePattern.from_symbols(text) if "{" not in text.replace(STEM, "") else None
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

    @staticmethod
    def from_symbols(text: str) -> NamePattern | None:
        """Read what `from_printf` does, or one digit for each # or @ ("shot_####.png"), or "shot.$F4.png".

        A single symbol and "$F" without a digit stand for numbers of any width.
        """
        printf = NamePattern.from_printf(text)
        if printf is not None:
            return printf
        fields = list(_SYMBOLS.finditer(text))
        if len(fields) != 1:
            return None
        symbols = fields[0].group()
        width = int(fields[0].group(1) or 0) if symbols[0] == "$" else len(symbols)
        width = 0 if width == 1 else width
        start, end = fields[0].span()
        return NamePattern(text[:start], width, text[end:], any_width=width == 0)

    @property
    def has_stem(self) -> bool:
        """Whether the pattern contains `STEM`."""
        return STEM in self.prefix + self.tail

    def with_stem(self, stem: str) -> NamePattern:
        """The pattern with the name of a source frame filled in."""
        return replace(self, prefix=self.prefix.replace(STEM, stem), tail=self.tail.replace(STEM, stem))

    def name(self, number: int) -> str:
        """The file name of frame `number`."""
        return f"{self.prefix}{number:0{self.width}d}{self.tail}"

    def number(self, name: str) -> int | None:
        """The number of a file name that this pattern makes, or None for any other name."""
        if not (name.startswith(self.prefix) and name.endswith(self.tail)):
            return None
        text = name[len(self.prefix) : len(name) - len(self.tail)]
        sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
        if not (digits.isascii() and digits.isdigit()):
            return None
        number = int(sign + digits)
        # Some programs fill up with zeros after the sign, others count the sign.
        with_sign, behind_sign = self.name(number), f"{self.prefix}{sign}{abs(number):0{self.width}d}{self.tail}"
        return number if self.any_width or name in (with_sign, behind_sign) else None


def _from_braces(text: str) -> NamePattern | None:
    try:
        # Doubled braces stand for braces.
        parts = list(Formatter().parse(text.replace(STEM, "{" + STEM + "}")))
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
