"""From a user's input and options to what is evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from midframe.detection.rules import PairRules
from midframe.errors import OptionError, SequenceError
from midframe.jobs.time import TimeOptions, resolve_time
from midframe.media.excerpt import Excerpt
from midframe.media.input_paths import named_input
from midframe.media.protocols import FrameSource
from midframe.media.sources import open_source
from midframe.media.video.reading.rgb_source import as_usual_pictures
from midframe.timing.clock import Schedule


@dataclass(frozen=True)
class EvaluationPlan:
    """What is to be evaluated.

    Attributes:
        name: Name of the source, for people.
        source: Frames of one format: RGB, grey and so on, not coded video.
        gap: Every `gap`-th frame is kept; 2 or more.
        first: Added to indices of the source to name frames: where the source begins in the user's input.
        moment: Time of a frame of the source in seconds, by its index; None where frames have none.
        rules: How intervals are classified.
        facts: Facts about the source, for people.
        without_views: Whether frames are so large that they wait without their views.
    """

    name: str
    source: FrameSource
    gap: int = 2
    first: int = 0
    moment: Callable[[int], Fraction | None] = lambda _: None
    rules: PairRules = field(default_factory=PairRules)
    facts: Mapping[str, str] = field(default_factory=dict)
    without_views: bool = False


@dataclass(frozen=True)
class FrameLimits:
    """Which frames of an input are used.

    Attributes:
        start: Begin with the first frame at this many seconds or later; None for the beginning.
        end: Stop before this many seconds; None for the end.
        frames: Maximum number of frames; None for all.
    """

    start: Fraction | None = None
    end: Fraction | None = None
    frames: int | None = None


def last_kept(frames: int, gap: int) -> int:
    """Index of the last frame that is kept; what follows it is not used.

    Raises:
        SequenceError: There is nothing to drop between two kept frames.
    """
    if frames < gap + 1:
        raise SequenceError(
            f"{frames} frames are too few to drop some and compare: `gap={gap}` needs at least {gap + 1}."
        )
    return (frames - 1) // gap * gap


def check_gap(gap: int, frames: int | None) -> None:
    """Check numbers of frames before there is an input.

    Args:
        gap: Every `gap`-th frame is kept.
        frames: Maximum number of frames; None for all.

    Raises:
        OptionError: One of them is too small.
    """
    if gap < 2:
        raise OptionError(f"`gap` must be 2 or more, not {gap}: 2 keeps every second frame.", option="gap")
    if frames is not None and frames < gap + 1:
        raise OptionError(f"`frames` must be {gap + 1} or more for `gap={gap}`, not {frames}.", option="frames")


def plan_evaluation(
    given: str, gap: int = 2, limits: FrameLimits | None = None, rules: PairRules | None = None
) -> EvaluationPlan:
    """Open an input and plan its evaluation. The caller closes the plan's source.

    Args:
        given: See `open_source`.
        gap: Every `gap`-th frame is kept.
        limits: None for all frames.
        rules: How intervals are classified; None for those of jobs.

    Raises:
        OptionError: A gap below 2, a pipe, or limits that leave too few frames.
        SequenceError: Too few frames, or frames that do not belong together.
        UnreadableFileError: A frame that cannot be read.
        UnsupportedFormatError: A file or pixel layout that midframe does not handle.
    """
    limits = limits or FrameLimits()
    check_gap(gap, limits.frames)
    if given == "-":
        raise OptionError("Only files can be evaluated; write the pipe's frames to a file first.")
    opened = open_source(given)
    try:
        return _plan(opened, given, gap, limits, rules or PairRules())
    except BaseException:
        opened.close()
        raise


def _plan(opened: FrameSource, given: str, gap: int, limits: FrameLimits, rules: PairRules) -> EvaluationPlan:
    whole = as_usual_pictures(opened)
    options = TimeOptions(start=limits.start, end=limits.end)
    time = resolve_time(whole, Fraction(1), "drop", options, timed=False)
    source = time.source.seekable
    assert source is not None
    if limits.frames is not None and limits.frames < len(source):
        source = Excerpt(source, range(limits.frames))
    last_kept(len(source), gap)
    assert isinstance(time.schedule, Schedule)
    clock = time.schedule.clock
    is_video = whole.video_file is not None
    facts = {"Input": f"{len(source)} of {len(whole)} frames, {opened.codec_name}, {opened.format}"}
    if is_video:
        rate = clock.rate
        facts["Frame rate"] = f"{float(rate):.6g} frames per second" if rate else "variable"
    return EvaluationPlan(
        name=_name(given),
        source=source,
        gap=gap,
        first=time.used.start,
        moment=(lambda index: clock.times[index]) if is_video else (lambda _: None),
        rules=rules,
        facts=facts,
    )


def _name(given: str) -> str:
    """Without folders; a folder of frames has its own name."""
    path = Path(given)
    return path.name or path.resolve().name


def default_report_path(given: str) -> Path:
    """Where the report goes by default: ``shots`` gives ``shots_evaluation.html``, as does ``shots/*.png``."""
    path = named_input(given)
    return path.with_name(f"{path.name if path.is_dir() else path.stem}_evaluation.html")
