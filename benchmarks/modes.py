"""How direct, recursive and bisect compare on real frames: quality and cost, in one run.

Every k-th frame of a clip is kept, the frames between are rebuilt in each mode and compared with the truth.

    python benchmarks/modes.py --clip bikes --gap 4 8 --json out/modes.json
"""

from __future__ import annotations

import argparse
import json
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

from midframe.api.interpolator import Interpolator
from midframe.media.video import read_rgb_frames
from midframe.models.clips import fetch_clip
from midframe.timing.steps import Mode, plan_steps
from midframe.timing.timeline import evenly_spaced

MODES: tuple[Mode, ...] = ("direct", "recursive", "bisect")


def psnr(drawn: np.ndarray, truth: np.ndarray) -> float:
    """Of 8-bit frames, in dB."""
    error = np.mean((drawn.astype(np.float64) - truth) ** 2)
    return float(10 * np.log10(255**2 / error))


def compare(frames: list[np.ndarray], gap: int, network: Interpolator) -> list[dict[str, object]]:
    """Rebuild gap − 1 frames in every interval of `gap`; one row a mode."""
    times: tuple[Fraction, ...] = evenly_spaced(gap - 1)
    scores: dict[Mode, list[list[float]]] = {mode: [] for mode in MODES}
    seconds: dict[Mode, list[float]] = {mode: [] for mode in MODES}
    for start in range(0, len(frames) - gap, gap):
        # Modes take turns within an interval, so that a machine that slows down slows all of them.
        for mode in MODES:
            began = time.perf_counter()
            drawn = network.between(frames[start], frames[start + gap], times, mode=mode)
            seconds[mode].append(time.perf_counter() - began)
            scores[mode].append([psnr(drawn[i], frames[start + 1 + i]) for i in range(gap - 1)])
    base = float(np.median(seconds["direct"]))
    return [
        {
            "gap": gap,
            "mode": mode,
            "intervals": len(scores[mode]),
            "network_passes": len(plan_steps(mode, times)),
            "psnr": round(float(np.mean(scores[mode])), 3),
            "psnr_middle": round(float(np.mean([row[len(row) // 2] for row in scores[mode]])), 3),
            "time_ratio": round(float(np.median(seconds[mode])) / base, 2),
        }
        for mode in MODES
    ]


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clip", default="bikes")
    parser.add_argument("--frames", type=int, default=250)
    parser.add_argument("--gap", type=int, nargs="+", default=[4, 8])
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    frames = list(read_rgb_frames(fetch_clip(given.clip)))[: given.frames]
    network = Interpolator.load("4.25")
    rows = [row for gap in given.gap for row in compare(frames, gap, network)]
    print("| gap | mode | intervals | network passes | PSNR | PSNR, middle frame | time |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(str(value) for value in row.values()) + " |")
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
