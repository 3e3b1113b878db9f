"""SMPTE time codes (ST 12-1) at another frame rate."""

from __future__ import annotations

import re
from fractions import Fraction

DROPPED = 2
"""Numbers that are left out at the beginning of most minutes, at 30 frames per second; twice as many at 60."""


def moved_timecode(text: str, source_rate: Fraction, rate: Fraction, skipped: Fraction = Fraction(0)) -> str | None:
    """The time code of the first output frame, which counts frames of the output.

    Args:
        text: That of the first frame of the source, such as "01:00:00:12"; a semicolon before the frames says that
            numbers are dropped.
        source_rate: Frames per second of the source.
        rate: Frames per second of the output.
        skipped: Seconds of the source before its first frame that is used.

    Returns:
        None for what is not a time code of this rate.
    """
    found = re.fullmatch(r"(\d\d?):(\d\d):(\d\d)([:;.])(\d\d\d?)", text.strip())
    if found is None or source_rate <= 0 or rate <= 0:
        return None
    hours, minutes, seconds, frames = (int(found[k]) for k in (1, 2, 3, 5))
    base, new_base = round(source_rate), round(rate)
    if not base or not new_base or minutes > 59 or seconds > 59 or frames >= base:
        return None
    drops = found[4] in ";."
    minute = hours * 60 + minutes
    number = (minute * 60 + seconds) * base + frames - (_dropped(minute, base) if drops else 0)
    number = (number + round(skipped * source_rate)) * new_base // base
    keeps_dropping = drops and new_base % 30 == 0
    if keeps_dropping:
        number = _with_dropped(number, new_base)
    frames, total = number % new_base, number // new_base
    width = max(2, len(str(new_base - 1)))
    hours, minutes, seconds = total // 3600 % 24, total // 60 % 60, total % 60
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{';' if keeps_dropping else ':'}{frames:0{width}d}"


def _dropped(minute: int, base: int) -> int:
    """Numbers left out before a minute of the day: some at the beginning of each but every tenth."""
    return DROPPED * base // 30 * (minute - minute // 10)


def _with_dropped(number: int, base: int) -> int:
    """The number that a frame has where numbers are left out."""
    drop = DROPPED * base // 30
    in_ten, in_one = base * 600 - 9 * drop, base * 60 - drop
    tens, rest = divmod(number, in_ten)
    # The first minute of ten is whole.
    minutes = 0 if rest < base * 60 else 1 + (rest - base * 60) // in_one
    return number + drop * (9 * tens + minutes)
