"""Interpolate a batch of pairs of PyTorch tensors, each at a time of its own, and measure the result.

Without an input the frames come from a short clip, which is downloaded with the first run. Of every three neighbouring
frames, the one in the middle is left out, interpolated from the two others, and compared with what was left out.
It needs PyTorch: pip install torch
"""

import argparse
import sys
from itertools import islice

import numpy as np

import midframe

try:
    import torch
except ImportError:
    sys.exit("This example needs PyTorch: pip install torch")


def psnr(made: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """In dB, of each picture of a batch of floats from 0 to 1."""
    return -10 * torch.log10((made - true).square().mean(dim=(1, 2, 3)))


def run(source: str | None, count: int) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    frames = np.stack(list(islice(midframe.read_frames(source or midframe.demo_clip("bikes")), count)))
    clip = torch.from_numpy(frames[..., :3]).movedim(-1, 1).float().div(255).to(device)  # (F, 3, H, W), from 0 to 1
    left, true, right = clip[:-2], clip[1:-1], clip[2:]
    with midframe.Interpolator.load(device=device, quality="fast") as interpolator:
        middle = interpolator.batch(left, right, 0.5)
        times = torch.linspace(0.25, 0.75, len(left)).tolist()
        spread = interpolator.batch(left, right, times)  # a time for each pair
    print(f"{middle.dtype} {tuple(middle.shape)} on {middle.device}")
    for name, made in (("interpolated", middle), ("mean of both", (left + right) / 2)):
        print(f"{name}: {psnr(made, true).mean():.2f} dB")
    print(f"times from {times[0]} to {times[-1]}: {tuple(spread.shape)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", nargs="?", help="video of 8 bits; a short clip if there is none")
    parser.add_argument("--frames", type=int, default=10, help="frames to read, 3 or more (default: %(default)s)")
    chosen = parser.parse_args()
    if chosen.frames < 3:
        parser.error("--frames must be 3 or more")
    try:
        run(chosen.input, chosen.frames)
    except midframe.MidframeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
