"""How long `midframe run --redo` takes after one changed choice, and which decoded frames it changes.

python benchmarks/redo.py clip.mp4 --frames 100
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

OUTPUTS = {
    "H.264": ("out.mp4", ()),
    "H.265": ("out265.mp4", ("--codec", "h265")),
    "FFV1": ("out.mkv", ("--codec", "ffv1")),
    "PNG": ("out", ()),
}


def main() -> None:
    """Run the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--frames", type=int, default=100, help="Source frames that are used.")
    parser.add_argument("--pair", type=int, default=37, help="The pair that another choice is made for.")
    parser.add_argument("--outputs", nargs="+", default=list(OUTPUTS), choices=list(OUTPUTS))
    parser.add_argument("--choice", default='{"choice": "interpolate", "quality": "best"}', help="The choice, as JSON.")
    given = parser.parse_args()
    rate = _rate(given.clip)
    entry = {"time": str(given.pair / rate), **json.loads(given.choice)}
    print("| output | job, s | redo, s | share | of processor time | frames | that differ |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        choices = Path(folder) / "choices.json"
        choices.write_text(json.dumps({"format": "midframe-choices", "version": 1, "choices": [entry]}))
        for name, (output, options) in ((name, OUTPUTS[name]) for name in given.outputs):
            path = Path(folder) / output
            command = [str(given.clip), "-o", str(path), "--end-time", str(given.frames / rate), *options]
            job, job_work = _timed(command)
            before = _pictures(path)
            again, again_work = _timed([*command, "--redo", str(choices)])
            after = _pictures(path)
            pairs = zip(before, after, strict=True)
            differing = [number for number, (old, new) in enumerate(pairs) if not np.array_equal(old, new)]
            shares = f"{again / job:.3f} | {again_work / job_work:.3f}"
            print(f"| {name} | {job:.1f} | {again:.1f} | {shares} | {len(after)} | {differing} |", flush=True)


def _timed(arguments: list[str]) -> tuple[float, float]:
    """Wall time and processor time of a command, in seconds."""
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "midframe", "run", *arguments, "--progress", "none"]
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, work


def _rate(clip: Path) -> Fraction:
    with av.open(str(clip)) as container:
        rate = container.streams.video[0].average_rate
        assert rate is not None
        return Fraction(rate)


def _pictures(path: Path) -> list[NDArray[np.uint8]]:
    files = sorted(path.glob("*.png")) if path.is_dir() else [path]
    pictures = []
    for file in files:
        with av.open(str(file)) as container:
            pictures += [picture.to_ndarray() for picture in container.decode(video=0)]
    return pictures


if __name__ == "__main__":
    main()
