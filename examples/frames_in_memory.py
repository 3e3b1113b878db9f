"""Interpolate frames in memory: read a video, insert frames, and let Pillow write an animation.

Usage: python frames_in_memory.py INPUT OUTPUT.webp [FACTOR]
"""

import sys
from fractions import Fraction

from PIL import Image

import midframe


def main(source: str, output: str, factor: str = "2") -> None:
    frames = list(midframe.read_frames(source))  # arrays (height, width, 3), R, G, B
    with midframe.Interpolator.load(quality="fast") as interpolator:
        print(f"{interpolator.model} on {interpolator.device}")
        smooth = interpolator.interpolate(
            frames, factor=factor, on_progress=lambda done, total: print(f"{done} of {total} frames")
        )
    first, *others = map(Image.fromarray, smooth)
    first.save(output, save_all=True, append_images=others, duration=round(40 / Fraction(factor)))


if __name__ == "__main__":
    main(*sys.argv[1:])
