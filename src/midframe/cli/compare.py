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

The suffix of the output determines its kind: .mp4, .mkv, .webm or .gif for a video; .html for a self-contained page
with the moments that differ most, under a divider that can be dragged; .png, .jpg or .webp for two single pictures.

For every frame of the faster video, the other shows the frame that is on screen at exactly that time. Where frames of
both start at the same time, PSNR and SSIM are measured. B is scaled to the size of A.

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
            help="side-by-side (the default). split: A to the left and B to the right of a divider. difference: the "
            "amplified difference. A page has all three.",
        ),
    ] = None,
    gain: Annotated[float, typer.Option("--gain", help="Factor by which differences are amplified.")] = 4.0,
    divider: Annotated[
        float | None,
        typer.Option(
            "--divider",
            help="Position of the divider of a split, from 0 to 1. Default: the middle; in videos it moves.",
        ),
    ] = None,
    fps_a: Annotated[
        str | None, typer.Option("--fps-a", help="Frames per second of A if it is a sequence of images. Default: 24.")
    ] = None,
    fps_b: Annotated[
        str | None, typer.Option("--fps-b", help="Frames per second of B if it is a sequence of images. Default: 24.")
    ] = None,
    moments: Annotated[int, typer.Option("--moments", help="Number of moments on a page.")] = 8,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")] = False,
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
