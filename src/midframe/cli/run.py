"""``midframe run``: interpolate a sequence or a video."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from midframe.cli import adapt as adapting
from midframe.cli import (
    channel_options,
    detection_options,
    engine_options,
    flow_options,
    pipe_options,
    timing_options,
)
from midframe.cli.pipe_options import output_kept_for_frames
from midframe.cli.printing import print_plan, print_summary
from midframe.cli.progress import DownloadProgress, JobListener, make_listener, print_notice
from midframe.cli.spelling import spell
from midframe.detection.cuts import DEFAULT_CUT_THRESHOLD
from midframe.engines.options import EngineOptions
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
multi-page TIFF, or - for a pipe. The output has the input's format and depth; source frames are copied into it.

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
    "output", "factor", "fps", "slowmo", "quality", "codec", "crf", "device", "cuts", "overwrite", "resume", "dry_run",
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
            "beside the input: shots_2x, clip_2x.mp4.",
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
    insert: Annotated[
        int | None, typer.Option("--insert", help="Frames to insert between each two; the same as --factor N+1.")
    ] = None,
    mode: Annotated[
        Literal["direct", "recursive", "bisect"],
        typer.Option(
            "--mode",
            help="How several frames in a pair are interpolated. direct: each from the pair itself (recommended). "
            "recursive: from the outside in, refining. bisect: middles of middles.",
        ),
    ] = "direct",
    end: Annotated[
        Literal["drop", "hold", "loop"] | None,
        typer.Option(
            "--end",
            help="drop: end on the last source frame, (N−1)·m+1 frames. hold: hold it, N·m frames. loop: continue to "
            "the first, N·m frames. Default: hold for videos, which keeps their length, else drop.",
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
            help="The view transform to display values. srgb, reinhard: for scene-linear light (OpenEXR) as PNG, TIFF "
            "or video. range: lowest and highest value become black and white. auto: only 16-bit and float data that "
            "a video would show as black are scaled. none: values stay.",
        ),
    ] = "auto",
    raw_input: pipe_options.RawInputOption = None,
    raw_output: pipe_options.RawOutputOption = False,
    cuts: detection_options.CutsOption = None,
    cut_threshold: detection_options.CutThresholdOption = None,
    static_threshold: detection_options.StaticThresholdOption = "0.996",
    dedup: detection_options.DedupOption = False,
    alpha: Annotated[
        AlphaChoice,
        typer.Option(
            "--alpha",
            help="auto: as the file has it. straight, premultiplied: how colours relate to alpha, whatever the file "
            "has. none: alpha is not coverage; each channel is interpolated by itself.",
        ),
    ] = "auto",
    channel_rule: channel_options.ChannelRuleOption = None,
    steer: channel_options.SteerOption = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name",
            help="Output names, such as 'shot_{:05d}.png' or shot_#####.png; '{stem}_{:02d}' keeps the names of source "
            "frames. Default: 0000000 and so on.",
        ),
    ] = None,
    start_number: Annotated[int, typer.Option("--start-number", help="Number of the first output frame.")] = 0,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace files that have the names of the output. No others are touched."),
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Resume where an interrupted run of the same command has stopped; begin if there was none. The "
            "result is the same to the last bit. Refuses if the input or a setting has changed.",
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
            "and used again by the same command. If adapting brings nothing, the original model is used.",
            rich_help_panel="Network",
        ),
    ] = False,
    adapt_time: Annotated[
        str, typer.Option("--adapt-time", help="How long --adapt takes.", rich_help_panel="Network")
    ] = adapting.DEFAULT_TIME,
    progress: Annotated[
        str,
        typer.Option(
            "--progress", help="auto: bars on a terminal, else lines. plain: lines. json: one object a line. none."
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
            help="Say what would be done, and how long it takes.",
        ),
    ] = False,
) -> None:
    """Run the command."""
    frame_quality, constant = engine_options.qualities(quality, crf)
    make_listener(progress)
    flow_options.check_executor(flow_out, executor)
    sources, left_out = videos_of_folders(sources)
    if left_out:
        print_notice(f"Left out what midframe has made: {', '.join(path.name for path in left_out)}.")
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
            _plan(jobs, session, progress)
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
        _run(opened, session, progress, pipes)


def _plan(jobs: Sequence[Job], session: Session, progress: str) -> None:
    def plan(job: AnyJob) -> None:
        job_plan = session.plan(job, on_event=None if progress == "json" else make_listener(progress))
        print_plan(job_plan, as_json=progress == "json")

    _each(jobs, plan)


def _run(jobs: Sequence[AnyJob], session: Session, progress: str, pipes: Pipes | None) -> None:
    def run(job: AnyJob) -> None:
        listener = make_listener(progress)
        on_event = listener if progress == "json" else JobListener(listener)
        summary = session.run(job, on_event=on_event, spell=spell, pipes=pipes)
        if progress != "json":
            print_summary(summary)

    _each(jobs, run)


def _each(jobs: Sequence[AnyJob], action: Callable[[AnyJob], None]) -> None:
    if len(jobs) == 1:
        action(jobs[0])
        return
    run_each(
        jobs,
        action,
        on_start=lambda job: print_notice(f"midframe: {job.input}"),
        on_error=lambda error: print_notice(f"midframe: {error}"),
    )
