"""Where the time of one frame goes in the CPU kernels: each pass with one thread and with several, in turns.

A pass that scales worse than the others waits for memory, or has too few rows to hand out. The smallest of all rounds
counts, because other processes only ever add to it.

    python benchmarks/passes.py --size 1280x720 --threads 1,2 --rounds 15 --json out/passes.json
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from midframe.engines.cpu.engine import CpuEngine
from midframe.engines.cpu.kernels.library import Kernels, load_kernels
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import EngineFrame
from midframe.engines.threads import set_threads
from midframe.media.video import read_rgb_frames
from midframe.models.checkpoints import load_checkpoint
from midframe.models.clips import fetch_clip
from midframe.models.fetch import locate_model
from midframe.models.rife.architecture import require_rife

PASSES = (
    "pad",
    "pack_frame",
    "cell_means",
    "first_layer",
    "first_layer_tiles",
    "winograd_strided",
    "sum_coarse",
    "need",
    "settle",
    "convolve_strided",
    "winograd",
    "convolve_corners",
    "winograd_corners",
    "mask_share",
    "between",
)


class Clock:
    """Adds up the time of every pass of a library."""

    def __init__(self, kernels: Kernels) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        for name in PASSES:
            setattr(kernels, name, self._timed(name, getattr(kernels, name)))

    def _timed(self, name: str, run: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            started = time.perf_counter()
            result = run(*arguments)
            self.seconds[name] += time.perf_counter() - started
            return result

        return timed


def frames_of(size: str) -> list[EngineFrame]:
    """The first frame of a clip and the third, resized."""
    width, height = map(int, size.split("x"))
    pictures = list(islice(read_rgb_frames(fetch_clip("bigbuckbunny")), 60, 63))
    views = [np.asarray(Image.fromarray(picture).resize((width, height)), np.float32) / 255 for picture in pictures]
    return [EngineFrame(view, view) for view in (views[0], views[2])]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--threads", default="1,2", type=lambda text: tuple(map(int, text.split(","))))
    parser.add_argument("--rounds", default=15, type=int)
    parser.add_argument("--quality", default="default")
    parser.add_argument("--precision", default="exact")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()

    kernels = load_kernels()
    if kernels is None:
        parser.error("the CPU kernels are not built, or switched off")
    clock = Clock(kernels)
    model = require_rife(load_checkpoint(locate_model("4.25")).model)
    engine = CpuEngine(model, kernels, EngineOptions(quality=options.quality, precision=options.precision))
    frames = frames_of(options.size)
    best: dict[int, dict[str, float]] = {threads: {} for threads in options.threads}
    for number in range(options.rounds + 1):
        for threads in options.threads:
            set_threads(threads)
            left = engine.encode(frames[0])  # buffers belong to a number of threads
            clock.seconds.clear()
            started = time.perf_counter()
            right = engine.encode(frames[1])
            engine.between(left, right, [0.5])
            whole = time.perf_counter() - started
            if number:
                for name, seconds in {**clock.seconds, "whole": whole}.items():
                    best[threads][name] = min(best[threads].get(name, seconds), seconds)
    first = options.threads[0]
    print(f"| pass | {' | '.join(f'{threads} threads, ms' for threads in options.threads)} | ratio |")
    print("|---" * (len(options.threads) + 2) + "|")
    for name in best[first]:
        cells = [f"{1e3 * best[threads][name]:.1f}" for threads in options.threads]
        print(f"| {name} | {' | '.join(cells)} | {best[first][name] / best[options.threads[-1]][name]:.2f} |")
    if options.json:
        options.json.write_text(json.dumps({"size": options.size, "seconds": best}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
