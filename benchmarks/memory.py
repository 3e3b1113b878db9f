"""How much memory a pair takes, against what the engines' own formulas say.

Every case runs in a process of its own, which makes two frames (view and samples apart, as a job has them), draws
one between them, and reports its largest resident size; frames and interpreter are in it.

    python benchmarks/memory.py [--cases 3840x2160:1,7680x4320:0.5] [--kinds cpu,torch] [--strips 1,2] [--json FILE]

With --jobs, what is measured are whole jobs instead, from the command line and under a budget: three large frames, made
by laying pictures of a clip side by side, are read, judged, drawn between and written (TIFF without compression).
The peak is that of `midframe run` itself (VmHWM on Linux). 16K needs 20 GB of free memory.

    python benchmarks/memory.py --jobs 7680x4320:0.5:12G
    python benchmarks/memory.py --jobs 7680x4320:0.5:12G,15360x8640:0.25:20G
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np
import tifffile

from midframe.engines.entry import EngineLoad
from midframe.engines.options import EngineOptions, Quality
from midframe.engines.protocols import Engine, EngineFrame
from midframe.engines.registry import find_engine, make_engine
from midframe.media.video import read_rgb_frames
from midframe.models.checkpoints import load_checkpoint
from midframe.models.clips import fetch_clip
from midframe.models.fetch import locate_model
from midframe.models.rife.architecture import RifeModel
from midframe.models.rife.spec import spec_for_version
from midframe.quantities import parse_bytes

ROWS_AT_ONCE = 256


def waves(width: int, height: int, shift: float) -> np.ndarray:
    """A moving pattern, (height, width, 3) float32 in [0, 1], made without temporaries of its size."""
    picture = np.empty((height, width, 3), np.float32)
    x = np.arange(width, dtype=np.float32)[None, :] - np.float32(shift)
    for first in range(0, height, ROWS_AT_ONCE):
        y = np.arange(first, min(height, first + ROWS_AT_ONCE), dtype=np.float32)[:, None]
        for channel, period in enumerate((13, 29, 61)):
            picture[first : first + ROWS_AT_ONCE, :, channel] = np.sin(x / period) * np.cos(y / (period + 3)) / 2 + 0.5
    return picture


def options_of(kind: str, flow_scale: float, quality: Quality) -> EngineOptions:
    """Of an engine on the CPU."""
    return EngineOptions(device="cpu", engine=kind, flow_scale=flow_scale, quality=quality)


def run_case(kind: str, model: str, width: int, height: int, flow_scale: float, strips: int, quality: Quality) -> None:
    """In a process of its own: draw a frame and print the peak."""
    checkpoint = load_checkpoint(locate_model(model))
    engine: Engine = make_engine(checkpoint.model, options_of(kind, flow_scale, quality))
    engine.strips = strips
    frames = []
    for shift in (0, 7):
        view = waves(width, height, shift)
        frames.append(EngineFrame(view, view.copy()))
    started = time.perf_counter()
    encoded = [engine.encode(frame) for frame in frames]
    (drawn,) = engine.between(*encoded, [0.5])
    seconds = time.perf_counter() - started
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(json.dumps({"peak": peak, "seconds": seconds, "finite": bool(np.isfinite(drawn[::64]).all())}))


def write_large_frames(folder: Path, width: int, height: int) -> Path:
    """Three frames, each of neighbouring pictures of a clip side by side; everything in them moves as it does there."""
    folder.mkdir()
    pictures = list(islice(read_rgb_frames(fetch_clip("bigbuckbunny")), 3))
    for number, picture in enumerate(pictures):
        repeats = (-(-height // picture.shape[0]), -(-width // picture.shape[1]), 1)
        samples = np.tile(picture, repeats)[:height, :width]
        tifffile.imwrite(folder / f"{number}.tif", samples, photometric="rgb")
    return folder


def run_large_job(width: int, height: int, flow_scale: str, budget: str) -> dict[str, float | str]:
    """A whole job in a process of its own; its peak in bytes, and what it said."""
    with tempfile.TemporaryDirectory() as place:
        source = write_large_frames(Path(place) / "in", width, height)
        words = ["run", str(source), "-o", str(Path(place) / "out"), "--scale", flow_scale, "--memory", budget]
        started = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-m", "midframe", *words, "--progress", "none"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as job:
            # What it has said is read before it is waited for: only then does the system tell of this one process.
            said = job.stdout.read() if job.stdout else ""
            _, status, used = os.wait4(job.pid, 0)
            job.returncode = os.waitstatus_to_exitcode(status)
        if job.returncode:
            sys.exit(f"{width}x{height} failed: {said[-500:]}")
        unit = 1 if sys.platform == "darwin" else 1024
        return {"peak": used.ru_maxrss * unit, "seconds": time.perf_counter() - started, "said": said}


def compare_jobs(cases: str) -> list[dict[str, object]]:
    """Run each job, and print its peak against its budget."""
    rows: list[dict[str, object]] = []
    print(f"{'size':>12}{'scale':>7}{'budget GB':>11}{'peak GB':>9}{'÷':>6}{'s':>7}")
    for case in cases.split(","):
        size, flow_scale, budget = case.split(":")
        width, height = map(int, size.split("x"))
        result = run_large_job(width, height, flow_scale, budget)
        allowed = parse_bytes(budget, "budget")
        peak, seconds = float(result["peak"]), float(result["seconds"])
        print(
            f"{size:>12}{flow_scale:>7}{allowed / 1e9:11.1f}{peak / 1e9:9.2f}{peak / allowed:6.2f}{seconds:7.0f}",
            flush=True,
        )
        rows.append({"case": case, **result})
    return rows


def main() -> None:
    """Parse, measure each case in a process, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", default="1920x1080:1,3840x2160:1,3840x2160:0.5,3840x2160:0.25,1920x1080:2")
    parser.add_argument("--kinds", default="cpu,torch")
    parser.add_argument("--strips", default="1,2")
    parser.add_argument("--quality", default="fast", help="fast, default or best")
    parser.add_argument("--models", default="4.25", help="versions, separated by commas")
    parser.add_argument("--jobs", help="whole jobs: size:flow scale:budget, separated by commas")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--child", nargs=7, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        kind, model, width, height, flow_scale, strips, quality = options.child
        run_case(kind, model, int(width), int(height), float(flow_scale), int(strips), quality)
        return
    if options.jobs:
        jobs = compare_jobs(options.jobs)
        if options.json:
            options.json.write_text(json.dumps(jobs, indent=2) + "\n", encoding="utf-8")
        return
    rows = []
    print(f"{'model':12}{'engine':8}{'size':>12}{'scale':>7}{'strips':>7}{'peak GB':>9}{'need GB':>9}{'÷':>6}{'s':>7}")
    for model in options.models.split(","):
        for kind in options.kinds.split(","):
            for case in options.cases.split(","):
                size, _, flow_scale = case.partition(":")
                width, height = map(int, size.split("x"))
                for strips in map(int, options.strips.split(",")):
                    arguments = [kind, model, str(width), str(height), flow_scale, str(strips), options.quality]
                    done = subprocess.run(
                        [sys.executable, __file__, "--child", *arguments], capture_output=True, text=True, check=False
                    )
                    if done.returncode:
                        sys.exit(f"{arguments} failed: {done.stderr.strip()[-500:]}")
                    result = json.loads(done.stdout)
                    wanted = options_of(kind, float(flow_scale), options.quality)
                    load = EngineLoad(RifeModel(spec_for_version(model), {}), wanted, width, height, 3, strips)
                    expected = find_engine(kind).memory_need(load)
                    rows.append({"case": arguments, "need": expected, **result})
                    print(
                        f"{model:12}{kind:8}{size:>12}{flow_scale:>7}{strips:7}{result['peak'] / 1e9:9.2f}"
                        f"{expected / 1e9:9.2f}{result['peak'] / expected:6.2f}{result['seconds']:7.1f}",
                        flush=True,
                    )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
