"""``midframe compare``: two pictures, sequences or videos at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from midframe.cli.printing import print_lines
from midframe.cli.progress import make_listener, print_notice
from midframe.evaluation.comparison.compare import CompareOptions, check_output, compare_sides
from midframe.evaluation.comparison.comparison_views import ComparisonView
from midframe.evaluation.comparison.pairing import open_pair
from midframe.quantities import parse_rate

HELP = """Compare two videos, sequences or pictures.

The suffix of the output says what it is: .mp4, .mkv, .webm or .gif for a video; .html for a page with the most
different moments under a divider that can be dragged, which needs nothing else; .png, .jpg or .webp for two single
pictures.

At every frame of the faster video, the other shows the frame that is on the screen at that very time. Where frames of
both begin together, PSNR and SSIM are measured. B is scaled to the size of A.

\b
Examples:
  midframe compare clip.mp4 clip_2x.mp4 -o both.mp4
  midframe compare a.mp4 b.mp4 --view split -o split.mp4
  midframe compare a.mp4 b.mp4 -o page.html
  midframe compare a.png b.png --view difference --gain 8 -o difference.png
"""


def compare(
    left: Annotated[str, typer.Argument(metavar="A", help="Picture, folder, glob, printf pattern, TIFF or video.")],
    right: Annotated[str, typer.Argument(metavar="B", help="Second input: picture, sequence or video.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="A video, .html, or a picture.")],
    view: Annotated[
        ComparisonView | None,
        typer.Option(
            "--view",
            help="side-by-side (the default). split: A left and B right of a divider. difference: what differs, "
            "amplified. A page has all of them.",
        ),
    ] = None,
    gain: Annotated[float, typer.Option("--gain", help="What differences are multiplied by.")] = 4.0,
    divider: Annotated[
        float | None,
        typer.Option(
            "--divider",
            help="Where the divider of a split stands, from 0 to 1. Default: in the middle; in videos it moves.",
        ),
    ] = None,
    fps_a: Annotated[
        str | None, typer.Option("--fps-a", help="Frames per second of A if it is a sequence of images. Default: 24.")
    ] = None,
    fps_b: Annotated[str | None, typer.Option("--fps-b", help="Frame rate of B, for a sequence.")] = None,
    moments: Annotated[int, typer.Option("--moments", help="Moments on a page.")] = 8,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists.")] = False,
    progress: Annotated[str, typer.Option("--progress", help="auto, plain, json or none.")] = "auto",
) -> None:
    """Run the command."""
    options = CompareOptions(output, view, gain, divider, moments, overwrite)
    check_output(options)
    listener = make_listener(progress)
    rates = (
        None if fps_a is None else parse_rate(fps_a, "fps_a"),
        None if fps_b is None else parse_rate(fps_b, "fps_b"),
    )
    pair = open_pair(left, right, rates)
    try:
        for note in pair.notes:
            print_notice(f"note      {note}")
        facts = compare_sides(pair, options, listener)
        # Damage of videos shows when they are read.
        for note in (*pair.left.source.notes, *pair.right.source.notes):
            if note not in pair.notes:
                print_notice(f"note      {note}")
    finally:
        pair.close()
    for name, words in facts.items():
        print_lines(f"{name:<9} {words}")
    print_lines(f"{'output':<9} {output}")
