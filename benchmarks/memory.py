"""How much memory a pair takes, against what `midframe.engine.memory.need` says.

Every case runs in a process of its own, which makes two frames (view and samples apart, as a job has them), draws
one between them, and reports its largest resident size; frames and interpreter are in it.

    python benchmarks/memory.py [--cases 3840x2160:1,7680x4320:0.5] [--kinds fused,torch] [--strips 1,2] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch

from midframe.engine.base import Engine, EngineFrame
from midframe.engine.cpu.engine import CpuEngine
from midframe.engine.cpu.kernels.library import load_kernels
from midframe.engine.memory import need
from midframe.engine.quality import QualityEngine
from midframe.engine.torch_engine import TorchEngine
from midframe.model.fetch import locate_model
from midframe.model.spec import spec_for_version
from midframe.model.weights import load_checkpoint

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


def make_engine(kind: str, model: str, flow_scale: float, strips: int, quality: str) -> Engine:
    """An engine of a kind and quality with real weights."""
    engine = plain_engine(kind, model, flow_scale, strips)
    return engine if quality == "fast" else QualityEngine(engine, several=quality == "best")


def plain_engine(kind: str, model: str, flow_scale: float, strips: int) -> Engine:
    """An engine that draws what the network says."""
    network = load_checkpoint(locate_model(model)).network()
    if kind == "torch":
        return TorchEngine(network, torch.device("cpu"), flow_scale=flow_scale, strips=strips)
    kernels = load_kernels()
    if kernels is None:
        sys.exit("The CPU kernels are not installed.")
    return CpuEngine(network, kernels, flow_scale=flow_scale, strips=strips)


def run_case(kind: str, model: str, width: int, height: int, flow_scale: float, strips: int, quality: str) -> None:
    """In a process of its own: draw a frame and print the peak."""
    engine = make_engine(kind, model, flow_scale, strips, quality)
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


def main() -> None:
    """Parse, measure each case in a process, print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", default="1920x1080:1,3840x2160:1,3840x2160:0.5,3840x2160:0.25,1920x1080:2")
    parser.add_argument("--kinds", default="fused,torch")
    parser.add_argument("--strips", default="1,2")
    parser.add_argument("--quality", default="fast", help="fast, default or best")
    parser.add_argument("--models", default="4.25", help="versions, separated by commas")
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    parser.add_argument("--child", nargs=7, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        kind, model, width, height, flow_scale, strips, quality = options.child
        run_case(kind, model, int(width), int(height), float(flow_scale), int(strips), quality)
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
                    spec = spec_for_version(model)
                    expected = need(
                        kind, width, height, 3, float(flow_scale), strips, spec=spec, quality=options.quality
                    )
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
