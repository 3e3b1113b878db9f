"""Chapters of a part of a file, or of one whose time was stretched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container.core import Chapter

TICK = Fraction(1, 1_000_000_000)
"""Seconds; the unit of Matroska. MP4 rounds to milliseconds."""


@dataclass(frozen=True)
class TimeMap:
    """From times of a source to times of an output.

    Attributes:
        origin: The time of the source that becomes 0.
        end: When the output ends.
        stretch: Duration of the output over that of the source.
    """

    origin: Fraction
    end: Fraction
    stretch: Fraction = Fraction(1)

    def at(self, time: Fraction) -> Fraction:
        """When something is in the output; it may lie before or after it."""
        return (time - self.origin) * self.stretch


def mapped_chapters(chapters: Sequence[Chapter], times: TimeMap) -> list[Chapter]:
    """The chapters of which something is in the output, cut to its time."""
    found: list[Chapter] = []
    for chapter in chapters:
        base = chapter["time_base"]
        assert base is not None
        begin = max(Fraction(0), times.at(chapter["start"] * base))
        end = min(times.end, times.at(chapter["end"] * base))
        if begin < end:
            mapped = {"start": round(begin / TICK), "end": round(end / TICK), "time_base": TICK}
            found.append({**chapter, **mapped})  # type: ignore[typeddict-item]
    return found


def chapters_note(chapters: Sequence[Chapter], kept: Sequence[Chapter]) -> str | None:
    """A sentence about chapters that are left out; None if there are none."""
    lost = len(chapters) - len(kept)
    if not lost:
        return None
    return f"Left out {lost} of {len(chapters)} chapters outside the output's time."
