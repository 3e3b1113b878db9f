"""A job: everything that is to be done, resolved and checked before any of it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from midframe.errors import OptionError
from midframe.media.base import FrameSource
from midframe.media.codecs.tiff import SUFFIXES as TIFF_SUFFIXES
from midframe.media.output_plan import FolderPlan, OutputPlan, plan_output
from midframe.media.sources import open_source
from midframe.media.video.encoders import CONTAINERS, EncodingOptions
from midframe.media.video.plan import VideoPlan, VideoRequest, names_video
from midframe.media.video.rgb_source import RgbVideoSource
from midframe.media.video.source import VideoSource
from midframe.pipeline.time import TimeOptions, resolve_time
from midframe.policy.clock import AnyTimeline
from midframe.policy.pairs import DEFAULT_STATIC_THRESHOLD
from midframe.policy.recursion import Mode
from midframe.policy.timeline import EndMode


@dataclass(frozen=True)
class JobOptions:
    """What a user may say about a job, with the defaults.

    Attributes:
        source: Folder, glob, printf pattern, multi-page TIFF or video file.
        output: Folder or file; None for one beside the input, named after it and the factor. A name with the
            suffix of a video makes a video.
        factor: Output frames per source interval.
        end: See `midframe.policy.timeline.EndMode`; None for "hold" in videos, which keeps their length, else "drop".
        mode: See `midframe.policy.recursion`.
        static_threshold: Pairs that score this or more are held; None holds only identical ones.
        name: Output name pattern such as ``shot_{:05d}.png``; None for seven digits.
        start_number: Number of the first output frame.
        overwrite: Whether frames that are already in the output place may be replaced.
        time: Rates, ranges and slow motion.
        encoding: Compression of a video output.
    """

    source: str | Path
    output: Path | None = None
    factor: Fraction = Fraction(2)
    end: EndMode | None = None
    mode: Mode = "direct"
    static_threshold: float | None = DEFAULT_STATIC_THRESHOLD
    name: str | None = None
    start_number: int = 0
    overwrite: bool = False
    time: TimeOptions = field(default_factory=TimeOptions)
    encoding: EncodingOptions = field(default_factory=EncodingOptions)


@dataclass(frozen=True)
class Job:
    """Resolved options: nothing in here is optional or unchecked.

    Attributes:
        source: Open, its frames probed and alike.
        output: Where and under what names frames will go; nothing is created yet.
        timeline: Which output frame stands where.
        mode: How several frames in a pair are drawn.
        static_threshold: See `JobOptions`; None is a choice here too.
        notes: Sentences that the user should see before work starts.
    """

    source: FrameSource
    output: OutputPlan
    timeline: AnyTimeline
    mode: Mode
    static_threshold: float | None
    notes: tuple[str, ...]

    @property
    def place(self) -> Path:
        """The output folder or file."""
        return self.output.folder if isinstance(self.output, FolderPlan) else self.output.path

    @property
    def finished_place(self) -> Path:
        """Where finished frames are if the job stops early."""
        return self.output.partial if isinstance(self.output, VideoPlan) else self.place

    @property
    def needs_network(self) -> bool:
        """Whether any output frame lies between two source frames."""
        return self.timeline.synthesised > 0


def resolve_job(options: JobOptions) -> Job:
    """Open the input, check it and the output against the options. Creates no file.

    Raises:
        InputError: Of the kind that fits; see `midframe.errors`.
    """
    if options.static_threshold is not None and not 0 < options.static_threshold <= 1:
        raise OptionError(
            f"--static-threshold must be above 0 and at most 1, or off, not {options.static_threshold:g}."
        )
    source: FrameSource = open_source(options.source)
    path = options.output or default_output(options.source, options.factor, options.time)
    to_video = names_video(path)
    if not to_video and options.encoding != EncodingOptions():
        raise OptionError(f"{path} is no video; --codec, --quality, --preset and --pix-fmt are for videos.")
    if not to_video and isinstance(source, VideoSource):
        source = RgbVideoSource(source)
    end = options.end or ("hold" if to_video else "drop")
    time = resolve_time(source, options.factor, end, options.time, timed=to_video)
    output = plan_output(
        path,
        source,
        count=time.timeline.count,
        name=options.name,
        start_number=options.start_number,
        overwrite=options.overwrite,
        step=1 / options.factor,
        video=VideoRequest(time.schedule, options.encoding, time.sides, time.whole, time.stretch_sound)
        if to_video
        else None,
    )
    notes = (*source.notes, *time.notes, *(output.notes if isinstance(output, VideoPlan) else ()))
    return Job(time.source, output, time.timeline, options.mode, options.static_threshold, notes)


def default_output(source: str | Path, factor: Fraction, time: TimeOptions | None = None) -> Path:
    """The place beside the input: ``shots`` at factor 2 gives ``shots_2x``, ``clip.mp4`` gives ``clip_2x.mp4``.

    Videos of kinds that are read but not written give an .mp4 file.
    """
    path = Path(source)
    if any(character in path.name for character in "*?[%"):
        path = path.absolute().parent
    path = path.resolve() if path.name in ("", "..") else path
    words = f"{factor.numerator}x" if factor.denominator == 1 else f"{float(factor):g}x"
    if time is not None and time.fps is not None:
        words = f"{float(time.fps):.6g}fps"
    if time is not None and time.slowmo:
        words += "_slow"
    if path.is_dir():
        return path.with_name(f"{path.name}_{words}")
    written = path.suffix.lower() in (*TIFF_SUFFIXES, *CONTAINERS)
    return path.with_name(f"{path.stem}_{words}{path.suffix if written or not path.is_file() else '.mp4'}")
