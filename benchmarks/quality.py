"""What --quality gives: the network alone, the default and best against the truth, and plain blending next to them.

Every second frame of a clip is rebuilt from its neighbours, but across cuts, where a job draws nothing. PSNR of 8-bit
R, G, B; SSIM of luma (Gaussian window); sharpness is gradient energy over that of the truth. Times are medians of both
encodings and the drawing, in turns.

    python benchmarks/quality.py --pairs 24 --json out/quality.json
    python benchmarks/quality.py --clips bikes tree city
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from quality_clips import CLIPS, Frames
from skimage.metrics import structural_similarity

from midframe.detection.cuts import CONTEXT, DEFAULT_CUT_THRESHOLD, cut_score, summarise
from midframe.engines.loading import load_model
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import Engine, EngineFrame
from midframe.engines.threads import thread_count

QUALITIES = ("fast", "default", "best")
CONTENDERS = ("blend", *QUALITIES)
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}

Picture = NDArray[np.float32]


def luma(picture: Picture) -> Picture:
    """Of R, G, B codes, by ITU-R BT.601."""
    return picture @ np.array([0.299, 0.587, 0.114], np.float32)


def energy(grey: Picture) -> float:
    """Mean squares of differences between neighbours."""
    return float(np.mean(np.diff(grey, axis=0) ** 2) + np.mean(np.diff(grey, axis=1) ** 2))


def score(drawn: Picture, truth: Picture) -> tuple[float, float, float]:
    """PSNR in dB, SSIM and sharpness of codes."""
    drawn = np.clip(np.rint(drawn), 0, 255)
    error = max(float(np.mean((drawn - truth) ** 2)), 1e-3)
    greys = luma(drawn), luma(truth)
    ssim = structural_similarity(
        *greys, data_range=255.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    return 10 * np.log10(255**2 / error), float(ssim), energy(greys[0]) / max(energy(greys[1]), 1e-6)


def drawn_intervals(frames: Frames) -> list[int]:
    """Numbers of the intervals between kept frames that are no cuts."""
    summaries = [summarise(frame.astype(np.float32) / 255) for frame in frames[::2]]
    return [
        number
        for number in range((len(frames) - 1) // 2)
        if cut_score(summaries[max(0, number - CONTEXT) : number + 1], summaries[number + 1 : number + 2 + CONTEXT])
        < DEFAULT_CUT_THRESHOLD
    ]


def measure(
    frames: Frames, engines: dict[str, Engine[Any]], pairs: int, clock: str
) -> tuple[dict[str, list[float]], dict[str, float], int]:
    """Mean scores and median seconds of each contender, and how many frames were rebuilt."""
    now = CLOCKS[clock]
    possible = drawn_intervals(frames)
    scores: dict[str, list[tuple[float, float, float]]] = {name: [] for name in CONTENDERS}
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    spread = np.linspace(0, len(possible) - 1, min(pairs, len(possible)))
    chosen = sorted({possible[int(place)] for place in spread})
    for number in chosen:
        left, truth, right = (frame.astype(np.float32) for frame in frames[2 * number : 2 * number + 3])
        scores["blend"].append(score((left + right) / 2, truth))
        views = [EngineFrame(view, view) for view in (left / 255, right / 255)]
        for name, engine in engines.items():
            began = now()
            (drawn,) = engine.between(*(engine.encode(view) for view in views), [0.5])
            seconds[name].append(now() - began)
            scores[name].append(score(drawn * 255, truth))
    means = {name: np.mean(rows, axis=0).tolist() for name, rows in scores.items()}
    return means, {name: float(np.median(values)) for name, values in seconds.items()}, len(chosen)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", nargs="+", choices=list(CLIPS), default=list(CLIPS))
    parser.add_argument("--pairs", type=int, default=24, help="frames to rebuild in each clip, at most")
    parser.add_argument("--clock", choices=list(CLOCKS), default="wall")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    engines: dict[str, Engine[Any]] = {}
    for quality in QUALITIES:
        options = EngineOptions(device="cpu", threads=given.threads or thread_count(), quality=quality)
        engines[quality] = load_model(options).make_engine()
    print("| clip | kind | fast: PSNR, SSIM | blend | default | best | SSIM ·10⁴ default, best | sharpness | time |")
    print("|---|---|---|---|---|---|---|---|---|")
    rows = []
    for name in given.clips:
        clip = CLIPS[name]
        means, seconds, count = measure(clip.frames(), engines, given.pairs, given.clock)
        rows.append({"clip": name, "aside": clip.aside, "rebuilt": count, "scores": means, "seconds": seconds})
        fast = means["fast"]
        gains = {other: means[other][0] - fast[0] for other in CONTENDERS}
        similar = {other: 1e4 * (means[other][1] - fast[1]) for other in CONTENDERS}
        sharp = " / ".join(f"{means[other][2]:.2f}" for other in QUALITIES)
        ratio = " / ".join(f"{seconds[other] / seconds['fast']:.2f}" for other in ("default", "best"))
        print(
            f"| {name}{' *' if clip.aside else ''} | {clip.kind} | {fast[0]:.2f}, {fast[1]:.4f} "
            f"| {gains['blend']:+.2f} | {gains['default']:+.2f} | {gains['best']:+.2f} "
            f"| {similar['default']:+.0f}, {similar['best']:+.0f} "
            f"| {sharp} | {ratio} |",
            flush=True,
        )
    for quality in ("default", "best"):
        gains_of = [row["scores"][quality][0] - row["scores"]["fast"][0] for row in rows]
        over_blend = [row["scores"][quality][0] - row["scores"]["blend"][0] for row in rows]
        print(
            f"{quality}: mean {np.mean(gains_of):+.2f} dB, worst {min(gains_of):+.2f} dB against fast; worst "
            f"{min(over_blend):+.2f} dB against blending"
        )
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
