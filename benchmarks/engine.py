"""How fast the engines are on a CPU, against each other and against their convolutions alone.

One step is what a running job does per synthesised frame at factor 2: encode one new frame, draw one between it and
the frame before. All engines take turns in one process, so that what else the machine does hits all of them; medians
and ratios are what to look at.

The reference gets an allocator that keeps large buffers (glibc only). Without, it spends a good part of its time on
page faults, and every ratio here would look better than it is.

    python benchmarks/engine.py [--clip VIDEO] [--model 4.25] [--sizes 640x360,1280x720] [--json FILE]
"""

from __future__ import annotations

import argparse
import ctypes
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


def keep_large_buffers() -> bool:
    """Tell glibc's allocator never to give memory back; must come before anything large is allocated."""
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    return bool(libc.mallopt(M_MMAP_THRESHOLD, 1 << 30)) and bool(libc.mallopt(M_TRIM_THRESHOLD, 1 << 30))


TUNED_ALLOCATOR = keep_large_buffers()

import av  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

from midframe.engines.cpu.engine import CpuEngine  # noqa: E402
from midframe.engines.cpu.kernels.library import load_kernels  # noqa: E402
from midframe.engines.folding import Convolution, corner_weight, fold_block  # noqa: E402
from midframe.engines.options import EngineOptions  # noqa: E402
from midframe.engines.protocols import Engine, EngineFrame  # noqa: E402
from midframe.engines.torch.engine import TorchEngine  # noqa: E402
from midframe.models.checkpoints import load_checkpoint  # noqa: E402
from midframe.models.clips import fetch_clip  # noqa: E402
from midframe.models.fetch import locate_model  # noqa: E402
from midframe.models.rife.architecture import require_rife  # noqa: E402
from midframe.models.rife.network import NEGATIVE_SLOPE, IFNet  # noqa: E402

CPU = torch.device("cpu")
FAST = EngineOptions(device="cpu", quality="fast")
REFERENCE = "reference"
FIRST_FRAME, DISTANCE = 20, 2


def read_pair(clip: Path, width: int, height: int) -> list[EngineFrame]:
    """Two frames of a video at the wanted size, as far apart as a job that rebuilds every second frame has them."""
    frames = []
    with av.open(str(clip)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index in (FIRST_FRAME, FIRST_FRAME + DISTANCE):
                pixels = frame.reformat(width, height, "rgb24", interpolation="BICUBIC").to_ndarray()
                view = pixels.astype(np.float32) / np.float32(255)
                frames.append(EngineFrame(view, view))
            if len(frames) == 2:
                return frames
    sys.exit(f"{clip} has fewer than {FIRST_FRAME + DISTANCE + 1} frames.")


class Convolutions:
    """Every convolution of one step and nothing else: oneDNN through torch, prepacked, float32.

    The shapes are those of the published network; the encoder runs once and the last block without unused planes.
    """

    def __init__(self, network: IFNet, width: int, height: int) -> None:
        self._calls: list[Callable[[], object]] = []
        self.multiplications = 0
        if network.spec.head and network.encode is not None:
            names = [key.removeprefix("encode.") for key in network.spec.head.keys]
            *plain, last = [network.encode.get_submodule(name) for name in names]
            size = (height, width)
            for module in plain:
                stride = module.stride[0]
                size = self._add(Convolution(module.weight, module.bias, stride=stride), size)
            weight, bias = corner_weight(last)
            self._add(Convolution(weight.reshape(-1, *weight.shape[3:]), bias.repeat(4)), size)
        for index, scale in enumerate(network.spec.scales):
            block = fold_block(network, index)
            size = (height // scale, width // scale)
            for layer in (*block.first, *block.trunk, block.last):
                size = self._add(layer, size)

    def _add(self, layer: Convolution, size: tuple[int, int]) -> tuple[int, int]:
        inputs = layer.weight.shape[1] * layer.groups
        x = torch.rand(1, inputs, *size).contiguous(memory_format=torch.channels_last)
        stride = [layer.stride] * 2
        weight = torch.ops.mkldnn._reorder_convolution_weight(
            layer.weight.detach(), [1, 1], stride, [1, 1], layer.groups, list(x.shape)
        )
        bias = layer.bias.detach()

        def call() -> torch.Tensor:
            return torch.ops.mkldnn._convolution_pointwise(
                x, weight, bias, [1, 1], stride, [1, 1], layer.groups, "leaky_relu", [NEGATIVE_SLOPE], ""
            )

        self._calls.append(call)
        result = call()
        self.multiplications += result.numel() * layer.weight[0].numel()
        return tuple(result.shape[-2:])

    def step(self) -> None:
        """Run all of them once."""
        with torch.inference_mode():
            for call in self._calls:
                call()


def one_step(engine: Engine, frames: list[EngineFrame]) -> Callable[[], np.ndarray]:
    """What a job does per synthesised frame."""
    state = {"last": engine.encode(frames[0])}

    def step() -> np.ndarray:
        latest = engine.encode(frames[1])
        (drawn,) = engine.between(state["last"], latest, [0.5])
        return drawn

    return step


def measure(
    network: IFNet, clip: Path, width: int, height: int, repeats: int, clock: Callable[[], float]
) -> dict[str, object]:
    """Let all engines take turns at one size; see the keys of the result."""
    frames = read_pair(clip, width, height)
    multiple = network.spec.pad_multiple()
    padded = (-(-width // multiple) * multiple, -(-height // multiple) * multiple)
    kernels = load_kernels()
    convolutions = Convolutions(network, *padded)
    steps: dict[str, Callable[[], object]] = {
        REFERENCE: one_step(TorchEngine(network, CPU, FAST, form="reference"), frames),
        "restructured": one_step(TorchEngine(network, CPU, FAST), frames),
    }
    if kernels:
        steps["fused exact"] = one_step(CpuEngine(network, kernels, FAST), frames)
        steps["fused fast"] = one_step(CpuEngine(network, kernels, replace(FAST, precision="fast")), frames)
    steps["convolutions alone"] = convolutions.step
    times: dict[str, list[float]] = {name: [] for name in steps}
    drawn: dict[str, np.ndarray] = {}
    for turn in range(repeats + 1):
        for name, step in steps.items():
            begin = clock()
            result = step()
            if turn > 0:  # the first one allocates
                times[name].append(clock() - begin)
            if isinstance(result, np.ndarray):
                drawn[name] = result
    medians = {name: statistics.median(values) for name, values in times.items()}
    differences = {
        name: {
            "max": float(np.abs(picture - drawn[REFERENCE]).max()),
            "mean": float(np.abs(picture - drawn[REFERENCE]).mean()),
        }
        for name, picture in drawn.items()
    }
    return {
        "size": f"{width}x{height}",
        "median_ms": {name: 1000 * value for name, value in medians.items()},
        "fastest_ms": {name: 1000 * min(values) for name, values in times.items()},
        "reference_over": {name: medians[REFERENCE] / value for name, value in medians.items()},
        "over_convolutions": {name: value / medians["convolutions alone"] for name, value in medians.items()},
        "difference_from_reference": differences,
        "gigamultiplications": convolutions.multiplications / 1e9,
    }


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clip", type=Path, help="a video; default: the demo clip bigbuckbunny")
    parser.add_argument("--model", default="4.25", help="a version or a path to weights")
    parser.add_argument("--sizes", default="640x360,1280x720,1920x1080")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--threads", type=int, help="default: torch's")
    parser.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu counts the process's own CPU time: with --threads 1, what a busy machine still lets one compare",
    )
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    clock = time.perf_counter if options.clock == "wall" else time.process_time
    clip = options.clip or fetch_clip("bigbuckbunny")
    network = require_rife(load_checkpoint(locate_model(str(options.model))).model).network()
    kernels = load_kernels()
    report = {
        "machine": platform.machine(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "clock": options.clock,
        "tuned_allocator": TUNED_ALLOCATOR,
        "kernels": kernels.name if kernels else None,
        "results": [],
    }
    print(", ".join(f"{key} {value}" for key, value in report.items() if key != "results"))
    for size in options.sizes.split(","):
        width, height = map(int, size.split("x"))
        result = measure(network, clip, width, height, options.repeats, clock)
        report["results"].append(result)
        print(
            f"\n{size:20}{'median ms':>15} {'fastest':>9} {'reference ÷':>12} {'÷ convolutions':>15} "
            f"{'worst':>9} {'mean':>9}"
        )
        for name, median in result["median_ms"].items():
            difference = result["difference_from_reference"].get(name, {})
            errors = " ".join(f"{difference[key]:9.1e}" for key in ("max", "mean") if key in difference)
            print(
                f"{name:20}{median:15.1f} {result['fastest_ms'][name]:9.1f} {result['reference_over'][name]:12.2f} "
                f"{result['over_convolutions'][name]:15.2f} {errors}",
                flush=True,
            )
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
