"""What --deflicker takes out of clips that it is put on, and what it does to clips without flicker.

python benchmarks/deflicker.py bikes.mp4 bigbuckbunny.mp4 --frames 48

Every second frame of a clip is a source frame. Each is multiplied by a factor of its own, normally distributed around 1
with the standard deviation in the first column, and rounded. PSNR of source frames is to those of the clip; PSNR of
interpolated frames is to the frames between, which were left out.
"""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import midframe
from midframe.detection.cuts import DEFAULT_CUT_THRESHOLD
from midframe.runtime.deflickered import Deflickerer, FlickerTally
from midframe.types import Frame, FrameFormat

Pictures = NDArray[Any]


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", nargs="+", type=Path)
    parser.add_argument("--frames", type=int, default=48, help="Source frames that are used of each clip.")
    parser.add_argument(
        "--amounts", nargs="+", type=float, default=[0, 1, 3, 10], help="Flicker that is put on, in %%."
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quality", default="default")
    given = parser.parse_args()
    print(
        "| clip | put on | flicker before | after | frames changed | PSNR of source frames | of interpolated frames |"
    )
    print("|---|---|---|---|---|---|---|")
    with midframe.Interpolator.load(quality=given.quality) as interpolator:
        for path in given.clips:
            frames = np.stack(list(islice(midframe.read_frames(path), 2 * given.frames)))
            clean, between = frames[::2], frames[1::2]
            reference = _between_psnr(interpolator, clean, between)
            for amount in given.amounts:
                flickering = _with_flicker(clean, amount / 100, given.seed)
                steady, tally = _deflickered(flickering)
                sources = f"{_psnr(flickering, clean)} → {_psnr(steady, clean)}"
                made = f"{_between_psnr(interpolator, flickering, between)} → "
                made += f"{_between_psnr(interpolator, steady, between)} (without flicker {reference})"
                if not amount:
                    assert not tally.changed or steady is not flickering
                    sources = "identical" if not tally.changed else sources
                    made = reference
                print(
                    f"| {path.stem.split('-')[0]} | {amount:g}% | {tally.before:.2%} | {tally.after:.2%} | "
                    f"{tally.changed} of {tally.frames} | {sources} | {made} |",
                    flush=True,
                )


def _with_flicker(frames: Pictures, amount: float, seed: int) -> Pictures:
    gains = 1 + amount * np.random.default_rng(seed).standard_normal(len(frames))
    return np.stack(
        [
            np.clip(np.rint(frame * np.float32(gain)), 0, 255).astype(np.uint8)
            for frame, gain in zip(frames, gains, strict=True)
        ]
    )


def _deflickered(frames: Pictures) -> tuple[Pictures, FlickerTally]:
    frame_format = FrameFormat(frames.shape[2], frames.shape[1], frames.shape[3], frames.dtype)
    deflickerer = Deflickerer(frame_format, DEFAULT_CUT_THRESHOLD)
    given = (Frame(frame, frame_format, number) for number, frame in enumerate(frames))
    return np.stack([frame.samples for frame in deflickerer.frames(given)]), deflickerer.tally


def _between_psnr(interpolator: midframe.Interpolator, frames: Pictures, between: Pictures) -> str:
    # Pairs across cuts have no frame between them to compare with.
    made = interpolator.interpolate(frames, factor=2, cuts="hold")[1::2]
    pairs = zip(made, frames[:-1], between, strict=False)
    moving = [(picture, truth) for picture, held, truth in pairs if not np.array_equal(picture, held)]
    return _psnr(*map(np.stack, zip(*moving, strict=True)))


def _psnr(frames: Pictures, truth: Pictures) -> str:
    """Of the mean square over all frames, in dB."""
    error = np.mean(
        [((frame.astype(np.float32) - true) ** 2).mean() for frame, true in zip(frames, truth, strict=True)]
    )
    return f"{10 * np.log10(255**2 / error):.2f}" if error else "∞"


if __name__ == "__main__":
    main()
