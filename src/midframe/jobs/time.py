"""From options that concern time to a clock, a timeline and a schedule."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from midframe.errors import OptionError
from midframe.jobs.kept_frames import between_note
from midframe.media.excerpt import Excerpt
from midframe.media.images.numbering import missing_ranges, numbering_step
from midframe.media.protocols import FrameInput, FrameSource
from midframe.media.video.reading.index import VideoIndex
from midframe.media.video.stream_info import VideoStreamInfo
from midframe.timing.clock import AnySchedule, AnyTimeline, ResampledTimeline, Schedule, SourceClock
from midframe.timing.timeline import EndMode, Timeline

DEFAULT_RATE = Fraction(24)
"""Frames per second of image sequences, where nothing else is said."""

SlowSound = Literal["drop", "stretch"]
"""Sound of slow motion: left out, or made as long as the pictures at the same pitch."""

Unsteady = Literal["keep", "even"]
"""Variable frame rate: every interval is divided ("keep"), or the output gets the mean rate ("even")."""


Gaps = Literal["step", "fill"]
"""Numbers missing in an image sequence: each gap counts as one step, or the missing frames are interpolated."""


@dataclass(frozen=True)
class TimeOptions:
    """Options that concern time; the defaults change nothing.

    Attributes:
        fps: Output frames per second, instead of a factor; may be lower than the source's.
        slowmo: Keep the frame rate and stretch time by the factor.
        start: Begin with the first frame at this many seconds or later.
        end: Stop before this many seconds.
        source_fps: Frames per second of an image sequence.
        unsteady: See `Unsteady`.
        slow_sound: See `SlowSound`.
        gaps: See `Gaps`.
    """

    fps: Fraction | None = None
    slowmo: bool = False
    start: Fraction | None = None
    end: Fraction | None = None
    source_fps: Fraction | None = None
    unsteady: Unsteady = "keep"
    slow_sound: SlowSound = "drop"
    gaps: Gaps = "step"


@dataclass(frozen=True)
class ResolvedTime:
    """Nothing in here is optional.

    Attributes:
        source: The part of the input that is used.
        schedule: Which output frame stands where, and when each is shown.
        copy_streams: Whether sound and so on keep in step with the output.
        whole: Whether all of the input is used.
        notes: Sentences for the user.
        stretch_sound: How much longer sound gets; None where it is copied or left out.
        used: Numbers of the frames of the input that are used; empty where there is no telling how many come.
    """

    source: FrameInput
    schedule: AnySchedule
    copy_streams: bool
    whole: bool
    notes: tuple[str, ...]
    stretch_sound: Fraction | None = None
    used: range = range(0)


def resolve_time(
    source: FrameSource, factor: Fraction, end: EndMode, options: TimeOptions, *, timed: bool
) -> ResolvedTime:
    """Work out the time of a job.

    Args:
        source: The whole input.
        factor: Output frames per source interval; not used where a rate is given.
        end: How the output ends.
        options: What the user says.
        timed: Whether the output has time: a video.

    Raises:
        OptionError: Options that are out of range or do not go together.
    """
    check_time(options, timed=timed)
    video = source.video_index
    if video is not None and options.source_fps is not None:
        raise OptionError("`source_fps` is for image sequences; a video has its own times.", option="source_fps")
    notes = []
    if video is None and options.source_fps is None and (timed or options.fps is not None):
        notes.append(f"The images are treated as {DEFAULT_RATE} frames per second; `source_fps` sets another rate.")
    source_rate = options.source_fps or DEFAULT_RATE
    numbers = _numbers_to_fill(source) if options.gaps == "fill" else None
    if numbers is not None:
        notes.append("The frames of missing numbers are interpolated as well.")
    elif missing_ranges(source.frame_numbers or ()):
        notes.append("Each gap in the numbers counts as one step; `gaps=fill` interpolates the missing frames too.")
    clock = source_clock(source, source_rate) if numbers is None else _numbered_clock(numbers, source_rate)
    if clock.pulldown:
        notes.append(
            "Frames are shown for three and two fields alternately, as in film on discs (telecine); they are spaced "
            "evenly."
        )
    frames, part = clock.part(options.start, options.end)
    whole = len(frames) == len(source)
    if end == "loop":
        part = part.looped()
    if not whole or end == "loop":
        source = Excerpt(source, frames, looped=end == "loop")
    rate = options.fps
    if options.unsteady == "even" and rate is None and part.rate is None:
        rate = part.mean_rate * factor
    if numbers is not None and rate is None:
        rate = source_rate * factor
    timeline: AnyTimeline
    timeline = Timeline(len(part.times), factor, end) if rate is None else ResampledTimeline(part, rate, end)
    if isinstance(timeline, Timeline) or options.fps is not None:
        between = between_note(timeline)
        notes += [] if between is None else [between]
    # A recording of a broadcast may begin at any time; the output begins at 0 with what comes first.
    origin = part.times[0]
    if video is not None and whole and not options.slowmo:
        origin = max(Fraction(0), min(origin, video.begin))
    stretched = options.slowmo and options.slow_sound == "stretch" and video is not None
    if options.slowmo and source.video_info is not None and not stretched:
        notes += _dropped_tracks(source.video_info)
    return ResolvedTime(
        source,
        Schedule(timeline, part, factor if options.slowmo else Fraction(1), origin),
        copy_streams=video is not None and not options.slowmo,
        whole=whole,
        notes=tuple(notes),
        stretch_sound=factor if stretched else None,
        used=frames,
    )


def check_time(options: TimeOptions, *, timed: bool) -> None:
    """Check what can be checked without an input.

    Raises:
        OptionError: Options that are out of range or do not go together.
    """
    for name, value in (("fps", options.fps), ("source_fps", options.source_fps)):
        if value is not None and value <= 0:
            raise OptionError(f"`{name}` must be above 0, not {value}.", option=name)
    if options.fps is not None and options.slowmo:
        raise OptionError(
            "Give either `fps` or `slowmo`: `slowmo` keeps the frame rate, and `factor` sets how slow it is.",
            option="slowmo",
        )
    if options.slow_sound != "drop" and not options.slowmo:
        raise OptionError("`slowmo_audio` is about the sound of slow motion; it needs `slowmo`.", option="slowmo_audio")
    if options.slowmo and not timed:
        raise OptionError(
            "`slowmo` is for videos. Leave it out: images have no frame rate, and more of them are slow motion at the "
            "rate that you play them at. For a video of them, give a name such as slow.mp4 as `output`.",
            option="slowmo",
        )
    if options.start is not None and options.start < 0:
        raise OptionError(f"`start_time` must be 0 or more, not {float(options.start):g}.", option="start_time")


def _numbers_to_fill(source: FrameSource) -> tuple[int, ...] | None:
    """The numbers of the frames of an image sequence; None where none are missing.

    Raises:
        OptionError: No image sequence, or names that do not count in one number.
    """
    if source.frame_numbers is None:
        reason = (
            "the names of the frames are not numbered consistently"
            if len(source.image_files) > 1
            else "it is for image sequences with numbered file names"
        )
        raise OptionError(f"`gaps=fill` cannot determine the missing frames: {reason}.", option="gaps")
    return source.frame_numbers if missing_ranges(source.frame_numbers) else None


def _numbered_clock(numbers: tuple[int, ...], rate: Fraction) -> SourceClock:
    """The clock of frames that stand where their numbers say."""
    interval = 1 / (rate * numbering_step(numbers))
    times = tuple((number - numbers[0]) * interval for number in numbers)
    return SourceClock(times, times[-1] + 1 / rate, None)


def source_clock(source: FrameSource, rate: Fraction = DEFAULT_RATE) -> SourceClock:
    """When the frames of a whole input are shown.

    Args:
        source: The input.
        rate: Frames per second of an image sequence.
    """
    return _clock(source.video_index, len(source), rate)


def _clock(index: VideoIndex | None, count: int, rate: Fraction) -> SourceClock:
    if index is None:
        return SourceClock.steady(count, rate)
    if index.stamps is None:
        return SourceClock.steady(count, index.rates[0] if index.rates else DEFAULT_RATE)
    return SourceClock.of_stamps(index.stamps, index.last_duration, index.time_base, index.rates)


def _dropped_tracks(video: VideoStreamInfo) -> list[str]:
    """What is said about the sound and the subtitles of slow motion, if there are any."""
    sound, subtitles = bool(video.sound_tracks), bool(video.subtitle_tracks)
    if not sound and not subtitles:
        return []
    dropped = "Sound and subtitles are" if sound and subtitles else "Sound is" if sound else "Subtitles are"
    they = "they" if subtitles else "it"
    keep = " `slowmo_audio=stretch` keeps the sound." if sound else ""
    return [f"{dropped} dropped: in slow motion {they} would drift out of sync.{keep}"]
