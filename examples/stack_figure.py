"""Interpolate a TIFF stack of 16 bits along time, measure the error on pages that were left out, and draw a figure.

Without an input the stack is simulated: nuclei that move, seen by a camera that counts single photons.
It needs Matplotlib (pip install matplotlib) and the extra "evaluate" of midframe.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import tifffile

import midframe

try:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
except ImportError:
    sys.exit("This example needs Matplotlib: pip install matplotlib")


def simulate(path: Path) -> None:
    """Write an OME-TIFF of 15 pages of counts of photons, with its calibration."""
    random = np.random.default_rng(2)
    y, x = np.mgrid[:96, :128]
    # Row, column and radius in pixels, steps down and to the right from page to page, counts in the middle.
    nuclei = random.uniform((10, 10, 5, -1.5, -2.5, 800), (86, 118, 9, 1.5, 2.5, 3000), size=(14, 6))
    pages = np.full((15, 96, 128), 100.0)  # what the camera counts in the dark
    for number, page in enumerate(pages):
        for row, column, radius, down, right, peak in nuclei:
            distance = np.hypot(y - row - down * number, x - column - right * number)
            page += peak / (1 + np.exp(8 * (distance / radius - 1)))
    calibration = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.5, "TimeIncrement": 60.0}  # in µm and seconds
    counts = random.poisson(pages).astype(np.uint16)
    tifffile.imwrite(path, counts, ome=True, metadata={"axes": "TYX", **calibration})


def pixel_size(stack: Path) -> tuple[float, str]:
    """Width of a pixel and its unit, of an OME-TIFF that says it; else 1 pixel."""
    with tifffile.TiffFile(stack) as file:
        said = re.search(r'PhysicalSizeX="([\d.]+)"', file.ome_metadata or "")
    return (float(said[1]), "µm") if said else (1, "pixels")


def draw(stack: Path, output: Path) -> None:
    """Show a page that was left out, what was interpolated in its place, and how the two differ."""
    pages = [page[..., 0] for page in midframe.read_frames(stack)]
    if len(pages) < 3:
        sys.exit(f"{stack} has {len(pages)} pages; none can be left out of fewer than three.")
    middle = len(pages) // 2
    with midframe.Interpolator.load() as interpolator:
        made = interpolator.between(pages[middle - 1], pages[middle + 1], 0.5)
    recorded, left, right = (pages[number].astype(float) for number in (middle, middle - 1, middle + 1))
    difference = made - recorded
    (height, width), (size, unit) = recorded.shape, pixel_size(stack)
    row, x = int(np.argmax(recorded.var(axis=1))), (np.arange(width) + 0.5) * size
    shades = {"cmap": "gray", "vmin": recorded.min(), "vmax": np.percentile(recorded, 99.9)}
    largest = np.percentile(np.abs(difference), 99.9)
    figure = Figure(figsize=(9, 5.4), layout="constrained")
    places = [["recorded", "made", "difference"], ["profile"] * 3]
    panels: dict[str, Axes] = figure.subplot_mosaic(places, height_ratios=(3, 2))
    for name, title, picture, colours in (
        ("recorded", f"Page {middle + 1}, recorded", recorded, shades),
        ("made", f"Interpolated from {middle} and {middle + 2}", made, shades),
        ("difference", "Interpolated − recorded", difference, {"cmap": "RdBu_r", "vmin": -largest, "vmax": largest}),
    ):
        image = panels[name].imshow(picture, extent=(0, width * size, height * size, 0), **colours)
        panels[name].axhline((row + 0.5) * size, color="C1", linestyle="--", linewidth=1)
        panels[name].set(title=title, xlabel=f"x ({unit})")
        figure.colorbar(image, ax=panels[name], location="bottom", label="counts")
    panels["recorded"].set_ylabel(f"y ({unit})")
    panels["profile"].plot(x, recorded[row], color="black", label="recorded")
    panels["profile"].plot(x, made[row], color="C1", label="interpolated")
    panels["profile"].plot(x, ((left + right) / 2)[row], color="C0", linestyle=":", label="mean of both")
    panels["profile"].set(title="Along the dashed line", xlabel=f"x ({unit})", ylabel="counts", xlim=(0, width * size))
    panels["profile"].legend()
    figure.savefig(output, dpi=150)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", nargs="?", type=Path, help="grey stack; a simulated one if there is none")
    parser.add_argument("-o", "--output", type=Path, default=Path("stack_figure.png"), help="default: %(default)s")
    chosen = parser.parse_args()
    try:
        stack = chosen.input or Path("stack.ome.tif")
        if not chosen.input:
            simulate(stack)
        smooth = stack.with_name(f"{stack.name.split('.')[0]}_2x.ome.tif")
        job = midframe.Job(
            stack, smooth, insert=1, cuts="off", static_threshold="off", end="drop", overwrite=chosen.input is None
        )
        with midframe.Session() as session:
            summary = session.run(job)
        print(f"{summary.copied} recorded pages and {summary.synthesised} new ones in {smooth}, with all metadata")
        draw(stack, chosen.output)
    except (midframe.MidframeError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Figure in {chosen.output}")
    # Every second page is left out, interpolated, and compared with what was recorded.
    evaluation = [sys.executable, "-m", "midframe", "evaluate", stack, "--metrics", "psnr,ssim", "--no-report"]
    return subprocess.run(evaluation, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
