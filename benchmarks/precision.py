"""What ``precision=fast`` costs and gives against ``exact``, on films and on clips that are made.

Every second frame of a clip is rebuilt from its neighbours, but across cuts, by both, in turns, at the quality default.
PSNR of 8-bit R, G, B and SSIM of luma are against the frame that was left out; differences are fast − exact, so a loss
is negative. The share is that of the last two blocks' tiles; times are medians of one encoding and the
frame.

    python benchmarks/precision.py --json out/precision.json
    python benchmarks/precision.py --clips bikes tree --pairs 6 --clock cpu --threads 1
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from precision_clips import MADE
from quality import CLOCKS, drawn_intervals, score
from quality_clips import CLIPS, Frames

from midframe.engines.cpu.selection import Selection, Tiles
from midframe.engines.loading import load_model
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import Engine, EngineFrame

FILMS = {name: clip for name, clip in CLIPS.items() if not clip.aside and "made" not in clip.kind}
UNSEEN = ("vtest-later", "globe-later", "talker-small", "noisy-bikes")
ALL = {**FILMS, **MADE, **{name: CLIPS[name] for name in UNSEEN}}
"""Nothing was chosen on the unseen ones."""

LIMITS = {"worst film": -0.05, "mean of films": -0.02, "worst made clip": -0.1}


class Shares:
    """Counts the tiles that selections ask for.

    Attributes:
        last: Share of tiles of each of the last blocks in the latest frame.
    """

    def __init__(self) -> None:
        self.last: list[float] = []
        original = Selection.tiles

        def counted(selection: Selection, scale: float, rows: int, columns: int) -> Tiles | None:
            tiles = original(selection, scale, rows, columns)
            self.last.append(1.0 if tiles is None else tiles.numbers.size / (rows * columns))
            return tiles

        Selection.tiles = counted  # type: ignore[method-assign]


def measure(frames: Frames, engines: dict[str, Engine[Any]], shares: Shares, pairs: int, clock: str) -> dict[str, Any]:
    """Scores of each frame, and means of them; see the keys."""
    now = CLOCKS[clock]
    possible = drawn_intervals(frames)
    chosen = sorted({possible[int(i)] for i in np.linspace(0, len(possible) - 1, min(pairs, len(possible)))})
    scores: dict[str, list[tuple[float, float, float]]] = {name: [] for name in engines}
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    parts = []
    for number in chosen:
        left, truth, right = (frame.astype(np.float32) for frame in frames[2 * number : 2 * number + 3])
        views = [EngineFrame(view, view) for view in (left / 255, right / 255)]
        for name, engine in engines.items():
            shares.last.clear()
            first = engine.encode(views[0])
            # In a video, the right frame of a pair is the left one of the next.
            began = now()
            (interpolated,) = engine.between(first, engine.encode(views[1]), [0.5])
            seconds[name].append(now() - began)
            scores[name].append(score(interpolated * 255, truth))
        parts.append(list(shares.last))
    exact, fast = (np.array(scores[name]) for name in ("exact", "fast"))
    return {
        "rebuilt": len(chosen),
        "exact": exact.mean(axis=0)[:2].tolist(),
        "psnr": float((fast - exact)[:, 0].mean()),
        "ssim": float((fast - exact)[:, 1].mean()),
        "worst_frame": float((fast - exact)[:, 0].min()),
        "share": float(np.mean([np.mean(each or [0.0]) for each in parts])),
        "seconds": {name: float(np.median(values)) for name, values in seconds.items()},
        "frames": {"exact": exact[:, :2].tolist(), "fast": fast[:, :2].tolist(), "shares": parts},
    }


def main() -> None:
    """Run, print, and say what misses its limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", nargs="+", choices=list(ALL), default=list(ALL))
    parser.add_argument("--pairs", type=int, default=24, help="frames to rebuild in each clip, at most")
    parser.add_argument("--model", default="4.25")
    parser.add_argument("--clock", choices=list(CLOCKS), default="wall")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    shares = Shares()
    engines: dict[str, Engine[Any]] = {}
    for precision in ("exact", "fast"):
        options = EngineOptions(
            given.model, device="cpu", threads=given.threads or torch.get_num_threads(), precision=precision
        )
        engines[precision] = load_model(options).make_engine()
    print("| clip | kind | exact: PSNR, SSIM | fast, dB | SSIM ·10⁴ | worst frame, dB | share of tiles | time |")
    print("|---|---|---|---|---|---|---|---|")
    began, rows = time.time(), {}
    for name in given.clips:
        clip = ALL[name]
        row = rows[name] = measure(clip.frames(), engines, shares, given.pairs, given.clock)
        seconds = row["seconds"]
        print(
            f"| {name}{' *' if name in UNSEEN else ''} | {clip.kind} | {row['exact'][0]:.2f}, {row['exact'][1]:.4f} "
            f"| {row['psnr']:+.3f} | {1e4 * row['ssim']:+.1f} | {row['worst_frame']:+.2f} | {row['share']:.2f} "
            f"| {seconds['fast'] / seconds['exact']:.2f} |",
            flush=True,
        )
    films = [row for name, row in rows.items() if name in FILMS]
    made = [row for name, row in rows.items() if name not in FILMS and "made" in ALL[name].kind]
    found = {}
    if films:
        found["mean of films"] = float(np.mean([row["psnr"] for row in films]))
        found["worst film"] = min(row["psnr"] for row in films)
        print(f"mean SSIM of films: {1e4 * np.mean([row['ssim'] for row in films]):+.2f}·10⁻⁴")
    if made:
        found["worst made clip"] = min(row["psnr"] for row in made)
    for what, value in found.items():
        print(f"{what}: {value:+.3f} dB{'' if value >= LIMITS[what] else ', below ' + str(LIMITS[what])}")
    print(f"{time.time() - began:.0f} s")
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps({"model": given.model, "summary": found, "clips": rows}, indent=1))


if __name__ == "__main__":
    main()
