"""What a frame rate makes of the source frames: all of them are in the output, or some fall between output frames."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from midframe.errors import OptionError
from midframe.quantities import parse_rate
from midframe.timing.clock import ResampledTimeline


def between_note(timeline: ResampledTimeline) -> str | None:
    """A sentence about source frames that fall between output frames, with rates that keep all; None if none do.

    Lower rates than the source's leave frames out on purpose: nothing is said about these.
    """
    clock, rate = timeline.clock, timeline.rate
    if rate < clock.mean_rate:
        return None
    begin = clock.times[0]
    between = sum(((time - begin) * rate).denominator != 1 for time in clock.times)
    if not between:
        return None
    words = f"{between} of {len(clock.times)} source frames fall between output frames"
    if clock.rate is None:
        return f"{words}; `factor=2` keeps all."
    times = rate / clock.rate
    # Once the rate of the source keeps all, too, but nothing would be interpolated.
    first, *others = [_rate_text(count * clock.rate) for count in (floor(times), ceil(times)) if count > 1]
    return f"{words}; {' or '.join([f'`fps={first}`', *others])} keeps all."


def _rate_text(rate: Fraction) -> str:
    """A rate as the option takes it: 50, 47.952 where that is understood as 48000/1001, else the fraction."""
    short = f"{float(rate):.6g}"
    try:
        exact = parse_rate(short, "fps") == rate
    except OptionError:
        exact = False
    return short if exact else str(rate)
