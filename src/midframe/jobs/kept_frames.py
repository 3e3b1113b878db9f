"""What a frame rate or a factor makes of source frames: all are in the output, or some fall between output frames."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from midframe.errors import OptionError
from midframe.quantities import parse_rate
from midframe.timing.clock import AnyTimeline, ResampledTimeline
from midframe.timing.timeline import Timeline


def between_note(timeline: AnyTimeline) -> str | None:
    """A sentence about source frames that fall between output frames, with what keeps all; None if none do.

    Lower rates than the source's leave frames out on purpose: nothing is said about these.
    """
    if isinstance(timeline, Timeline):
        return factor_note(timeline.sources, timeline.factor)
    return _resampled_note(timeline)


def factor_note(sources: int, factor: Fraction) -> str | None:
    """The same for a factor, at least 1."""
    kept = ceil(sources / factor.denominator)
    if kept == sources:
        return None
    # 1 keeps all, too, but nothing would be interpolated.
    first, *others = [str(whole) for whole in (floor(factor), ceil(factor)) if whole > 1]
    return f"{_words(sources - kept, sources)}; {' or '.join([f'`factor={first}`', *others])} keeps all."


def rate_note(sources: int, source_rate: Fraction, rate: Fraction) -> str | None:
    """The same for an output rate and sources at a constant rate."""
    times = rate / source_rate
    kept = ceil(sources / times.denominator)
    if times < 1 or kept == sources:
        return None
    return f"{_words(sources - kept, sources)}; {_rates_that_keep_all(source_rate, times)}"


def _words(between: int, sources: int) -> str:
    return f"{between} of {sources} source frames fall between output frames"


def _resampled_note(timeline: ResampledTimeline) -> str | None:
    clock, rate = timeline.clock, timeline.rate
    if rate < clock.mean_rate:
        return None
    begin = clock.times[0]
    between = sum(((time - begin) * rate).denominator != 1 for time in clock.times)
    if not between:
        return None
    words = _words(between, len(clock.times))
    if clock.rate is None:
        return f"{words}; `factor=2` keeps all."
    return f"{words}; {_rates_that_keep_all(clock.rate, rate / clock.rate)}"


def _rates_that_keep_all(rate: Fraction, times: Fraction) -> str:
    # Once the rate of the source keeps all, too, but nothing would be interpolated.
    first, *others = [_rate_text(count * rate) for count in (floor(times), ceil(times)) if count > 1]
    return f"{' or '.join([f'`fps={first}`', *others])} keeps all."


def _rate_text(rate: Fraction) -> str:
    """A rate as the option takes it: 50, 47.952 where that is understood as 48000/1001, else the fraction."""
    short = f"{float(rate):.6g}"
    try:
        exact = parse_rate(short, "fps") == rate
    except OptionError:
        exact = False
    return short if exact else str(rate)
