"""``midframe run``: interpolate a sequence or a video."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from midframe.cli import (
    START,
    channel_options,
    choice_options,
    detection_options,
    engine_options,
    flow_options,
    pipe_options,
    preset_options,
    timing_options,
)
from midframe.cli import adapt as adapting
from midframe.cli.pipe_options import output_kept_for_frames
from midframe.cli.printing import print_note, print_plan, print_summary
from midframe.cli.progress import DownloadProgress, JobListener, make_listener, print_notice
from midframe.cli.spelling import spell
from midframe.detection.cuts import DEFAULT_CUT_THRESHOLD
from midframe.engines.options import EngineOptions
from midframe.errors import MidframeError, OutputExistsError
from midframe.executors.options import ExecutionOptions
from midframe.executors.startup import check_for_execution
from midframe.finetuning.options import check_adaptable
from midframe.jobs.inputs import videos_of_folders
from midframe.jobs.job import Job
from midframe.jobs.session import AnyJob, Session, run_each
from midframe.media.pipes.streams import PIPE, Pipes
from midframe.types import AlphaChoice

HELP = """Interpolate frames between the frames of a video or an image sequence.

INPUT is a video, a folder of images, a quoted pattern ('shot_*.png', shot_%04d.exr), pictures named one by one, a
multi-page TIFF, or - for a pipe. The output has the input's format and depth; source frames are kept.

\b
Examples:
  midframe run clip.mp4                   twice the frame rate: clip_2x.mp4
  midframe run clip.mp4 --fps 60          any rate, exactly
  midframe run clip.mp4 -x 4 --slowmo     four times slower
  midframe run clip.mp4 -o clip.gif       an animation: .gif, .webp, .apng
  midframe run shots/ -x 8 -o slow/       eight times as many images
  midframe run a.png b.png --insert 7     seven frames between two pictures
  midframe run shots/ --gaps fill         missing frame numbers as well
"""

COMMON = (
    "output", "factor", "fps", "slowmo", "quality", "codec", "crf", "device", "cuts", "deflicker",
    "overwrite", "resume", "dry_run",
)  # fmt: skip
"""Parameters that ``--help`` shows."""


@engine_options.accept_engine_options(omit=("quality",))
def run(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Folders, globs, patterns, pictures, TIFFs or videos; - for a pipe."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder, .tif file or video; - for a pipe; the folder for all outputs of several inputs. Default: "
            "next to the input: shots_2x, clip_2x.mp4.",
        ),
    ] = None,
    factor: Annotated[
        str | None,
        typer.Option(
            "--factor",
            "-x",
            help="Output frames per source frame: 2 doubles the rate. 2.5 and 5/2 are exact. Default: 2.",
        ),
    ] = None,
    preset_file: preset_options.PresetFileOption = None,  # noqa: ARG001 - its callback sets the others
    insert: Annotated[
        int | None, typer.Option("--insert", help="Frames to insert between every two; the same as --factor N+1.")
    ] = None,
    mode: Annotated[
        Literal["direct", "recursive", "bisect"],
        typer.Option(
            "--mode",
            help="How several frames in a pair are interpolated. direct: each from the pair itself (recommended). "
            "recursive: from the outside in, with refinement. bisect: the middle first, then the middles of both "
            "halves.",
        ),
    ] = "direct",
    end: Annotated[
        Literal["drop", "hold", "loop"] | None,
        typer.Option(
            "--end",
            help="drop: end on the last source frame, (N−1)·m+1 frames. hold: hold it, N·m frames. loop: continue to "
            "the first, N·m frames. Default: hold for videos, which keeps their length; otherwise drop.",
        ),
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help="The same as --end loop.")] = False,
    fps: timing_options.FpsOption = None,
    slowmo: timing_options.SlowmoOption = False,
    slowmo_audio: timing_options.SlowSoundOption = "drop",
    start_time: timing_options.StartTimeOption = None,
    end_time: timing_options.EndTimeOption = None,
    source_fps: timing_options.SourceFpsOption = None,
    gaps: timing_options.GapsOption = "step",
    vfr: timing_options.VfrOption = "keep",
    codec: timing_options.CodecOption = None,
    crf: timing_options.ConstantQualityOption = None,
    preset: timing_options.PresetOption = None,
    pix_fmt: timing_options.PixelsOption = None,
    on_damage: timing_options.DamageOption = "conceal",
    deinterlace: timing_options.DeinterlaceOption = False,
    field_rate: timing_options.FieldRateOption = False,
    display_transform: Annotated[
        Literal["auto", "none", "srgb", "reinhard", "range"],
        typer.Option(
            "--display-transform",
            help="View transform to display values. srgb, reinhard: for scene-linear light (OpenEXR) as PNG, TIFF "
            "or video. range: lowest and highest value become black and white. auto: only 16-bit and float data that "
            "a video would show as black are scaled. none: no change.",
        ),
    ] = "auto",
    raw_input: pipe_options.RawInputOption = None,
    raw_output: pipe_options.RawOutputOption = False,
    cuts: detection_options.CutsOption = None,
    cut_threshold: detection_options.CutThresholdOption = None,
    static_threshold: detection_options.StaticThresholdOption = "0.996",
    dedup: detection_options.DedupOption = False,
    deflicker: detection_options.DeflickerOption = False,
    choices: choice_options.ChoicesOption = None,
    redo: choice_options.RedoOption = None,
    mask: choice_options.MaskOption = None,
    alpha: Annotated[
        AlphaChoice,
        typer.Option(
            "--alpha",
            help="auto: as the file says. straight, premultiplied: how colours relate to alpha, whatever the file "
            "says. none: alpha is not coverage; each channel is interpolated independently.",
        ),
    ] = "auto",
    channel_rule: channel_options.ChannelRuleOption = None,
    steer: channel_options.SteerOption = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            help="Output names, such as 'shot_{:05d}.png' or shot_#####.png; '{stem}_{:02d}' keeps the names of source "
            "frames. Default: 0000000, 0000001, ...",
        ),
    ] = None,
    start_number: Annotated[int, typer.Option("--start-number", help="Number of the first output frame.")] = 0,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace existing files with the names of the output, and no others."),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Continue an interrupted run of the same command, or start if there is none. The result is "
            "identical. Refused if the input or a setting has changed.",
        ),
    ] = False,
    keep_free: Annotated[
        str,
        typer.Option(
            "--keep-free",
            help="Stop when less of the output's disk is free than this: a share such as 2% or an amount such as 10G.",
        ),
    ] = "2%",
    flow_out: flow_options.FlowOutOption = None,
    flow_format: flow_options.FlowFormatOption = "png",
    flow_largest: engine_options.LargestOption = None,
    engine: EngineOptions = engine_options.DEFAULTS,
    quality: engine_options.QualityOrNumberOption = "default",
    executor: engine_options.ExecutorOption = "auto",
    ray_address: engine_options.RayAddressOption = "auto",
    ray_workers: engine_options.RayWorkersOption = None,
    ray_shared_input: engine_options.RaySharedInputOption = False,
    adapt: Annotated[
        bool,
        typer.Option(
            "--adapt",
            help="First adapt the network to the input, see `midframe adapt`. The weights are kept next to the output "
            "and reused by the same command; if adapting does not help, the original model is used.",
            rich_help_panel="Network",
        ),
    ] = False,
    adapt_time: Annotated[
        str, typer.Option("--adapt-time", help="Time limit of --adapt.", rich_help_panel="Network")
    ] = adapting.DEFAULT_TIME,
    progress: Annotated[
        str,
        typer.Option(
            "--progress",
            help="auto: bars on a terminal, otherwise lines. plain: lines. json: one object per line. none.",
        ),
    ] = "auto",
    report: Annotated[
        Path | None,
        typer.Option(
            "--json",
            help="Write a report with the origin of every output frame to this file; with several inputs, to files in "
            "this folder.",
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Show what would be done, and how long it takes.",
        ),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            "--verbose",
            "-v",
            help="Show everything: cuts and their scores, channels, disk, device, model, speed.",
        ),
    ] = False,
) -> None:
    """Run the command."""
    frame_quality, constant = engine_options.qualities(quality, crf)
    make_listener(progress)
    flow_options.check_executor(flow_out, executor)
    sources, left_out = videos_of_folders(sources)
    if left_out:
        print_note(f"Ignored outputs of earlier runs: {', '.join(path.name for path in left_out)}.")
    jobs = Job.for_each(
        sources,
        output,
        factor=factor,
        insert=insert,
        fps=fps,
        end=timing_options.end_of(end, loop=loop),
        mode=mode,
        cuts=cuts,
        cut_threshold=DEFAULT_CUT_THRESHOLD if cut_threshold is None else cut_threshold,
        static_threshold=static_threshold,
        dedup=dedup,
        deflicker=deflicker,
        choices=choices,
        redo=redo,
        mask=mask,
        alpha=alpha,
        channel_rules=channel_rule or (),
        steer=steer,
        name=name,
        start_number=start_number,
        overwrite=overwrite,
        resume=resume,
        keep_free=keep_free,
        slowmo=slowmo,
        slowmo_audio=slowmo_audio,
        start_time=start_time,
        end_time=end_time,
        source_fps=source_fps,
        gaps=gaps,
        vfr=vfr,
        codec=codec,
        crf=constant,
        preset=preset,
        pix_fmt=pix_fmt,
        on_damage=on_damage,
        deinterlace=deinterlace,
        field_rate=field_rate,
        display_transform=display_transform,
        raw_input=raw_input,
        raw_output=raw_output,
        flow_folder=flow_out,
        flow_format=flow_format,
        flow_largest=flow_largest,
        report=report,
    )
    network = replace(engine, quality=frame_quality)
    execution = ExecutionOptions(executor, ray_address, ray_workers, ray_shared_input)
    # All inputs share these: what is wrong with them is said once.
    check_for_execution(network, execution)
    adaptation = adapting.adapt_options(adapt_time, None, 0, time_option="adapt_time")
    if dry_run:
        with Session(network, execution=execution, downloads=DownloadProgress()) as session:
            _plan(jobs, session, progress, verbose=verbose)
        return
    if adapt:
        check_adaptable(sources)
    with ExitStack() as stack:
        # Frames go through standard output: nothing else may.
        pipes = stack.enter_context(output_kept_for_frames()) if str(output) == PIPE else None
        opened: Sequence[AnyJob] = jobs
        if adapt:
            resolved = [stack.enter_context(job.open(pipes)) for job in jobs]
            network = adapting.adapt_to_jobs(
                resolved, network, adaptation, progress, output=output, overwrite=overwrite
            )
            opened = resolved
        session = stack.enter_context(Session(network, execution=execution, downloads=DownloadProgress()))
        _run(opened, session, progress, pipes, verbose=verbose)


def _plan(jobs: Sequence[Job], session: Session, progress: str, *, verbose: bool) -> None:
    def plan(job: AnyJob, place: tuple[int, int]) -> None:
        job_plan = session.plan(job, on_event=None if progress == "json" else make_listener(progress))
        print_plan(job_plan, as_json=progress == "json", verbose=verbose, place=place)

    _each(jobs, plan)


def _run(jobs: Sequence[AnyJob], session: Session, progress: str, pipes: Pipes | None, *, verbose: bool) -> None:
    # The first job has waited for this program to start.
    started = START

    def run(job: AnyJob, place: tuple[int, int]) -> None:
        nonlocal started
        listener = make_listener(progress, notes=True)
        model = str(session.engine.model) if listener is not None else ""
        on_event = listener if progress == "json" else JobListener(listener, model, verbose=verbose, place=place)
        try:
            summary = session.run(job, on_event=on_event, spell=spell, pipes=pipes)
        except OutputExistsError as error:
            # Of several jobs that are resumed, those that were done before the interruption have no journal any more.
            if place[1] == 1 or not job.options.resume or error.option != "overwrite":
                raise
            print_notice(f"{place[0]} of {place[1]}  {job.input}: {error.path} exists, and is kept.")
            return
        ended = time.perf_counter()
        if progress != "json":
            print_summary(summary, ended - started, verbose=verbose)
        started = ended

    _each(jobs, run)


def _each(jobs: Sequence[AnyJob], action: Callable[[AnyJob, tuple[int, int]], None]) -> None:
    """Do something with each job, and its place among them."""
    if len(jobs) == 1:
        action(jobs[0], (1, 1))
        return
    begun: list[str] = []

    def report(error: MidframeError) -> None:
        # Only some errors name the input that they are about.
        subject = "" if begun[-1] in str(error) else f"{begun[-1]}: "
        print_notice(f"midframe: {subject}{error}")

    run_each(
        jobs,
        lambda job: action(job, (len(begun), len(jobs))),
        on_start=lambda job: begun.append(job.input),
        on_error=report,
    )
