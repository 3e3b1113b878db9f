"""``midframe demo``: interpolate a clip from a package and show the result."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from midframe.cli import engine_options
from midframe.cli.progress import DownloadProgress, make_reporter
from midframe.engines.options import EngineOptions
from midframe.visualization.contact_sheet import make_contact_sheet
from midframe.visualization.image_files import save_picture

HELP = """Interpolate a real clip and show the result.

Fetches the weights and a clip from a package, writes its first frames as PNG files, interpolates frames between them,
and makes a slow-motion video and a contact sheet. It needs no files of yours and changes none.
"""

SHEET_INSERT = 7


@engine_options.accept_engine_options(only=("model", "device"))
def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for all results.")] = Path("out/demo"),
    clip: Annotated[str, typer.Option("--clip", help="bikes, bigbuckbunny or carphone_pristine.")] = "bikes",
    frames: Annotated[int, typer.Option("--frames", min=2, help="Frames of the clip to use.")] = 24,
    insert: Annotated[int, typer.Option("--insert", min=1, help="Frames to interpolate in each pair.")] = 3,
    engine: EngineOptions = engine_options.DEFAULTS,
    progress: Annotated[str, typer.Option("--progress", help="auto, plain, json or none.")] = "auto",
) -> None:
    """Parse, check, call."""
    # These load torch, which takes seconds: wrong arguments and --help should not have to wait for it.
    from midframe.cli.printing import print_summary
    from midframe.engines.loading import load_model
    from midframe.jobs.demo import make_demo
    from midframe.visualization.frame_pairs import interpolate_cells

    reporter = make_reporter(progress)
    downloads = DownloadProgress()
    network = load_model(engine, downloads)
    made = make_demo(output, clip, frames, insert, network, reporter, downloads)
    times = tuple(Fraction(i, SHEET_INSERT + 1) for i in range(1, SHEET_INSERT + 1))
    sheet = make_contact_sheet(interpolate_cells(network.make_engine(), made.left, made.right, times))
    sheet_path = output / "contact-sheet.png"
    save_picture(sheet, sheet_path)
    if progress != "json":
        print_summary(made.summary)
        typer.echo(
            f"\nsource frames   {made.source}\nall frames      {made.frames}\n"
            f"slow motion     {made.video}\ncontact sheet   {sheet_path}"
        )
