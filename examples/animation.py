"""Give an animated picture twice the frames: GIF, WebP or PNG in, GIF, WebP or PNG out, as lists of Pillow's images.

Without an input it animates a second of a short clip, which is downloaded with the first run. `midframe clip.gif` does
the same without a program; this shows how lists of images are interpolated.
"""

import argparse
import sys
from pathlib import Path

from PIL import Image, ImageSequence

import midframe

WIDTH = 320
"""Of the frames of the clip, in pixels; frames of an input keep their size."""


def read(source: str | None) -> tuple[list[Image.Image], list[float]]:
    """Frames, and how long each is shown, in milliseconds."""
    if source is not None:
        with Image.open(source) as animation:
            frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(animation)]
            return frames, [frame.info.get("duration", 100) for frame in frames]
    pictures = [Image.fromarray(frame) for frame in midframe.read_frames(midframe.demo_clip())][32:57:2]
    return [picture.resize((WIDTH, WIDTH * picture.height // picture.width)) for picture in pictures], [80] * 13


def run(source: str | None, output: Path) -> None:
    frames, durations = read(source)
    if len(frames) < 2:
        sys.exit(f"{source} has a single frame; interpolation needs two.")
    with midframe.Interpolator.load(quality="fast") as interpolator:
        # The last frame is followed by the first, because an animation repeats.
        smooth = interpolator.interpolate([*frames, frames[0]], factor=2)[:-1]
    halves = [round(duration / 2) for duration in durations for _ in range(2)]
    first, *others = smooth
    first.save(output, save_all=True, append_images=others, duration=halves, loop=0)
    print(f"{len(frames)} frames, now {len(smooth)}, in {output}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", nargs="?", help="animated GIF, WebP or PNG; part of a short clip if there is none")
    parser.add_argument("-o", "--output", type=Path, default=Path("smooth.webp"), help="default: %(default)s")
    chosen = parser.parse_args()
    try:
        run(chosen.input, chosen.output)
    except (midframe.MidframeError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
