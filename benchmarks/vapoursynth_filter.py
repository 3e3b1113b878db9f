"""What the filter for VapourSynth takes: processor time and real time of an interpolated frame.

For a Python that has VapourSynth: frames of a clip are scaled to each size, brought to YUV420P8 and doubled in number.
The whole graph is measured: conversion of chroma, detection of cuts, encoding, interpolation.

    python benchmarks/vapoursynth_filter.py clip.mp4 --models 4.25,4.6 --sizes 640x360 --json out/vapoursynth.json

Best of `--runs`. On a machine with other work, go by the processor time.
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import islice, product
from pathlib import Path
from typing import Any

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

import midframe
from midframe.vapoursynth import interpolate


def clip_of(frames: list[NDArray[Any]], width: int, height: int) -> vs.VideoNode:
    """Frames (height, width, 3) as a clip of a size, in memory."""
    blank = vs.core.std.BlankClip(
        format=vs.RGB24, width=frames[0].shape[1], height=frames[0].shape[0], length=len(frames), keep=True
    )

    def fill(n: int, f: vs.VideoFrame) -> vs.VideoFrame:
        frame = f.copy()
        for plane in range(3):
            np.asarray(frame[plane])[...] = frames[n][..., plane]
        return frame

    scaled = blank.std.ModifyFrame(blank, fill).resize.Bicubic(width, height, format=vs.YUV420P8, matrix_s="709")
    made = [frame.copy() for frame in scaled.frames()]
    plain = vs.core.std.BlankClip(scaled, keep=True)

    def stored(n: int, f: vs.VideoFrame) -> vs.VideoFrame:  # noqa: ARG001 - VapourSynth passes both by name
        return made[n]

    return plain.std.ModifyFrame(plain, stored)


def measure(clip: vs.VideoNode, **options: Any) -> dict[str, float]:
    """Seconds for each interpolated frame of one pass."""
    doubled = interpolate(clip, factor=2, **options)
    doubled.get_frame(1)
    started, used = time.perf_counter(), time.process_time()
    for number in range(2, doubled.num_frames - 2):
        doubled.get_frame(number)
    drawn = (doubled.num_frames - 4) // 2
    return {"seconds": (time.perf_counter() - started) / drawn, "processor": (time.process_time() - used) / drawn}


def main() -> None:
    """Measure, print a table, and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip")
    parser.add_argument("--models", default="4.25")
    parser.add_argument("--precisions", default="exact,fast")
    parser.add_argument("--flow-scales", default="1")
    parser.add_argument("--sizes", default="640x360,1280x720")
    parser.add_argument("--frames", type=int, default=13)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quality", default="fast")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    frames = list(islice(midframe.read_frames(given.clip), given.frames))
    rows = []
    for size in given.sizes.split(","):
        width, height = map(int, size.split("x"))
        clip = clip_of(frames, width, height)
        kinds = product(given.models.split(","), given.precisions.split(","), given.flow_scales.split(","))
        for model, precision, scale in kinds:
            passes = [
                measure(
                    clip,
                    model=model,
                    precision=precision,
                    flow_scale=float(scale),
                    quality=given.quality,
                    threads=given.threads,
                )
                for _ in range(given.runs)
            ]
            best = {name: min(each[name] for each in passes) for name in passes[0]}
            rows.append({"size": size, "model": model, "precision": precision, "flow_scale": scale, **best})
            rate = width * height / best["processor"] / 1e6
            print(
                f"{size:>10} {Path(model).name:>12} {precision:>6} flow scale {scale:>4}: {best['processor']:.3f} s of "
                f"processor time, {best['seconds']:.3f} s of real time, {rate:.2f} million pixels a processor second",
                flush=True,
            )
    if given.json is not None:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
