"""A job: everything that is to be done, resolved and checked before any of it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from fractions import Fraction
from pathlib import Path

from midframe.detection.rules import PairRules
from midframe.errors import OptionError, OutputExistsError
from midframe.jobs.disk_guard import KeepFree
from midframe.jobs.journal import journal_place
from midframe.jobs.open_time import resolve_open_time
from midframe.jobs.pipes import check_pipes, is_pipe, open_pipe
from midframe.jobs.time import TimeOptions, resolve_time
from midframe.media.images.tiff import SUFFIXES as TIFF_SUFFIXES
from midframe.media.output_plan import FolderPlan, OutputPlan, plan_output
from midframe.media.pipes.plan import PipePlan, PipeRequest
from midframe.media.pipes.raw import RawVideo
from midframe.media.pipes.streams import Pipes, require_pipe
from midframe.media.protocols import FrameSource, FrameStream
from midframe.media.sources import open_source
from midframe.media.video.damage_log import OnDamage
from midframe.media.video.encoders import CONTAINERS, EncodingOptions
from midframe.media.video.plan import VideoPlan, VideoRequest, names_video
from midframe.media.video.rgb_source import as_pictures
from midframe.timing.clock import AnySchedule, AnyTimeline, ResampledTimeline
from midframe.timing.steps import Mode
from midframe.timing.timeline import EndMode, OpenTimeline


@dataclass(frozen=True)
class JobOptions:
    """What a user may say about a job, with the defaults.

    Attributes:
        source: Folder, glob, printf pattern, multi-page TIFF or video file; "-" for a pipe.
        output: Folder or file; None for one beside the input, named after it and the factor. A name with the
            suffix of a video makes a video; "-" is a pipe.
        factor: Output frames per source interval.
        end: See `midframe.timing.timeline.EndMode`; None for "hold" in videos, which keeps their length, else "drop".
        mode: See `midframe.timing.steps`.
        rules: What becomes of static pairs, cuts and repeated frames.
        name: Output name pattern such as ``shot_{:05d}.png``; None for seven digits.
        start_number: Number of the first output frame.
        overwrite: Whether frames that are already in the output place may be replaced.
        time: Rates, ranges and slow motion.
        encoding: Compression of a video output.
        resume: Go on where an interrupted run of the same job has stopped; begin if there was none.
        keep_free: What is left of the output's disk.
        on_damage: What is done about damage in a video input.
        raw_input: What comes through the pipe, where that is raw planes; None for Y4M.
        raw_output: Whether raw planes go out through the pipe, and not Y4M.
    """

    source: str | Path
    output: Path | None = None
    factor: Fraction = Fraction(2)
    end: EndMode | None = None
    mode: Mode = "direct"
    rules: PairRules = field(default_factory=PairRules)
    name: str | None = None
    start_number: int = 0
    overwrite: bool = False
    time: TimeOptions = field(default_factory=TimeOptions)
    encoding: EncodingOptions = field(default_factory=EncodingOptions)
    resume: bool = False
    keep_free: KeepFree = field(default_factory=KeepFree)
    on_damage: OnDamage = "conceal"
    raw_input: RawVideo | None = None
    raw_output: bool = False


@dataclass(frozen=True)
class Job:
    """Resolved options: nothing in here is optional or unchecked.

    Attributes:
        input: What the user named.
        source: Open, its frames probed and alike.
        output: Where and under what names frames will go; nothing is created yet.
        schedule: Which output frame stands where, and when it is shown.
        mode: How several frames in a pair are drawn.
        rules: What becomes of static pairs, cuts and repeated frames.
        journal: Where it is told what is finished; None where nobody could go on.
        resume: Whether to go on behind what the journal says.
        keep_free: What is left of the output's disk.
        notes: Sentences that the user should see before work starts.
        whole_source: The input as it was opened: all of its frames, in their own pixel format. `source` is this source,
            a part of it, or its conversion; closing one closes both.
    """

    input: str
    source: FrameSource | FrameStream
    output: OutputPlan
    schedule: AnySchedule
    mode: Mode
    rules: PairRules
    journal: Path | None
    resume: bool
    keep_free: KeepFree
    notes: tuple[str, ...]
    whole_source: FrameSource | FrameStream

    @property
    def timeline(self) -> AnyTimeline | OpenTimeline:
        """Which output frame stands where."""
        return self.schedule.timeline

    @property
    def place(self) -> Path:
        """The output folder or file."""
        return self.output.folder if isinstance(self.output, FolderPlan) else self.output.path

    @property
    def finished_place(self) -> Path:
        """Where finished frames are if the job stops early."""
        return self.output.partial if isinstance(self.output, VideoPlan) else self.place

    @property
    def is_video(self) -> bool:
        """Whether the output has time."""
        return isinstance(self.output, (VideoPlan, PipePlan))

    @property
    def what_is_left(self) -> str:
        """A sentence for the user of a job that stops early."""
        if isinstance(self.output, PipePlan):
            return "The frames finished so far went through the pipe."
        return f"The frames finished so far are in {self.finished_place}."

    @property
    def settings(self) -> dict[str, object]:
        """What decides which frames there are and what is in them, in types that JSON has."""
        timeline = self.timeline
        if isinstance(timeline, ResampledTimeline):
            time = {"rate": str(timeline.rate)}
        else:
            time = {"factor": str(timeline.factor)}
        return {
            **time,
            "end": timeline.end,
            "stretch": str(self.schedule.stretch),
            "mode": self.mode,
            **asdict(self.rules),
        }

    @property
    def needs_network(self) -> bool:
        """Whether any output frame may have to be drawn."""
        return self.rules.dedup or self.timeline.synthesised != 0


def resolve_job(options: JobOptions, pipes: Pipes | None = None) -> Job:
    """Open the input, check it and the output against the options. Creates no file.

    Args:
        options: What is to be done.
        pipes: What "-" stands for; standard input and output if None.

    Raises:
        InputError: Of the kind that fits; see `midframe.errors`.
    """
    check_pipes(options.source, options.output, raw_input=options.raw_input is not None, raw_output=options.raw_output)
    path = options.output or default_output(options.source, options.factor, options.time)
    to_pipe, to_video = is_pipe(path), names_video(path)
    timed = to_pipe or to_video
    if not timed and options.encoding != EncodingOptions():
        raise OptionError(f"{path} is no video; --codec, --crf, --preset and --pix-fmt are for videos.")
    if pipes is None and (to_pipe or is_pipe(options.source)):
        pipes = Pipes.standard()
    if to_pipe and pipes:
        require_pipe(pipes.output, writes=True)
    source: FrameSource | FrameStream
    if pipes and is_pipe(options.source):
        source = open_pipe(pipes, options.raw_input)
    else:
        source = open_source(options.source, options.on_damage)
    whole_source = source
    if not timed:
        source = as_pictures(source)
    end = options.end or ("hold" if timed else "drop")
    if isinstance(source, FrameStream):
        time = resolve_open_time(source, options.factor, end, options.time, timed=timed)
    else:
        time = resolve_time(source, options.factor, end, options.time, timed=timed)
    request: VideoRequest | PipeRequest | None = None
    if to_pipe and pipes:
        request = PipeRequest(pipes.output, options.raw_output, time.schedule.rate, options.encoding)
    elif to_video:
        request = VideoRequest(time.schedule, options.encoding, time.sides, time.whole, time.stretch_sound)
    journal = journal_place(path, is_folder=not timed and path.suffix.lower() not in TIFF_SUFFIXES)
    unfinished = not to_pipe and journal.exists()
    try:
        output = plan_output(
            path,
            source,
            count=time.schedule.timeline.count,
            name=options.name,
            start_number=options.start_number,
            overwrite=options.overwrite or (options.resume and unfinished),
            step=1 / options.factor,
            video=request,
        )
    except OutputExistsError as error:
        if not unfinished:
            raise
        raise OutputExistsError(f"{error} It is not finished: --resume goes on with it.") from error
    can_go_on = _can_go_on(output) and not isinstance(source, FrameStream)
    return Job(
        str(options.source),
        time.source,
        output,
        time.schedule,
        options.mode,
        options.rules,
        journal if can_go_on else None,
        options.resume,
        # A pipe fills no disk that is known here.
        KeepFree(0.0) if to_pipe else options.keep_free,
        (*source.notes, *time.notes, *(output.notes if isinstance(output, (VideoPlan, PipePlan)) else ())),
        whole_source,
    )


def _can_go_on(output: OutputPlan) -> bool:
    """Whether another run could go on behind frames that are in such an output."""
    if isinstance(output, VideoPlan):
        return not output.encoding.container.animation
    return isinstance(output, FolderPlan)


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
