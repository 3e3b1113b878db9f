"""``midframe sheet``: a contact sheet of the frames between two images."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from midframe.cli import engine_options
from midframe.cli.printing import print_lines
from midframe.cli.progress import DownloadProgress
from midframe.engines.loading import check_choice, load_model
from midframe.engines.options import EngineOptions
from midframe.errors import SequenceError
from midframe.media.images.codecs import codec_for
from midframe.media.layouts import frames_alike
from midframe.media.output_paths import require_free_report
from midframe.visualization.contact_sheet import check_sheet, make_contact_sheet
from midframe.visualization.image_files import check_picture_path, save_picture

HELP = """Make a contact sheet: two images and the frames interpolated between them.

\b
Examples:
  midframe sheet a.png b.png -o sheet.png
  midframe sheet a.exr b.exr --insert 3 --columns 5 -o sheet.jpg
"""


@engine_options.accept_engine_options(omit=("memory", "allow_lower_scale"))
def sheet(
    left: Annotated[Path, typer.Argument(metavar="A", help="The first image.")],
    right: Annotated[Path, typer.Argument(metavar="B", help="The second image.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The sheet: .png, .jpg or .webp.")],
    insert: Annotated[int, typer.Option("--insert", help="Frames to interpolate between them.")] = 7,
    columns: Annotated[
        int | None, typer.Option("--columns", help="Frames per row. Default: a nearly square sheet.")
    ] = None,
    width: Annotated[int, typer.Option("--width", help="Maximum width of the contact sheet, in pixels.")] = 1600,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing sheet.")] = False,
    engine: EngineOptions = engine_options.DEFAULTS,
) -> None:
    """Run the command."""
    check_sheet(insert, columns, width)
    check_picture_path(output, "contact sheet")
    check_choice(engine)
    require_free_report(output, (left, right), overwrite, option="output")
    first, second = (codec_for(path).read(path) for path in (left, right))
    frames = frames_alike(first, second)
    if frames is None:
        raise SequenceError(f"{left} and {right} must be alike, but they are {first.format} and {second.format}.")
    # This loads large libraries: wrong arguments should not have to wait for it.
    from midframe.visualization.frame_pairs import interpolate_cells

    network = load_model(engine, DownloadProgress())
    times = tuple(Fraction(i, insert + 1) for i in range(1, insert + 1))
    cells = interpolate_cells(network.make_engine(), frames[0], frames[1], times)
    save_picture(make_contact_sheet(cells, columns=columns, width=width), output)
    print_lines(str(output))
