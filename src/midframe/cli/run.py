"""``midframe run``: interpolate a sequence or a video."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer

from midframe.cli import adapt as adapting
from midframe.cli import (
    batch,
    byte_sizes,
    detection_options,
    engine_options,
    flow_options,
    pipe_options,
    timing_options,
)
from midframe.engines.options import EngineOptions
from midframe.executors.options import ExecutionOptions
from midframe.finetuning.options import check_adaptable
from midframe.jobs.job import JobOptions
from midframe.media.video.encoders import EncodingOptions

HELP = """Draw frames between the frames of a sequence or a video.

INPUT is a folder of images, a quoted glob ('shot/*.png'), a printf pattern (shot_%04d.exr), a multi-page TIFF or a
video. A video gives a video, with everything else in the file copied; name a folder as output for images, or a video
as output for images put in. - is a pipe, as input and as output: Y4M, or raw planes.

PNG, JPEG, TIFF, BMP, WebP, GIF and OpenEXR; 8 or 16 bit or float; grey, RGB, alpha, any number of channels. The
output has the same format and depth. Source frames are copied into it untouched.

\b
Examples:
  midframe run shots/                          twice the frames, into shots_2x/
  midframe run shots/ -o slow/ -x 8            eight times
  midframe run clip.mp4                        twice the frame rate, into clip_2x.mp4
  midframe run clip.mp4 --fps 60               any rate, exactly; also downwards
  midframe run clip.mp4 --fps 50 -o clip.gif   an animation: .gif, .webp or .apng
  midframe run clip.mp4 -x 4 --slowmo          four times slower, at the same frame rate
  ffmpeg -i in.mkv -f yuv4mpegpipe - | midframe run - -o - | ffmpeg -i - out.mkv
  midframe run shots/ --insert 3 --dry-run     what would happen
  midframe run 'scan_%04d.tif' -x 5/2 --end hold --name 'scan_{:05d}.tif' -o out/
"""


@engine_options.accept_engine_options(omit=("quality",))
def run(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="INPUT...", help="Folders, globs, printf patterns, TIFFs or videos; - for a pipe."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder, .tif file or video; - for a pipe. Default: beside the input: shots_2x, clip_2x.mp4. With "
            "several inputs: the folder for all outputs.",
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
        int | None, typer.Option("--insert", help="Frames to draw between each two; the same as --factor N+1.")
    ] = None,
    mode: Annotated[
        Literal["direct", "recursive", "bisect"],
        typer.Option(
            "--mode",
            help="How several frames in a pair are drawn. direct: each from the pair itself (recommended). recursive: "
            "from the outside in, refining. bisect: middles of middles.",
        ),
    ] = "direct",
    end: Annotated[
        Literal["drop", "hold", "loop"] | None,
        typer.Option(
            "--end",
            help="drop: end on the last source frame, (N−1)·m+1 frames. hold: hold it, N·m frames. loop: go on to the "
            "first, N·m frames. Default: hold for videos, which keeps their length, else drop.",
        ),
    ] = None,
    loop: Annotated[bool, typer.Option("--loop", help="The same as --end loop.")] = False,
    fps: timing_options.FpsOption = None,
    slowmo: timing_options.SlowmoOption = False,
    slowmo_audio: timing_options.SlowSoundOption = "drop",
    start_time: timing_options.StartTimeOption = None,
    end_time: timing_options.EndTimeOption = None,
    source_fps: timing_options.SourceFpsOption = None,
    vfr: timing_options.VfrOption = "keep",
    codec: timing_options.CodecOption = None,
    crf: timing_options.ConstantQualityOption = None,
    preset: timing_options.PresetOption = None,
    pix_fmt: timing_options.PixelsOption = None,
    on_damage: timing_options.DamageOption = "conceal",
    raw_input: pipe_options.RawInputOption = None,
    raw_output: pipe_options.RawOutputOption = False,
    cuts: detection_options.CutsOption = "hold",
    cut_threshold: detection_options.CutThresholdOption = None,
    static_threshold: detection_options.StaticThresholdOption = "0.996",
    dedup: detection_options.DedupOption = False,
    name: Annotated[
        str | None,
        typer.Option("--name", help="Output names, such as 'shot_{:05d}.png'. Default: 0000000 and so on."),
    ] = None,
    start_number: Annotated[int, typer.Option("--start-number", help="Number of the first output frame.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace frames that are already in the output folder.")
    ] = False,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume",
            help="Go on where an interrupted run of the same command has stopped; begin if there was none. The result "
            "is the same to the last bit. Refuses if the input or a setting has changed.",
        ),
    ] = False,
    keep_free: Annotated[
        str,
        typer.Option(
            "--keep-free", help="Stop when less of the output's disk is free than this: a share or an amount, as 10G."
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
            help="First adapt the network to the input, see `midframe adapt`. The weights are kept beside the output "
            "and used again by the same command; the model stays as it is where adapting brings nothing.",
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
            help="Check everything, look for cuts, say what would be done and how long it takes; write nothing.",
        ),
    ] = False,
) -> None:
    """Parse, check, call."""
    drawing, constant = engine_options.qualities(quality, crf)
    wanted = JobOptions(
        source=sources[0],
        factor=timing_options.factor_or_rate(factor, insert, fps),
        end=timing_options.end_of(end, loop=loop),
        mode=mode,
        rules=detection_options.rules_of(static_threshold, cuts, cut_threshold, dedup=dedup),
        name=name,
        start_number=start_number,
        overwrite=overwrite,
        time=timing_options.time_options(fps, slowmo, start_time, end_time, source_fps, vfr, slowmo_audio),
        encoding=EncodingOptions(codec, constant, preset, pix_fmt),
        on_damage=on_damage,
        resume=resume,
        keep_free=byte_sizes.parse_keep_free(keep_free),
        raw_input=pipe_options.parse_raw_input(raw_input),
        raw_output=raw_output,
    )
    jobs = batch.each_input(wanted, sources, output)
    network = replace(engine, quality=drawing)
    adapt_network = None
    if adapt and not dry_run:
        check_adaptable(sources)
        adapt_network = partial(
            adapting.adapt_to_jobs,
            network=network,
            options=adapting.adapt_options(adapt_time, None, 0),
            progress=progress,
            output=output,
            overwrite=overwrite,
        )
    batch.run_all(
        jobs,
        batch.Manner(
            network,
            ExecutionOptions(executor, ray_address, ray_workers, ray_shared_input),
            progress,
            report,
            dry_run,
            flow_options.motion_options(flow_out, flow_format, flow_largest, executor),
        ),
        adapt_network,
    )
