"""``midframe benchmark``: how fast this machine interpolates, as a table to send in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from midframe.cli import engine_options
from midframe.cli.adapt import parse_training_time
from midframe.cli.printing import print_lines
from midframe.cli.progress import DownloadProgress, print_notice
from midframe.cli.status_line import show_status
from midframe.engines.options import HELP as OPTION_HELP
from midframe.engines.options import EngineOptions, Provider

HELP = """Measure how fast this machine interpolates, and print a table to send in.

Runs every engine on every device that there is, in two minutes: frames per second at several sizes, start, memory, and
the largest difference to the exact engine in steps of 8 bit. The table describes the machine, but names neither it nor
its user nor any file. docs/benchmark.md has results.

\b
Examples:
  midframe benchmark
  midframe benchmark --quick
  midframe benchmark --device cpu --size 720p,2160p --json speed.json
"""

COMMON = ("quick", "devices", "engines", "size", "qualities", "precisions", "time", "json_file", "model")
"""Parameters that ``--help`` shows."""


@engine_options.accept_engine_options(only=("model", "flow_scale", "threads", "memory"))
def benchmark(
    quick: Annotated[
        bool, typer.Option("--quick", help="Only the first engine of each device, 480p and 720p, half a minute.")
    ] = False,
    size: Annotated[
        str | None,
        typer.Option(
            "--size",
            help="Sizes of frames: some of 480p,720p,1080p,1440p,2160p, or such as 640x360. Default: 480p,720p,1080p.",
        ),
    ] = None,
    devices: Annotated[
        str | None, typer.Option("--device", help="Devices, such as cpu or cuda:0,cuda:1. Default: all.")
    ] = None,
    engines: Annotated[str | None, typer.Option("--engine", help="Engines, such as cpu,torch. Default: all.")] = None,
    qualities: Annotated[str, typer.Option("--quality", help="Some of fast,default,best.")] = "default",
    precisions: Annotated[str, typer.Option("--precision", help="Some of exact,fast.")] = "exact,fast",
    time: Annotated[str | None, typer.Option("--time", help="How long it may take, such as 5m. Default: 2m.")] = None,
    clip: Annotated[
        str, typer.Option("--clip", help="A clip of the catalogue. pattern: a moving pattern, without a download.")
    ] = "bigbuckbunny",
    provider: Annotated[Provider, typer.Option("--provider", help=OPTION_HELP["provider"])] = "auto",
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write all figures to this file.")
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Let --json replace a file that is not an earlier benchmark.")
    ] = False,
    engine: EngineOptions = engine_options.DEFAULTS,
) -> None:
    """Run the command."""
    from midframe.evaluation.speed.options import BenchmarkOptions

    options = BenchmarkOptions(
        engine,
        devices=_words(devices),
        engines=_words(engines),
        sizes=_words(size),
        qualities=_words(qualities),
        precisions=_words(precisions),
        provider=provider,
        clip=clip,
        seconds=None if time is None else parse_training_time(time, "time"),
        quick=quick,
    )
    # These load large libraries: wrong arguments should not have to wait for it.
    from midframe.evaluation.speed.report_file import check_report_file, write_report

    if json_file is not None:
        check_report_file(json_file, overwrite=overwrite)
    show_status("Looking for devices …")
    from midframe.evaluation.speed.benchmark import Benchmark
    from midframe.evaluation.speed.table import report_lines

    measuring = Benchmark(
        options, DownloadProgress(), print_notice, lambda setting: show_status(f"Measuring {setting} …")
    )
    try:
        measuring.run()
    finally:
        # What was measured before an interruption is worth as much.
        if measuring.report.results:
            print_lines("", *report_lines(measuring.report))
            if json_file is not None:
                write_report(measuring.report, json_file)
    if not any(result.measurements for result in measuring.report.results):
        raise typer.Exit(1)


def _words(text: str | None) -> tuple[str, ...]:
    """The words of a list with commas."""
    return () if text is None else tuple(word.strip() for word in text.split(","))
