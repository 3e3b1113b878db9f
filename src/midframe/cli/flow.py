"""``midframe flow``: the motion between two pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image

from midframe.cli import engine_options
from midframe.cli.printing import print_lines
from midframe.cli.progress import DownloadProgress
from midframe.engines.loading import check_choice, load_model
from midframe.engines.options import EngineOptions
from midframe.errors import OptionError
from midframe.media.images.codecs import codec_for
from midframe.media.output_paths import require_free_report, same_place
from midframe.visualization.flow_output import check_motion_path, motion_files, write_motion
from midframe.visualization.flow_picture import check_largest, mask_picture
from midframe.visualization.image_files import check_picture_path, save_picture

HELP = """Estimate the motion between two pictures, and the mask of where each is visible.

A .png, .jpg or .webp shows motion as colours: hue is the direction, saturation the length. .flo and .npz contain
numbers: offsets in pixels, x to the right and y downwards, from the frame at --time to A (t0) and to B (t1). .flo gives
two files, OUT_t0.flo and OUT_t1.flo; .npz has flow_t0, flow_t1, mask and time in one.

\b
Examples:
  midframe flow a.png b.png -o flow.png --mask mask.png
  midframe flow a.exr b.exr --time 1/3 -o motion.npz
"""


@engine_options.accept_engine_options(omit=("quality", "memory", "allow_lower_scale"))
def flow(
    left: Annotated[Path, typer.Argument(metavar="A", help="The first picture.")],
    right: Annotated[Path, typer.Argument(metavar="B", help="The second picture, of the same size.")],
    output: Annotated[Path, typer.Option("--output", "-o", help=".png, .jpg, .webp, .flo or .npz.")],
    time: Annotated[
        str, typer.Option("--time", help="Time of the frame whose motion is estimated, between A (0) and B (1).")
    ] = "1/2",
    mask: Annotated[
        Path | None,
        typer.Option("--mask", help="Also write the mask as a picture: white where A is visible, black where B is."),
    ] = None,
    largest: engine_options.LargestOption = None,
    legend: Annotated[
        bool,
        typer.Option(
            "--legend/--no-legend", help="Show the wheel of colours and its scale in a corner of the picture."
        ),
    ] = True,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace existing files.")] = False,
    engine: EngineOptions = engine_options.DEFAULTS,
) -> None:
    """Run the command."""
    moment = _parse_time(time)
    check_largest(largest)
    check_motion_path(output)
    files = motion_files(output)
    if mask is not None:
        check_picture_path(mask, "mask")
        files = (*files, mask)
        if any(same_place(mask, file) for file in files[:-1]):
            raise OptionError(f"--output and --mask are both {mask}. Choose another name for one of them.")
    check_choice(engine)
    for file in files:
        require_free_report(file, (left, right), overwrite, option="output")
    frames = [codec_for(path).read(path) for path in (left, right)]
    # This loads large libraries: wrong arguments should not have to wait for it.
    from midframe.visualization.frame_pairs import estimate_motion

    network = load_model(engine, DownloadProgress())
    field = estimate_motion(network.make_engine(), frames[0], frames[1], moment)
    written = write_motion(output, field, moment, largest, legend=legend)
    if mask is not None:
        save_picture(Image.fromarray(mask_picture(field.left_share)), mask)
        written = (*written, mask)
    print_lines(*map(str, written))
    for name, offsets in (("A", field.to_left), ("B", field.to_right)):
        lengths = np.hypot(offsets[..., 0], offsets[..., 1])
        print_lines(
            f"from t = {moment} to {name}: {np.median(lengths):.2f} pixels (median), at most {lengths.max():.2f}"
        )


def _parse_time(text: str) -> Fraction:
    try:
        time = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise OptionError(f"--time must be a number such as 0.5 or 1/3, not {text!r}.") from error
    if not 0 < time < 1:
        raise OptionError(f"--time must lie between 0 (the first picture) and 1 (the second one), not at {text}.")
    return time
