"""From the options of a job to everything that it needs, opened and checked before it begins."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from midframe.detection.rules import PairRules
from midframe.errors import OptionError, OutputExistsError, ResumeError
from midframe.jobs.decisions import Decisions, decide
from midframe.jobs.disk_guard import KeepFree, require_space
from midframe.jobs.displayed import displayed
from midframe.jobs.inputs import describe_source
from midframe.jobs.journal import JournalRecord, journal_place, read_journal
from midframe.jobs.open_time import resolve_open_time
from midframe.jobs.options import JobOptions, default_output
from midframe.jobs.pipes import check_pipes, is_pipe, open_pipe
from midframe.jobs.source_names import source_places
from midframe.jobs.time import resolve_time
from midframe.media.alpha import alpha_notes, blended_format
from midframe.media.channels import ChannelUse, channel_use, describe_use
from midframe.media.images.codecs import codec_for_suffix
from midframe.media.images.tiff.single_image import TIFF_SUFFIXES
from midframe.media.output_paths import begins_with, is_one_of, require_free_report, same_place
from midframe.media.output_plan import plan_output
from midframe.media.pipes.plan import PipeRequest, plan_pipe
from midframe.media.pipes.streams import Pipes, require_pipe
from midframe.media.protocols import FrameInput, OutputPlan
from midframe.media.source_mask import SourceMask, read_source_mask
from midframe.media.sources import open_source
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.media.video.writing.plan import VideoRequest, names_video
from midframe.paths import user_path
from midframe.runtime.deflickered import DEFLICKER_NOTE, deflickered
from midframe.timing.clock import AnySchedule, AnyTimeline
from midframe.timing.steps import Mode
from midframe.timing.timeline import OpenTimeline
from midframe.types import FrameFormat
from midframe.visualization.flow_folder import check_flow_folder
from midframe.visualization.flow_output import MOTION_SUFFIXES
from midframe.wording import counted

if TYPE_CHECKING:
    from midframe.runtime.events import FramePreview

REPORT_BEGINNING = '{"midframe": '
"""By which run reports are distinguished from other files."""


@dataclass(frozen=True)
class ResolvedJob:
    """Resolved options: nothing in here is optional or unchecked. A context manager; leaving it closes the input.

    Attributes:
        input: What the user named.
        source: Open, its frames probed and alike.
        output: Where and under what names frames will go; nothing is created yet.
        schedule: Which output frame stands where, and when it is shown.
        mode: How several frames in a pair are interpolated.
        rules: What becomes of static pairs, cuts and repeated frames.
        journal: The file that says what is finished; None where the job cannot be resumed.
        resume: Whether to continue after what the journal says.
        keep_free: What is left free on the output's disk.
        notes: Sentences that the user should see before work starts.
        whole_source: The input as it was opened: all of its frames, in their own pixel format. `source` is this source,
            a part of it, or its conversion; closing one closes both.
        options: What the job was resolved from.
        channels: What each channel of the source is used for.
        used_frames: Numbers of the frames of `whole_source` that are used; empty where their number is unknown.
        decisions: What was decided about single pairs.
        mask: What is unchanged in source frames; None for nothing.
    """

    input: str
    source: FrameInput
    output: OutputPlan
    schedule: AnySchedule
    mode: Mode
    rules: PairRules
    journal: Path | None
    resume: bool
    keep_free: KeepFree
    notes: tuple[str, ...]
    whole_source: FrameInput
    options: JobOptions
    channels: ChannelUse
    used_frames: range
    decisions: Decisions
    mask: SourceMask | None

    def __enter__(self) -> ResolvedJob:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.source.close()

    def source_frames(self, numbers: Iterable[int]) -> Iterator[FramePreview]:
        """Source frames as pictures; see `midframe.Job.source_frames`."""
        from midframe.jobs.preview import source_pictures

        return source_pictures(self, numbers)

    @property
    def timeline(self) -> AnyTimeline | OpenTimeline:
        """Which output frame stands where."""
        return self.schedule.timeline

    @property
    def path(self) -> Path:
        """The output folder or file."""
        return self.output.path

    @property
    def settings(self) -> dict[str, object]:
        """What decides which frames there are and what is in them, in types that JSON has."""
        return {
            **self.timeline.settings,
            "end": self.timeline.end,
            "stretch": str(self.schedule.stretch),
            "mode": self.mode,
            "deinterlace": self.options.deinterlace,
            "deflicker": self.options.deflicker,
            "display_transform": self.options.display_transform,
            "channel_rules": list(self.channels.rules),
            "view_channels": list(self.channels.view),
            **asdict(self.rules),
            "alpha": self.options.alpha,
            **self.decisions.settings,
            **(self.mask.settings if self.mask is not None else {}),
        }

    @property
    def needs_network(self) -> bool:
        """Whether any output frame may have to be interpolated."""
        return self.rules.dedup or self.timeline.synthesised != 0


MOST_TIMES = 1_000_000
"""Frames that can be interpolated in one pair: beyond any practical use, and the times of all of them are held."""


def resolve_job(options: JobOptions, pipes: Pipes | None = None) -> ResolvedJob:
    """Open the input, check it and the output against the options. Creates no file.

    Args:
        options: What is to be done.
        pipes: What "-" stands for; standard input and output if None.

    Raises:
        InputError: Of the kind that fits; see `midframe.errors`.
    """
    check_pipes(options.source, options.output, raw_input=options.raw_input is not None, raw_output=options.raw_output)
    path = user_path(options.output or default_output(options.source, options.factor, options.time), option="output")
    to_pipe = is_pipe(path)
    if not to_pipe and not names_video(path) and options.encoding != EncodingOptions():
        raise OptionError(
            f"{path} is not a video; `codec`, `crf`, `preset` and `pix_fmt` are for videos.", option="codec", path=path
        )
    if pipes is None and (to_pipe or is_pipe(options.source)):
        pipes = Pipes.standard()
    if to_pipe and pipes:
        require_pipe(pipes.output, writes=True)
    source: FrameInput
    if pipes and is_pipe(options.source):
        source = open_pipe(pipes, options.raw_input)
    else:
        source = open_source(options.source, options.on_damage, options.deinterlace)
    with ExitStack() as failed:
        failed.callback(source.close)
        resolved = resolve_opened(options, source, path, pipes)
        failed.pop_all()
    return resolved


def resolve_opened(options: JobOptions, source: FrameInput, path: Path, pipes: Pipes | None = None) -> ResolvedJob:
    """Check an open input and the output against the options; see `resolve_job`.

    Args:
        options: What is to be done.
        source: The input.
        path: The output.
        pipes: What "-" stands for; needed where one of the two is a pipe.

    Raises:
        InputError: Of the kind that fits.
    """
    if options.deinterlace is not None and source.video_index is None:
        raise OptionError(
            f"{options.source} is not a video file; `deinterlace` is for video files.", option="deinterlace"
        )
    to_pipe, to_video = is_pipe(path), names_video(path)
    timed = to_pipe or to_video
    whole_source = source
    if not timed:
        source = source.as_pictures()
    blended_format(source.format, options.alpha)
    _require_direct(options, source.format)
    shown = displayed(source, path, options.name, options.display_transform, options.channels, timed=timed)
    source = shown.source
    if options.deflicker:
        source = deflickered(source, options.rules.cut_threshold)
    end = options.end or ("hold" if timed else "drop")
    frames = source.seekable
    if frames is None:
        time = resolve_open_time(source, options.factor, end, options.time, timed=timed)
    else:
        time = resolve_time(frames, options.factor, end, options.time, timed=timed)
    decisions = decide(options.choices, whole_source, time.used, looped=end == "loop")
    mask = None if options.mask is None else read_source_mask(options.mask, time.source.format)
    most = time.schedule.timeline.most_times
    if most > MOST_TIMES:
        raise OptionError(
            f"Up to {most} frames would be interpolated between two, and the maximum is {MOST_TIMES}. Lower the rate "
            "or the factor, or set the rate of the input with `source_fps`.",
            option="factor" if options.time.fps is None else "fps",
        )
    if options.redo and (to_pipe or not path.exists()):
        raise OptionError(
            f"There is no {path} to redo. Make it with `choices` first.", option="redo", path=None if to_pipe else path
        )
    journal = journal_place(path, is_folder=not timed and path.suffix.lower() not in TIFF_SUFFIXES)
    unfinished = not to_pipe and os.path.lexists(journal)
    count = time.schedule.timeline.count
    output: OutputPlan
    if to_pipe and pipes:
        if options.name is not None or options.start_number:
            raise OptionError(
                "A pipe has no file names; `name` and `start_number` need a folder as output.", option="name"
            )
        request = PipeRequest(pipes.output, options.raw_output, time.schedule.rate, options.encoding)
        output = plan_pipe(source, count, request)
    else:
        output = plan_output(
            path,
            source,
            count=count,
            name=options.name,
            start_number=options.start_number,
            overwrite=options.overwrite or options.redo or (options.resume and unfinished),
            step=1 / options.factor,
            video=VideoRequest(time.schedule, options.encoding, time.copy_streams, time.whole, time.stretch_sound)
            if to_video
            else None,
            sources=source_places(source, time),
            require_free=False,
        )
    if options.flow is not None:
        check_flow_folder(options.flow.folder)
    if options.report is not None:
        _check_report(options.report, options, source, [] if to_pipe else [path, journal])
    keep_free = options.keep_free if output.fills_disk else KeepFree(0.0)
    if output.fills_disk:
        require_space(path, keep_free)
    # The last of all: what is wrong with the options would be hidden by it.
    if not options.redo:
        _require_free(output, journal if unfinished else None)
    if unfinished:
        require_not_begun(options, output, journal)
    channels = channel_use(blended_format(time.source.format, options.alpha), shown.channels)
    return ResolvedJob(
        describe_source(options.source),
        time.source,
        output,
        time.schedule,
        options.mode,
        rules_for(options, time.source),
        journal if output.resumable and frames is not None else None,
        options.resume,
        keep_free,
        (
            *source.notes,
            *shown.notes,
            *alpha_notes(time.source, options.alpha),
            *([DEFLICKER_NOTE] if options.deflicker else []),
            *time.notes,
            *decisions.notes,
            *([] if mask is None else [mask.note]),
            *output.notes,
            *describe_use(time.source.format, channels),
        ),
        whole_source,
        options,
        channels,
        time.used,
        decisions,
        mask,
    )


def _require_direct(options: JobOptions, frame_format: FrameFormat) -> None:
    """Refuse what is not there for frames of several depths, each of which is interpolated by itself."""
    if frame_format.planes > 1 and (options.mode != "direct" or options.flow is not None):
        raise OptionError(
            "Frames with several depths (Z) are interpolated directly and without flow output. Leave out `mode` and "
            "`flow_folder`, or split the stack into one file for each depth.",
            option="mode" if options.mode != "direct" else "flow_folder",
        )


def rules_for(options: JobOptions, source: FrameInput) -> PairRules:
    """The rules of the job. Two pictures are not given for a cut to be found between them."""
    if options.interpolate_two and source.length == 2 and source.video_file is None:
        return replace(options.rules, cuts="off")
    return options.rules


def require_not_begun(options: JobOptions, output: OutputPlan, journal: Path) -> None:
    """Make sure that an interrupted run is continued, or replaced on request only.

    Raises:
        OutputExistsError: There is one, and the job neither resumes nor overwrites.
        ResumeError: The journal is damaged, and may tell of one; or it is another file.
    """
    if options.resume or options.overwrite:
        return
    record = read_journal(journal)
    if record is not None and record.resumable(output.path, is_folder=False):
        raise OutputExistsError(
            f"{output.path} is not finished: {counted(record.outputs, 'frame')} of it can be used. `resume` "
            "continues after them, `overwrite` starts again.",
            option="resume",
            path=output.path,
        )


def _require_free(output: OutputPlan, journal: Path | None) -> None:
    """Refuse files in the way of an output, of which the journal of an earlier run may speak.

    Raises:
        InputError: See `OutputPlan.require_free`.
    """
    try:
        output.require_free()
    except OutputExistsError as error:
        path = output.path
        record = None if journal is None else _readable(journal)
        if record is not None and record.complete:
            raise OutputExistsError(
                f"{path} is already complete. Choose another name, or write it again with `overwrite`.",
                option="overwrite",
                path=path,
            ) from error
        if record is not None and record.resumable(path, is_folder=output.is_folder and path.is_dir()):
            raise OutputExistsError(
                f"{error} It is not finished: `resume` continues after {counted(record.outputs, 'frame')}.",
                option="resume",
                path=path,
            ) from error
        raise


def _readable(journal: Path) -> JournalRecord | None:
    """What a journal says; None for a damaged one."""
    try:
        return read_journal(journal)
    except ResumeError:
        return None


def _check_report(report: Path, options: JobOptions, source: FrameInput, outputs: Sequence[Path]) -> None:
    """Refuse a report in the place of a file of the job or of any other file, or among the frames of the output.

    Args:
        report: The file.
        options: Options of the job.
        source: Its input.
        outputs: Files and folders that the job writes.

    Raises:
        OptionError: It would replace a file of the job.
        OutputExistsError: It would replace another file that is not a report.
    """
    folders = [folder for folder in (*outputs[:1], options.flow and options.flow.folder) if folder]
    among = report.suffix.lower() in MOTION_SUFFIXES or codec_for_suffix(report.suffix) is not None
    inputs = [*source.files]
    if not is_pipe(options.source) and not isinstance(options.source, tuple):
        inputs.append(user_path(options.source))
    if (
        is_one_of(report, inputs)
        or any(same_place(report, place) for place in (*outputs, *folders))
        or (among and any(same_place(report.parent, folder) for folder in folders))
    ):
        raise OptionError(
            f"The report {report} would replace a file of the job itself. Give it another name, such as "
            f"{report.with_suffix('.json')}.",
            option="report",
            path=report,
        )
    require_free_report(report, (), options.overwrite, option="report", is_ours=begins_with(REPORT_BEGINNING))
