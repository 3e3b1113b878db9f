"""Times of output frames relative to the source frames.

Source frame i is at time i. With factor m the output frames are at k/m for k = 0, 1, 2, ... All times are integers and
Fractions: no frame is lost or doubled by rounding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Literal

from midframe.errors import OptionError
from midframe.quantities import LARGEST, exact, whole_number
from midframe.text import quoted, shortened

EndMode = Literal["drop", "hold", "loop"]
"""How the output ends: on the last source frame ("drop"), with that frame held for its own interval ("hold"), or before
the first frame, which must be repeated as the last source frame ("loop")."""


@dataclass(frozen=True)
class PairSlots:
    """The output frames of one pair, from its left frame (included) to its right one (excluded).

    Attributes:
        first: Number of the first output frame.
        starts_on_source: Whether the first output frame is the left source frame.
        times: Times of the last output frames in (0, 1), ascending.
        held: Number of output frames before these that repeat the left source frame, which stands still for long.
    """

    first: int
    starts_on_source: bool
    times: tuple[Fraction, ...]
    held: int = 0

    @property
    def count(self) -> int:
        """Number of output frames."""
        return int(self.starts_on_source) + self.held + len(self.times)

    @property
    def all_times(self) -> tuple[Fraction, ...]:
        """Times of all output frames in [0, 1)."""
        return (*[Fraction(0)] * (int(self.starts_on_source) + self.held), *self.times)


def pair_slots(first: int, times: Sequence[Fraction]) -> PairSlots:
    """The slots of a pair whose output frames, from number `first`, are at `times` in [0, 1), ascending."""
    starts_on_source = bool(times) and times[0] == 0
    return PairSlots(first, starts_on_source, tuple(times[1:] if starts_on_source else times))


@dataclass(frozen=True)
class Timeline:
    """All output frames of a job.

    Attributes:
        sources: Number of source frames, at least 2.
        factor: Output frames per source interval, at least 1; any fraction.
        end: See `EndMode`.
    """

    sources: int
    factor: Fraction
    end: EndMode = "drop"

    def __post_init__(self) -> None:
        if self.sources < 2:
            raise OptionError(f"Interpolation needs at least two frames, not {self.sources}.")
        if self.factor < 1:
            raise OptionError(f"The factor must be at least 1, not {self.factor}.", option="factor")

    @property
    def settings(self) -> dict[str, object]:
        """What decides which output frames there are, besides the input and `end`; in types that JSON has."""
        return {"factor": str(self.factor)}

    @property
    def count(self) -> int:
        """Number of output frames; where m is whole, (N−1)·m+1 for "drop", N·m for "hold", (N−1)·m for "loop"."""
        if self.end == "hold":
            return ceil(self.sources * self.factor)
        if self.end == "loop":
            return ceil((self.sources - 1) * self.factor)
        return floor((self.sources - 1) * self.factor) + 1

    @property
    def pairs(self) -> int:
        """Number of pairs of neighbouring source frames."""
        return self.sources - 1

    def pair(self, index: int) -> PairSlots:
        """The output frames between source frames `index` and `index + 1`."""
        return _pair(self.factor, index)

    @property
    def tail(self) -> PairSlots:
        """The output frames at and after the last source frame; those with a time above 0 repeat it."""
        return _tail(self.factor, self.sources, self.count)

    @property
    def synthesised(self) -> int:
        """Number of output frames strictly between two source frames."""
        return self.interpolated_before(self.pairs)

    @property
    def most_times(self) -> int:
        """Upper bound of the number of output frames strictly inside a pair; at least 1."""
        return max(1, ceil(self.factor))

    def interpolated_before(self, pairs: int) -> int:
        """Number of output frames strictly inside the first `pairs` pairs."""
        return count_interpolated(self.factor, pairs)


@dataclass(frozen=True)
class OpenTimeline:
    """The output frames of an input of unknown length, such as a pipe.

    Attributes:
        factor: Output frames per source interval, above 0: below 1 where a lower rate is requested.
        end: "drop" or "hold"; the first frame of a pipe cannot be read again.
    """

    factor: Fraction
    end: EndMode = "hold"

    def __post_init__(self) -> None:
        if self.factor <= 0:
            raise OptionError(f"The factor must be above 0, not {self.factor}.", option="factor")
        if self.end == "loop":
            raise OptionError(
                "A pipe cannot loop: its first frame is no longer in memory at its end. Give a file.", option="end"
            )

    @property
    def settings(self) -> dict[str, object]:
        """What decides which output frames there are, besides the input and `end`; in types that JSON has."""
        return {"factor": str(self.factor)}

    @property
    def sources(self) -> None:
        """Number of source frames: unknown."""

    @property
    def count(self) -> None:
        """Number of output frames: unknown."""

    @property
    def synthesised(self) -> int | None:
        """Number of output frames strictly between two source frames: 0 where there can be none, else unknown."""
        return 0 if self.factor.numerator == 1 else None

    @property
    def most_times(self) -> int:
        """See `Timeline.most_times`."""
        return max(1, ceil(self.factor))

    def interpolated_before(self, pairs: int) -> int:
        """See `Timeline.interpolated_before`."""
        return count_interpolated(self.factor, pairs)

    def pair(self, index: int) -> PairSlots:
        """The output frames between source frames `index` and `index + 1`."""
        return _pair(self.factor, index)

    def tail(self, sources: int) -> PairSlots:
        """The output frames at and after the last of `sources` frames; those with a time above 0 repeat it."""
        return _tail(self.factor, sources, self.outputs(sources))

    def outputs(self, sources: int) -> int:
        """Number of output frames of `sources` frames, at least one."""
        return ceil(sources * self.factor) if self.end == "hold" else floor((sources - 1) * self.factor) + 1


def count_interpolated(factor: Fraction, pairs: int) -> int:
    """Number of output frames strictly inside the first `pairs` pairs: non-integers k/factor below `pairs`."""
    preceding = ceil(pairs * factor)
    # k/factor is an integer where k is a multiple of the numerator.
    return preceding - ceil(Fraction(preceding, factor.numerator))


def _pair(factor: Fraction, index: int) -> PairSlots:
    first = ceil(index * factor)
    return pair_slots(first, [Fraction(k) / factor - index for k in range(first, ceil((index + 1) * factor))])


def _tail(factor: Fraction, sources: int, count: int) -> PairSlots:
    last = sources - 1
    first = ceil(last * factor)
    return pair_slots(first, [Fraction(k) / factor - last for k in range(first, count)])


def parse_factor(text: str) -> Fraction:
    """Read a factor such as "2", "2.5" or "5/2" exactly.

    Raises:
        OptionError: Not a number, below 1, or above `midframe.quantities.LARGEST`.
    """
    try:
        factor = exact(text)
    except ValueError as error:
        raise OptionError(
            f"`factor` must be a number such as 2, 2.5 or 5/2, not {quoted(text)}.", option="factor"
        ) from error
    if factor < 1:
        advice = " For fewer frames than the input has, use `fps`." if factor > 0 else ""
        raise OptionError(f"`factor` must be at least 1, not {shortened(text)}.{advice}", option="factor")
    if factor > LARGEST:
        raise OptionError(f"`factor` must be at most {LARGEST}, not {shortened(text)}.", option="factor")
    return factor


def factor_of_insert(insert: int) -> Fraction:
    """The factor that inserts that many frames between each two: one more.

    Raises:
        OptionError: Not a whole number, below 0, or too large.
    """
    number = whole_number(insert)
    if number is None or not 0 <= number < LARGEST:
        raise OptionError(f"`insert` must be a whole number from 0 to {LARGEST - 1}, not {insert!r}.", option="insert")
    return Fraction(number + 1)


def evenly_spaced(insert: int) -> tuple[Fraction, ...]:
    """The times of `insert` frames between a pair: i/(insert+1)."""
    return tuple(Fraction(i, insert + 1) for i in range(1, insert + 1))
