"""``midframe demo``: interpolate a clip from a package and show the result."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from midframe.cli import START, engine_options
from midframe.cli.printing import print_lines, print_summary
from midframe.cli.progress import DownloadProgress, make_reporter
from midframe.cli.status_line import loading_words, show_status
from midframe.engines.options import EngineOptions

HELP = """Interpolate a real clip and show the result.

Downloads the weights (25 MB) and a clip, slows one second of it down by four, and writes a page with before and after,
videos, the frames, and a contact sheet. Needs no files, and does not change any of yours.
"""


@engine_options.accept_engine_options(only=("model", "device"))
def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for all results.")] = Path("out/demo"),
    clip: Annotated[str, typer.Option("--clip", help="bigbuckbunny, bikes or carphone_pristine.")] = "bigbuckbunny",
    frames: Annotated[int, typer.Option("--frames", min=2, help="Frames of the clip to use.")] = 25,
    insert: Annotated[int, typer.Option("--insert", min=1, help="Frames to interpolate in each pair.")] = 3,
    engine: EngineOptions = engine_options.DEFAULTS,
    progress: Annotated[str, typer.Option("--progress", help="auto, plain, json or none.")] = "auto",
) -> None:
    """Run the command."""
    # These load large libraries: wrong arguments and --help should not have to wait for it.
    from midframe.engines.loading import check_choice, load_model
    from midframe.jobs.demo import check_demo, make_demo

    reporter = make_reporter(progress)
    check_choice(engine)
    check_demo(output, clip)
    downloads = DownloadProgress()
    if progress != "json":
        print_lines(f"{clip}: {frames} frames, {insert} new between each two, into {output}")
        show_status(loading_words((), str(engine.model)))
    made = make_demo(
        output,
        clip,
        frames,
        insert,
        load_model(engine, downloads),
        reporter,
        downloads,
        on_frames=lambda: show_status("Making the videos, the contact sheet and the page …"),
    )
    if progress != "json":
        print_summary(made.summary, perf_counter() - START)
        print_lines(
            "",
            f"Look at   {made.page}   (before and after, in a browser)",
            f"          {made.before_after}",
            f"          {made.video}",
            f"          {made.sheet}",
            f"Next      {_program()} YOUR_VIDEO.mp4",
        )


def _program() -> str:
    """How this program is called: by its name where that is on the path, else by where it is."""
    program = Path(sys.argv[0])
    if shutil.which("midframe") is not None or program.stem != "midframe":
        return "midframe"
    # A path below the working directory is shorter and can be typed as it stands.
    here = Path.cwd()
    return str(program.relative_to(here)) if program.is_relative_to(here) else str(program)
