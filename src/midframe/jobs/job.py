"""The public job: what is to be done, as people write it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import KW_ONLY, MISSING, dataclass, field, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from midframe.detection.cuts import DEFAULT_CUT_THRESHOLD
from midframe.detection.rules import CutHandling, PairRules, parse_static_threshold
from midframe.detection.static_pairs import DEFAULT_STATIC_THRESHOLD
from midframe.errors import OptionError
from midframe.jobs.choices import Choices, parse_choices
from midframe.jobs.disk_guard import parse_keep_free
from midframe.jobs.inputs import are_pictures, describe_source, parse_source
from midframe.jobs.options import JobOptions, default_output
from midframe.jobs.time import Gaps, SlowSound, TimeOptions, Unsteady
from midframe.media.channels import ChannelOptions, ChannelRules, parse_channel_rules
from midframe.media.display import DISPLAY_TRANSFORMS, DisplayTransform
from midframe.media.input_paths import named_input
from midframe.media.output_paths import shared_places
from midframe.media.pipes.raw import parse_raw_video
from midframe.media.pipes.streams import PIPE, Pipes
from midframe.media.video.reading.damage_log import OnDamage
from midframe.media.video.reading.deinterlacing import Pictures
from midframe.media.video.writing.encoders import EncodingOptions, check_options
from midframe.paths import user_path
from midframe.quantities import Number, parse_rate, parse_seconds, require_choice
from midframe.timing.steps import Mode
from midframe.timing.timeline import EndMode, factor_of_insert, parse_factor
from midframe.types import AlphaChoice
from midframe.visualization.flow_folder import FlowFormat, FlowOutputOptions
from midframe.visualization.flow_picture import check_largest

if TYPE_CHECKING:
    from midframe.jobs.resolve import ResolvedJob
    from midframe.runtime.events import Event, FramePreview
    from midframe.runtime.job_plan import JobPlan
    from midframe.signals import CancelToken


@dataclass(frozen=True, repr=False)
class Job:
    """What is to be done with an input. Frozen: it can be planned, previewed and run, again and again.

    Options that say the same thing in two ways exclude each other. Values are checked here where that needs no input;
    whatever depends on the input or the output is checked by `plan` and by `midframe.Session.run`.

    Attributes:
        source: Folder, glob, pattern, multi-page TIFF or video file; "-" for a pipe; or a list of pictures, in order.
        output: Folder or file; None for one next to the input, named after it and the factor. A name with the suffix of
            a video makes a video; "-" is a pipe.
        factor: Output frames per source interval: 2, 2.5, "5/2" or a Fraction, at least 1; 2 if nothing else is said.
        insert: Frames to insert between each two: the same as factor insert + 1.
        fps: Output frames per second, exactly, instead of a factor: 60, "59.94" (60000/1001) or "60000/1001".
        end: "drop" ends on the last source frame, "hold" holds it, "loop" goes back to the first; None for "hold" in
            videos, which keeps their length, else "drop".
        mode: How several frames in a pair are made: "direct", "recursive" or "bisect".
        cuts: What stands at scene cuts: "hold" repeats the frame before, "blend" cross-fades, "off" interpolates; None
            for "hold", and for "off" where the input is just two pictures.
        cut_threshold: Pairs that score at least this are cuts, above 0 and at most 1.
        static_threshold: Pairs at least this similar are held as static; "off" for identical frames only.
        dedup: Replace frames that repeat the one before by interpolated ones.
        alpha: "auto" takes alpha as the file has it. "straight" or "premultiplied": how the colours relate to it (or to
            the last channel of 2 or 4) whatever the file has. "none": it is not coverage; all channels are interpolated
            by themselves.
        name: Names of output files, such as ``shot_{:05d}.png``; None for seven digits. ``{stem}`` is the name of a
            source frame, and the number then counts from that frame.
        start_number: Number of the first output file.
        overwrite: Replace files that have the names of the output; no others are touched.
        resume: Continue where an interrupted run of the same job has stopped.
        keep_free: Stop when less of the output's disk is free: a share such as "2%", or an amount such as "10G".
        slowmo: Keep the frame rate and stretch time by the factor.
        slowmo_audio: Sound of slow motion: "drop", or "stretch" at the same pitch.
        start_time: Begin with the first frame at this time or later: seconds, or "0:01:30.5".
        end_time: Stop before this time.
        source_fps: Frames per second of an image sequence; None for 24.
        gaps: Numbers missing in an image sequence: "step" takes each gap as one step, "fill" interpolates the missing
            frames too, so that time stays even.
        vfr: Variable frame rate: "keep" divides every interval, "even" gives the output the mean rate.
        codec: Of a video output: h264, h265, av1, vp9, prores, ffv1 and others, or the name of an FFmpeg encoder.
        crf: Constant quality on the codec's own scale.
        preset: Speed against size, in the codec's own words.
        pix_fmt: FFmpeg's name of a pixel format.
        on_damage: Damaged video: "conceal" repeats the frame before, "stop" ends there.
        deinterlace: Make whole pictures of interlaced video, whose rows belong to two times.
        field_rate: With `deinterlace`, a picture for each of the two times, and not one for both.
        raw_input: What comes through the pipe where that is raw planes, such as "1280x720:yuv420p:24"; None for Y4M.
        raw_output: Send raw planes through the pipe, not Y4M.
        flow_folder: Folder for the flow of every interpolated frame; None for no flow. Needs the direct mode.
        flow_format: "png", "flo" or "npz".
        flow_largest: In flow pictures, the length in pixels that gets full colour; None for the longest in each.
        display_transform: How image files become display values: "srgb" and "reinhard" convert scene-linear light,
            "range" makes black and white of the lowest and highest value; "none" changes nothing, and "auto" only
            scales 16-bit and float data for videos, which would show them as black.
        report: File for a JSON report on the origin of every output frame; None for no report.
        channel_rules: How channels are interpolated: a mapping such as ``{"Z": "nearest"}``, or texts such as
            "Z=nearest". Keys are patterns of channels or layers, or numbers from 0 where channels have no names; the
            last that fits counts. Rules are "blend", "nearest" and "copy"; by default, names decide.
        steer: The layer, or the channels between commas, that the motion is seen in: "diffuse" or "R,G,B"; None for the
            one that shows the picture.
        choices: What is made of single pairs: a file (docs/choices.md) or a `midframe.Choices`; None to go by what is
            detected. The file is read when the job is made.
        redo: The same for a job whose output is there: only the pairs are made again for which something else was
            chosen when it was made. All other options must be as they were.
        mask: A picture of the frames' size: where it is white, interpolated frames stay as the nearer source frame
            (logos, subtitles); greys are mixed. Where it has no greys, its edges are faded out over 4 pixels.
        deflicker: Take flicker of the brightness of whole frames, as generated clips have it, out of the source frames
            before they are interpolated and written. Where none is found, nothing is changed.

    Raises:
        OptionError: A value is out of range, or two options exclude each other; its `option` says which.
    """

    source: str | Path | Sequence[str | Path]
    output: str | Path | None = None
    _: KW_ONLY
    factor: Number | None = None
    insert: int | None = None
    fps: Number | None = None
    end: EndMode | None = None
    mode: Mode = "direct"
    cuts: CutHandling | None = None
    cut_threshold: float = DEFAULT_CUT_THRESHOLD
    static_threshold: float | Literal["off"] = DEFAULT_STATIC_THRESHOLD
    dedup: bool = False
    alpha: AlphaChoice = "auto"
    name: str | None = None
    start_number: int = 0
    overwrite: bool = False
    resume: bool = False
    keep_free: int | str = "2%"
    slowmo: bool = False
    slowmo_audio: SlowSound = "drop"
    start_time: Number | None = None
    end_time: Number | None = None
    source_fps: Number | None = None
    gaps: Gaps = "step"
    vfr: Unsteady = "keep"
    codec: str | None = None
    crf: int | None = None
    preset: str | None = None
    pix_fmt: str | None = None
    on_damage: OnDamage = "conceal"
    deinterlace: bool = False
    field_rate: bool = False
    raw_input: str | None = None
    raw_output: bool = False
    flow_folder: str | Path | None = None
    flow_format: FlowFormat = "png"
    flow_largest: float | None = None
    report: str | Path | None = None
    display_transform: DisplayTransform = "auto"
    channel_rules: ChannelRules = ()
    steer: str | None = None
    choices: str | Path | Choices | None = None
    redo: str | Path | Choices | None = None
    mask: str | Path | None = None
    deflicker: bool = False
    options: JobOptions = field(init=False, compare=False)

    def __post_init__(self) -> None:
        for name, choices in (
            ("end", (*get_args(EndMode), None)),
            ("mode", get_args(Mode)),
            ("cuts", (*get_args(CutHandling), None)),
            ("alpha", get_args(AlphaChoice)),
            ("slowmo_audio", get_args(SlowSound)),
            ("vfr", get_args(Unsteady)),
            ("gaps", get_args(Gaps)),
            ("on_damage", get_args(OnDamage)),
            ("display_transform", DISPLAY_TRANSFORMS),
            ("flow_format", get_args(FlowFormat)),
        ):
            require_choice(name, getattr(self, name), choices)
        rules = parse_channel_rules(self.channel_rules)
        object.__setattr__(self, "channel_rules", tuple(f"{pattern}={rule}" for pattern, rule in rules))
        named: object = self.source
        if not isinstance(named, str | Path):
            if not isinstance(named, Iterable):
                hint = " `Session.run` takes a `Job`." if isinstance(named, Job) else ""
                raise OptionError(
                    f"`source` takes a path, a pattern or a list of pictures, not {named!r}.{hint}", option="source"
                )
            object.__setattr__(self, "source", tuple(named))
        object.__setattr__(self, "options", self._resolved_options())

    def __repr__(self) -> str:
        given = [
            f"{each.name}={getattr(self, each.name)!r}"
            for each in fields(self)
            if each.init and each.default is not MISSING and getattr(self, each.name) != each.default
        ]
        return f"Job({', '.join([repr(self.input), *given])})"

    @classmethod
    def for_each(
        cls, sources: str | Path | Iterable[str | Path], output: str | Path | None = None, **options: Any
    ) -> list[Job]:
        """The same job for each of several inputs; one job for pictures, which are the frames of one sequence.

        Args:
            sources: The inputs.
            output: For one input the output itself, for several the folder of all outputs; None for next to each input.
            **options: The other options of a job. With several inputs, `flow_folder` and `report` are folders in
                which each job gets a place of its own.

        Raises:
            OptionError: No inputs, outputs that would collide, or what `Job` refuses.
        """
        inputs = [sources] if isinstance(sources, str | Path) else list(sources)
        if not inputs:
            raise OptionError("There are no inputs.", option="source")
        if len(inputs) == 1:
            return [cls(inputs[0], output, **options)]
        if are_pictures(inputs):
            return [cls(inputs, output, **options)]
        jobs = [cls(source, **options) for source in inputs]
        return _several(jobs, None if output is None else Path(output))

    def plan(
        self,
        *,
        analyze: bool = True,
        on_event: Callable[[Event], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> JobPlan:
        """Work out what the job comes to, without interpolating or writing anything.

        Args:
            analyze: Whether the input is read to its end, to find cuts, static pairs and duplicates.
            on_event: Called with each event of reading; see `midframe.Event`.
            cancel: Stops reading.

        Returns:
            Frames, cuts, bytes and notes. How long the job takes is known to `midframe.Session.plan` only, as it takes
            a model to find out.

        Raises:
            MidframeError: What running the job would raise before its first frame.
            CancelledError: `cancel` was cancelled.
        """
        from midframe.jobs.session import plan_job

        return plan_job(self, analyze=analyze, on_event=on_event, cancel=cancel)

    def source_frames(self, numbers: Iterable[int]) -> Iterator[FramePreview]:
        """Source frames as pictures, as they are shown next to previews; see `midframe.Session.preview`.

        Args:
            numbers: Numbers of the frames from 0, counted in the part that the job uses.

        Raises:
            OptionError: No such frame, or a pipe.
            MidframeError: What running the job would raise before its first frame.
        """
        with self.open_for_preview() as opened:
            yield from opened.source_frames(numbers)

    @property
    def default_output(self) -> Path:
        """Where the output goes if `output` does not say."""
        return default_output(self.options.source, self.options.factor, self.options.time)

    @property
    def input(self) -> str:
        """The source, as it was given; many pictures in words."""
        return describe_source(self.options.source)

    def open(self, pipes: Pipes | None = None) -> ResolvedJob:
        """Open the input and check everything against it; creates no file. The result is a context manager.

        `midframe.Session` takes the result instead of the job, and closes it. So an input that is also read for
        something else, such as adapting a model, is opened once.

        Args:
            pipes: What "-" stands for; None for standard input and output.

        Raises:
            MidframeError: Of the kind that fits.
        """
        from midframe.jobs.resolve import resolve_job

        return resolve_job(self.options, pipes)

    def open_for_preview(self) -> ResolvedJob:
        """The same as `open` for a job that is not run: its output may exist already.

        Raises:
            MidframeError: Of the kind that fits.
        """
        from midframe.jobs.resolve import resolve_job

        return resolve_job(replace(self.options, overwrite=True, resume=False, redo=False))

    def _resolved_options(self) -> JobOptions:
        if self.fps is not None and (self.factor is not None or self.insert is not None):
            raise OptionError("Give either `fps` or a factor (`factor`, `insert`), not both.", option="fps")
        self._require_redo_alone()
        return JobOptions(
            source=parse_source(self.source),
            output=None if self.output is None else Path(self.output),
            factor=self._exact_factor(),
            end=self.end,
            mode=self.mode,
            rules=PairRules(
                static_threshold=parse_static_threshold(self.static_threshold),
                cuts=self.cuts or "hold",
                cut_threshold=self.cut_threshold,
                dedup=self.dedup,
            ),
            interpolate_two=self.cuts is None,
            alpha=self.alpha,
            name=self.name,
            start_number=self.start_number,
            overwrite=self.overwrite,
            time=TimeOptions(
                fps=None if self.fps is None else parse_rate(self.fps, "fps"),
                slowmo=self.slowmo,
                start=None if self.start_time is None else parse_seconds(self.start_time, "start_time"),
                end=None if self.end_time is None else parse_seconds(self.end_time, "end_time"),
                source_fps=None if self.source_fps is None else parse_rate(self.source_fps, "source_fps"),
                unsteady=self.vfr,
                gaps=self.gaps,
                slow_sound=self.slowmo_audio,
            ),
            encoding=self._encoding(),
            on_damage=self.on_damage,
            deinterlace=self._deinterlaced(),
            resume=self.resume,
            keep_free=parse_keep_free(self.keep_free),
            raw_input=None if self.raw_input is None else parse_raw_video(self.raw_input),
            raw_output=self.raw_output,
            flow=self._flow_options(),
            report=None if self.report is None else Path(self.report),
            display_transform=self.display_transform,
            channels=ChannelOptions(parse_channel_rules(self.channel_rules), self.steer),
            choices=parse_choices(self.choices if self.redo is None else self.redo),
            redo=self.redo is not None,
            mask=None if self.mask is None else Path(self.mask),
            deflicker=self.deflicker,
        )

    def _require_redo_alone(self) -> None:
        if self.redo is None:
            return
        for name in ("choices", "resume", "overwrite", "flow_folder"):
            if getattr(self, name):
                raise OptionError(
                    f"Give either `redo` or `{name}`: `redo` replaces frames of a finished output by those of other "
                    "choices, and nothing else.",
                    option="redo",
                )

    def _exact_factor(self) -> Fraction:
        if self.factor is not None and self.insert is not None:
            raise OptionError(
                "Give either `insert` or `factor`, not both: `insert=N` is the same as `factor=N+1`.", option="insert"
            )
        if self.insert is not None:
            return factor_of_insert(self.insert)
        return Fraction(2) if self.factor is None else parse_factor(str(self.factor))

    def _encoding(self) -> EncodingOptions:
        encoding = EncodingOptions(self.codec, self.crf, self.preset, self.pix_fmt)
        check_options(encoding, None if self.output is None else Path(self.output).suffix)
        return encoding

    def _deinterlaced(self) -> Pictures | None:
        if self.field_rate and not self.deinterlace:
            raise OptionError("`field_rate` says how `deinterlace` works; it needs `deinterlace`.", option="field_rate")
        if not self.deinterlace:
            return None
        return "field" if self.field_rate else "frame"

    def _flow_options(self) -> FlowOutputOptions | None:
        check_largest(self.flow_largest)
        if self.flow_folder is None:
            return None
        if self.mode != "direct":
            raise OptionError(
                f"`flow_folder` needs `mode=direct`: with {self.mode}, frames are also made from interpolated ones, "
                "and their motion is not that between source frames.",
                option="flow_folder",
            )
        return FlowOutputOptions(Path(self.flow_folder), self.flow_format, self.flow_largest)


def _several(jobs: Sequence[Job], output: Path | None) -> list[Job]:
    """Outputs, reports and flow of several jobs, none of which gets in the way of another."""
    sources = [job.input for job in jobs]
    if PIPE in sources:
        raise OptionError("A pipe cannot be one of several inputs. Give - alone.", option="source")
    if str(output) == PIPE:
        raise OptionError("Several inputs cannot go through one pipe. Run them one by one.", option="output")
    if output is not None and output.suffix and not user_path(output, option="output").is_dir():
        raise OptionError(
            f"With several inputs, the output must be a folder for all of them, not {output}.", option="output"
        )
    if any(job.name is not None for job in jobs):
        raise OptionError("`name` is for a single input.", option="name")
    for name in ("choices", "redo"):
        if any(getattr(job, name) is not None for job in jobs):
            raise OptionError(f"`{name}` is for a single input.", option=name)
    report = jobs[0].options.report
    if report is not None and report.suffix:
        raise OptionError(
            f"With several inputs, `report` takes a folder for their reports, not the file {report}.", option="report"
        )
    paths = [default_output(job.options.source, job.options.factor, job.options.time) for job in jobs]
    if output is not None:
        paths = [output / path.name for path in paths]
    several = [
        replace(
            job,
            output=path,
            report=None if report is None else report / f"{path.name}.json",
            flow_folder=None if job.flow_folder is None else Path(job.flow_folder) / path.stem,
        )
        for job, path in zip(jobs, paths, strict=True)
    ]
    _refuse_inputs_as_outputs(several)
    _refuse_shared("output", paths)
    _refuse_shared("report", [job.options.report for job in several])
    _refuse_shared("flow_folder", [job.flow_folder for job in several])
    return several


def _refuse_shared(option: str, paths: Sequence[str | Path | None]) -> None:
    for path, _ in shared_places(Path(path) for path in paths if path is not None):
        raise OptionError(
            f"Two inputs would both be written to {path}. Run them one by one, each with a different output.",
            option=option,
        )


def _refuse_inputs_as_outputs(jobs: Sequence[Job]) -> None:
    """Refuse to write over the input of another job, before or after it was read."""
    sources = [job.options.source for job in jobs]
    inputs = [path for each in sources for path in (each if isinstance(each, tuple) else [named_input(each)])]
    for option in ("output", "report", "flow_folder"):
        paths = [Path(path) for job in jobs if (path := getattr(job, option)) is not None]
        for path, other in shared_places(paths, inputs):
            raise OptionError(
                f"{path} would be written to, and is the input {other}. Run them one by one, each with a different "
                "output.",
                option=option,
                path=path,
            )
