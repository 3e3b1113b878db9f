"""Interpolate frames that a generator gives, one at a time, and hand each result on: memory does not grow.

Without arguments the frames come from a short clip, which is downloaded with the first run. Any other source of arrays
(height, width, channels) can take its place: a camera, a simulation, a renderer. The results become pictures in a
folder.
"""

import argparse
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import psutil
from numpy.typing import NDArray
from PIL import Image

import midframe


def first_frames(frames: Iterator[NDArray[Any]], count: int) -> Iterator[NDArray[Any]]:
    """Some frames without their alpha, none of which is made before it is asked for."""
    for frame in islice(frames, count):
        yield frame[:, :, :3]


def run(source: str | None, folder: Path, factor: str, count: int) -> None:
    if folder.exists():
        sys.exit(f"{folder} is already there: name another folder with --output.")
    frames = first_frames(midframe.read_frames(source or midframe.demo_clip("carphone_pristine")), count)
    with midframe.Interpolator.load(quality="fast") as interpolator:
        # With cuts="off", two frames are kept; else as many more as the detection of cuts looks ahead.
        smooth = interpolator.stream(frames, factor=factor)
        for number, frame in enumerate(smooth):
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(frame).save(folder / f"{number:05d}.png")
            if number % 20 == 0:
                used = psutil.Process().memory_info().rss / 2**20
                print(f"frame {number}: {used:.0f} MiB in use")
    print(f"{number + 1} frames in {folder}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", nargs="?", help="video of 8 bits; a short clip if there is none")
    parser.add_argument("-o", "--output", type=Path, default=Path("frames"), help="new folder (default: %(default)s)")
    parser.add_argument("--factor", default="5/2", help="frames for each of the source (default: %(default)s)")
    parser.add_argument("--frames", type=int, default=60, help="frames to read (default: %(default)s)")
    chosen = parser.parse_args()
    try:
        run(chosen.input, chosen.output, chosen.factor, chosen.frames)
    except (midframe.MidframeError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
