"""The time of an input that comes through a pipe, whose length only its end shows."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

from midframe.errors import OptionError
from midframe.jobs.time import DEFAULT_RATE, ResolvedTime, TimeOptions, check_time
from midframe.media.excerpt import StreamPart
from midframe.media.protocols import FrameInput
from midframe.timing.clock import OpenClock, OpenSchedule
from midframe.timing.timeline import EndMode, OpenTimeline


def resolve_open_time(
    stream: FrameInput, factor: Fraction, end: EndMode, options: TimeOptions, *, timed: bool
) -> ResolvedTime:
    """Work out the time of a job whose input is a pipe.

    Args:
        stream: The input.
        factor: Output frames per source interval; not used where a rate is given.
        end: How the output ends.
        options: What the user says.
        timed: Whether the output has time: a video or a pipe.

    Raises:
        OptionError: Options that are out of range, do not go together, or need more than a pipe gives.
    """
    check_time(options, timed=timed)
    if options.unsteady == "even":
        raise OptionError("`vfr=even` is for files: a pipe has a constant frame rate.", option="vfr")
    if stream.rate is not None and options.source_fps is not None:
        raise OptionError(
            f"The pipe states a rate of {stream.rate} frames per second, so `source_fps` cannot be given.",
            option="source_fps",
        )
    rate = stream.rate or options.source_fps or DEFAULT_RATE
    notes = []
    if stream.rate is None and options.source_fps is None and (timed or options.fps is not None):
        notes.append(
            f"The pipe does not state its frame rate; {DEFAULT_RATE} is assumed. `source_fps` sets another rate."
        )
    first = 0 if options.start is None else ceil(options.start * rate)
    stop = None if options.end is None else ceil(options.end * rate)
    if stop is not None and stop - first < 2:
        raise OptionError("There are fewer than two frames between the start and the end time.", option="end_time")
    timeline = OpenTimeline(factor if options.fps is None else options.fps / rate, end)
    whole = first == 0 and stop is None
    return ResolvedTime(
        stream if whole else StreamPart(stream, first, stop),
        OpenSchedule(timeline, OpenClock(rate), factor if options.slowmo else Fraction(1)),
        copy_streams=False,
        whole=whole,
        notes=tuple(notes),
    )
