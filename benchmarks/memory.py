"""How much memory a pair takes, against what the engines' own formulas say.

Every case runs in a process of its own, which makes two frames (view and samples apart, as a job has them),
interpolates one between them, and reports its largest resident size; frames and interpreter are in it.

    python benchmarks/memory.py [--cases 3840x2160:1,7680x4320:0.5] [--kinds cpu,torch] [--strips 1,2] [--json FILE]

The figures of 4K at flow scale 1 and 8K at 0.5, with the CPU kernels, exact and fast:

    python benchmarks/memory.py --cases 3840x2160:1,7680x4320:0.5 --kinds cpu --strips 1 --precisions exact,fast

With --jobs (and --python), what is measured are whole jobs instead, from the command line and under a budget: three
large frames, made by laying pictures of a clip side by side, are read, judged, interpolated between and written (TIFF
without compression). The peak is that of `midframe run` itself (VmHWM on Linux). 16K needs 20 GB of free memory.

    python benchmarks/memory.py --jobs 7680x4320:0.5:12G --precisions exact,fast --python now=bin/python --python PATH
    python benchmarks/memory.py --jobs 7680x4320:0.5:12G,15360x8640:0.25:20G
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from itertools import islice, product
from pathlib import Path

import numpy as np
import tifffile
from measuring import Installation, add_python_option, chosen_installations, print_table, run_measured, write_json

from midframe.engines.entry import EngineLoad
from midframe.engines.options import EngineOptions, Precision, Quality
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


def options_of(kind: str, flow_scale: float, precision: Precision, quality: Quality) -> EngineOptions:
    """Of an engine on the CPU."""
    return EngineOptions(device="cpu", engine=kind, flow_scale=flow_scale, precision=precision, quality=quality)


def run_case(model: str, width: int, height: int, strips: int, options: EngineOptions) -> None:
    """In a process of its own: interpolate a frame and print the peak."""
    checkpoint = load_checkpoint(locate_model(model))
    engine: Engine = make_engine(checkpoint.model, options)
    engine.strips = strips
    frames = []
    for shift in (0, 7):
        view = waves(width, height, shift)
        frames.append(EngineFrame(view, view.copy()))
    started = time.perf_counter()
    encoded = [engine.encode(frame) for frame in frames]
    (middle,) = engine.between(*encoded, [0.5])
    seconds = time.perf_counter() - started
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    print(json.dumps({"peak": peak, "seconds": seconds, "finite": bool(np.isfinite(middle[::64]).all())}))


def write_large_frames(folder: Path, width: int, height: int) -> Path:
    """Three frames, each of neighbouring pictures of a clip side by side; everything in them moves as it does there."""
    folder.mkdir()
    pictures = list(islice(read_rgb_frames(fetch_clip("bigbuckbunny")), 3))
    for number, picture in enumerate(pictures):
        repeats = (-(-height // picture.shape[0]), -(-width // picture.shape[1]), 1)
        samples = np.tile(picture, repeats)[:height, :width]
        tifffile.imwrite(folder / f"{number}.tif", samples, photometric="rgb")
    return folder


def run_large_job(
    installation: Installation, width: int, height: int, flow_scale: str, budget: str, precision: str
) -> dict[str, float | str]:
    """A whole job in a process of its own; its peak in bytes, and what it said."""
    with tempfile.TemporaryDirectory() as place:
        source = write_large_frames(Path(place) / "in", width, height)
        words = ["run", source, "-o", Path(place) / "out", "--scale", flow_scale, "--memory", budget]
        words += ["--precision", precision, "--progress", "none"]
        usage = run_measured(installation.midframe(*words), installation.environment)
        return {"peak": usage.peak_bytes, "seconds": usage.seconds, "said": usage.output + usage.errors}


def compare_jobs(cases: str, precisions: list[str], installations: list[Installation]) -> list[dict[str, object]]:
    """Run each job, and print its peak against its budget."""
    rows: list[dict[str, object]] = []
    for case in cases.split(","):
        size, flow_scale, budget = case.split(":")
        width, height = map(int, size.split("x"))
        for precision in precisions:
            for installation in installations:
                result = run_large_job(installation, width, height, flow_scale, budget, precision)
                rows.append({"case": case, "precision": precision, "installation": installation.name, **result})
    print_table(
        ["size : flow scale : budget", "precision", "", "peak GB", "÷ budget", "s"],
        [
            [
                row["case"],
                row["precision"],
                row["installation"],
                f"{row['peak'] / 1e9:.2f}",
                f"{row['peak'] / parse_bytes(row['case'].split(':')[2], 'budget'):.2f}",
                f"{row['seconds']:.0f}",
            ]
            for row in rows
        ],
    )
    return rows


def run_process(model: str, size: str, strips: int, options: EngineOptions) -> dict[str, float | bool]:
    """`run_case` in a process of its own."""
    words = [model, size, strips, options.engine, options.flow_scale, options.precision, options.quality]
    done = subprocess.run(
        [sys.executable, __file__, "--child", *map(str, words)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{words} failed: {done.stderr.strip()[-500:]}")
    found: dict[str, float | bool] = json.loads(done.stdout)
    return found


def main() -> None:
    """Parse, measure each case in a process, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default="1920x1080:1,3840x2160:1,3840x2160:0.5,3840x2160:0.25,1920x1080:2")
    parser.add_argument("--kinds", default="cpu,torch")
    parser.add_argument("--strips", default="1,2")
    parser.add_argument("--precisions", default="exact", help="exact, fast or both, separated by a comma")
    parser.add_argument("--quality", default="fast", help="fast, default or best")
    parser.add_argument("--models", default="4.25", help="versions, separated by commas")
    parser.add_argument("--jobs", help="whole jobs: size:flow scale:budget, separated by commas")
    add_python_option(parser)
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--child", nargs=7, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        model, size, strips, kind, flow_scale, precision, quality = given.child
        width, height = map(int, size.split("x"))
        run_case(model, width, height, int(strips), options_of(kind, float(flow_scale), precision, quality))
        return
    if given.jobs:
        write_json(
            given.json, compare_jobs(given.jobs, given.precisions.split(","), chosen_installations(parser, given))
        )
        return
    rows = []
    print(
        f"{'model':12}{'engine':8}{'precision':>10}{'size':>12}{'scale':>7}{'strips':>7}{'peak GB':>9}{'need GB':>9}"
        f"{'÷':>6}{'s':>7}"
    )
    for model, kind, precision, case, strips in product(
        *(text.split(",") for text in (given.models, given.kinds, given.precisions, given.cases, given.strips))
    ):
        size, _, flow_scale = case.partition(":")
        width, height = map(int, size.split("x"))
        options = options_of(kind, float(flow_scale), precision, given.quality)
        result = run_process(model, size, int(strips), options)
        load = EngineLoad(RifeModel(spec_for_version(model), {}), options, width, height, 3, int(strips))
        need = find_engine(kind).memory_need(load)
        case_of = {"model": model, "kind": kind, "size": size, "flow_scale": flow_scale, "strips": int(strips)}
        rows.append({**case_of, "precision": precision, "quality": given.quality, "need": need, **result})
        print(
            f"{model:12}{kind:8}{precision:>10}{size:>12}{flow_scale:>7}{strips:>7}{result['peak'] / 1e9:9.2f}"
            f"{need / 1e9:9.2f}{result['peak'] / need:6.2f}{result['seconds']:7.1f}",
            flush=True,
        )
    write_json(given.json, rows)


if __name__ == "__main__":
    main()
