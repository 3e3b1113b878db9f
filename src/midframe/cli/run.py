"""``midframe run``: interpolate a sequence or a video."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from midframe.cli import options, timing
from midframe.cli.fetch_progress import ConsoleProgress
from midframe.media.video.encoders import EncodingOptions
from midframe.pipeline.job import JobOptions, resolve_job
from midframe.pipeline.progress import Reporter, make_listener

HELP = """Draw frames between the frames of a sequence or a video.

INPUT is a folder of images, a quoted glob ('shot/*.png'), a printf pattern (shot_%04d.exr), a multi-page TIFF or a
video. A video gives a video, with everything else in the file copied; name a folder as output for images, or a video
as output for images put in.

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
  midframe run shots/ --insert 3 --dry-run     what would happen
  midframe run 'scan_%04d.tif' -x 5/2 --end hold --name 'scan_{:05d}.tif' -o out/
"""


def run(
    source: Annotated[str, typer.Argument(metavar="INPUT", help="Folder, glob, printf pattern, TIFF or video.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder, .tif file or video. Default: beside the input: shots_2x, clip_2x.mp4."
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
    fps: timing.FpsOption = None,
    slowmo: timing.SlowmoOption = False,
    slowmo_audio: timing.SlowSoundOption = "drop",
    start_time: timing.StartTimeOption = None,
    end_time: timing.EndTimeOption = None,
    source_fps: timing.SourceFpsOption = None,
    vfr: timing.VfrOption = "keep",
    codec: timing.CodecOption = None,
    quality: timing.QualityOption = None,
    preset: timing.PresetOption = None,
    pix_fmt: timing.PixelsOption = None,
    static_threshold: Annotated[
        str,
        typer.Option(
            "--static-threshold",
            help="Hold pairs in which nothing moves: those whose least similar tile has an SSIM of at least this. off: "
            "only identical ones.",
        ),
    ] = "0.996",
    name: Annotated[
        str | None,
        typer.Option("--name", help="Output names, such as 'shot_{:05d}.png'. Default: 0000000 and so on."),
    ] = None,
    start_number: Annotated[int, typer.Option("--start-number", help="Number of the first output frame.")] = 0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace frames that are already in the output folder.")
    ] = False,
    model: options.ModelOption = "4.25",
    device: options.DeviceOption = "auto",
    scale: options.ScaleOption = None,
    uhd: options.UhdOption = False,
    precision: options.PrecisionOption = "exact",
    ensemble: options.EnsembleOption = False,
    threads: options.ThreadsOption = None,
    progress: Annotated[
        str,
        typer.Option(
            "--progress", help="auto: bars on a terminal, else lines. plain: lines. json: one object a line. none."
        ),
    ] = "auto",
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Check everything, say what would be done and how long it takes; write nothing."
        ),
    ] = False,
) -> None:
    """Parse, check, call."""
    listener = make_listener(progress)
    job = resolve_job(
        JobOptions(
            source=source,
            output=output,
            factor=timing.factor_or_rate(factor, insert, fps),
            end=timing.end_of(end, loop=loop),
            mode=mode,
            static_threshold=options.threshold_of(static_threshold),
            name=name,
            start_number=start_number,
            overwrite=overwrite,
            time=timing.time_options(fps, slowmo, start_time, end_time, source_fps, vfr, slowmo_audio),
            encoding=EncodingOptions(codec, quality, preset, pix_fmt),
        )
    )
    # These load torch, which takes seconds: wrong arguments should not have to wait for it.
    from midframe.cli.report import print_plan, print_summary
    from midframe.pipeline.preflight import preflight
    from midframe.pipeline.run import run_job
    from midframe.pipeline.setup import NetworkOptions, load_network

    network = load_network(
        NetworkOptions(model, device, options.flow_scale(scale, uhd), precision, ensemble, threads), ConsoleProgress()
    )
    as_json = progress == "json"
    if dry_run:
        print_plan(preflight(job, network), as_json=as_json)
        return
    if not as_json:
        plan = preflight(job, None)
        # The running job tells its own notes to the listener, if there is one.
        told = job.notes if listener else ()
        print_plan(replace(plan, notes=tuple(note for note in plan.notes if note not in told)), as_json=False)
    summary = run_job(job, network, Reporter([listener] if listener else []))
    if not as_json:
        print_summary(summary)
