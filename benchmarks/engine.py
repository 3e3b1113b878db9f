"""How fast the engines are on a CPU, against each other and against their convolutions alone.

One step is what a running job does per interpolated frame at factor 2: encode one new frame, and interpolate between it
and the frame before. Each step is the next pair of a clip of which every second frame was left out, so that engines
whose work depends on the pictures have several. All engines take turns in one process, every other turn backwards, so
that what else the machine does hits all of them; medians, and medians of the ratios within a turn, are what to look at.

The reference gets an allocator that keeps large buffers. glibc's `mallopt`, called before anything large is allocated,
makes it take all of them from the heap (M_MMAP_MAX = 0), never give memory back (M_TRIM_THRESHOLD), and grow by 512 MB
(M_TOP_PAD). Without, the reference spends a good part of its time on page faults, and every ratio here would look
better than it is; the page faults that are left in each of its steps are printed. The first two turns, in which the
heap still grows, are not counted.

Contents are clips of three kinds. Where a clip has a different shape or size than is requested, it is enlarged (or
reduced) as a whole until it covers the frame, and cropped to its middle; the factor is printed.

    python benchmarks/engine.py --threads 2 --json out/engine.json
    python benchmarks/engine.py --clip VIDEO --sizes 640x360,1280x720 --threads 1 --clock cpu
"""

from __future__ import annotations

import argparse
import ctypes
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4


def keep_large_buffers() -> bool:
    """Have glibc's allocator keep all memory; must come before anything large is allocated."""
    if platform.libc_ver()[0] != "glibc":
        return False
    libc = ctypes.CDLL(None)
    settings = {M_MMAP_MAX: 0, M_TRIM_THRESHOLD: (1 << 31) - 1, M_TOP_PAD: 1 << 29}
    return all(libc.mallopt(name, value) for name, value in settings.items())


TUNED_ALLOCATOR = keep_large_buffers()

import av  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402
from footage import fetch  # noqa: E402
from measuring import machine, turns, write_json  # noqa: E402

from midframe.engines.cpu.kernels.library import load_kernels  # noqa: E402
from midframe.engines.folding import Convolution, fold_block, fold_encoder  # noqa: E402
from midframe.engines.loading import load_model  # noqa: E402
from midframe.engines.options import EngineOptions  # noqa: E402
from midframe.engines.protocols import Engine, EngineFrame  # noqa: E402
from midframe.engines.threads import set_threads, thread_count  # noqa: E402
from midframe.engines.torch.engine import TorchEngine  # noqa: E402
from midframe.models.checkpoints import load_checkpoint  # noqa: E402
from midframe.models.fetch import locate_model  # noqa: E402
from midframe.models.rife.architecture import require_rife  # noqa: E402
from midframe.models.rife.network import IFNet  # noqa: E402
from midframe.models.rife.spec import NEGATIVE_SLOPE  # noqa: E402

CPU = torch.device("cpu")
REFERENCE, CONVOLUTIONS = "reference", "convolutions alone"
CONTENTS = {"animation": "bigbuckbunny", "live": "bikes", "surveillance": "vtest"}
FIRST_FRAME = 20
FIRST_TURNS = 2
"""Turns that are not counted."""


@dataclass(frozen=True)
class Content:
    """Pairs of a clip.

    Attributes:
        frames: Every second frame.
        truths: (H, W, 3) float32 in [0, 1]: what was left out between each two.
        description: Where they come from.
    """

    frames: list[EngineFrame]
    truths: list[np.ndarray]
    description: str


def read_content(clip: Path, width: int, height: int, pairs: int) -> Content:
    """Pairs of a video at the requested size."""
    views, description = [], clip.name
    with av.open(str(clip)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index < FIRST_FRAME:
                continue
            enlargement = max(width / frame.width, height / frame.height)
            wide, high = (
                max(least, round(enlargement * size)) for least, size in ((width, frame.width), (height, frame.height))
            )
            description = f"{clip.name}, {frame.width}×{frame.height} times {enlargement:.2f}, middle of {wide}×{high}"
            pixels = frame.reformat(wide, high, "rgb24", interpolation="BICUBIC").to_ndarray()
            top, left = (high - height) // 2, (wide - width) // 2
            pixels = np.ascontiguousarray(pixels[top : top + height, left : left + width])
            views.append(pixels.astype(np.float32) / np.float32(255))
            if len(views) == 2 * pairs + 1:
                return Content([EngineFrame(view, view) for view in views[::2]], views[1::2], description)
    sys.exit(f"{clip} has fewer than {FIRST_FRAME + 2 * pairs + 1} frames.")


class Convolutions:
    """Every convolution of one step and nothing else: oneDNN through torch, prepacked, float32.

    The shapes are those of the published network; the encoder runs once and the last block without unused planes.
    """

    def __init__(self, network: IFNet, width: int, height: int) -> None:
        self._calls: list[Callable[[], object]] = []
        self.multiplications = 0
        weights = dict(network.named_parameters())
        encoder = fold_encoder(network.spec, weights)
        if encoder is not None:
            size = (height, width)
            for layer in (encoder.first, *encoder.middle, encoder.last):
                size = self._add(layer, size)
        for index, scale in enumerate(network.spec.scales):
            block = fold_block(network.spec, weights, index)
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


class Job:
    """What a job does per interpolated frame, pair after pair."""

    def __init__(self, engine: Engine, frames: list[EngineFrame]) -> None:
        self._engine = engine
        self._frames = iter(frames)
        self._last = engine.encode(next(self._frames))

    def step(self) -> np.ndarray:
        """Interpolate in the middle of the next pair."""
        latest = self._engine.encode(next(self._frames))
        (middle,) = self._engine.between(self._last, latest, [0.5])
        self._last = latest
        return middle


def engines_for(network: IFNet, wanted: EngineOptions) -> dict[str, Engine]:
    """The published network, its restructured form, and the engine of the CPU kernels where there are any."""
    published = replace(wanted, quality="fast")
    found: dict[str, Engine] = {
        REFERENCE: TorchEngine(network, CPU, published, form="reference"),
        "restructured": TorchEngine(network, CPU, published),
    }
    if load_kernels():
        for precision in ("exact", "fast"):
            options = replace(wanted, engine="cpu", precision=precision)
            found[precision] = load_model(options).make_engine()
    return found


def page_faults() -> int:
    """Of this process so far; those that needed no disk."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def psnr(picture: np.ndarray, truth: np.ndarray) -> float:
    """In dB, of 8-bit codes."""
    error = np.mean((np.rint(np.clip(picture, 0, 1) * 255) - truth * 255) ** 2)
    return float(10 * np.log10(255**2 / max(float(error), 1e-4)))


def measure(network: IFNet, content: Content, wanted: EngineOptions, clock: Callable[[], float]) -> dict[str, object]:
    """Let all engines take turns on the pairs of a clip; see the keys of the result."""
    height, width = content.truths[0].shape[:2]
    multiple = network.spec.pad_multiple()
    padded = (-(-width // multiple) * multiple, -(-height // multiple) * multiple)
    convolutions = Convolutions(network, *padded)
    steps: dict[str, Callable[[], object]] = {
        name: Job(engine, content.frames).step for name, engine in engines_for(network, wanted).items()
    }
    steps[CONVOLUTIONS] = convolutions.step
    times: dict[str, list[float]] = {name: [] for name in steps}
    scores: dict[str, list[float]] = {name: [] for name in steps}
    differences: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
    faults = []
    pictures: dict[str, np.ndarray] = {}
    for turn, name in turns(list(steps), len(content.truths)):
        before, begin = page_faults(), clock()
        result = steps[name]()
        seconds = clock() - begin
        if turn >= FIRST_TURNS:
            times[name].append(seconds)
            if name == REFERENCE:
                faults.append(page_faults() - before)
        if isinstance(result, np.ndarray):
            pictures[name] = result
            scores[name].append(psnr(result, content.truths[turn]))
        if len(pictures) == len(steps) - 1:
            for other, picture in pictures.items():
                apart = np.abs(picture - pictures[REFERENCE])
                differences[other].append((float(apart.max()), float(apart.mean())))
            pictures = {}
    return {
        "size": f"{width}x{height}",
        "content": content.description,
        "pairs": len(content.truths) - FIRST_TURNS,
        "median_ms": {name: 1000 * statistics.median(values) for name, values in times.items()},
        "fastest_ms": {name: 1000 * min(values) for name, values in times.items()},
        "reference_over": {name: ratio(times[REFERENCE], values) for name, values in times.items()},
        "over_convolutions": {name: ratio(values, times[CONVOLUTIONS]) for name, values in times.items()},
        "psnr": {name: float(np.mean(values)) for name, values in scores.items() if values},
        "difference_from_reference": {
            name: {"max": max(worst for worst, _ in values), "mean": float(np.mean([mean for _, mean in values]))}
            for name, values in differences.items()
            if values
        },
        "page_faults_of_reference": statistics.median(faults),
        "gigamultiplications": convolutions.multiplications / 1e9,
        "turns_ms": {name: [1000 * value for value in values] for name, values in times.items()},
    }


def ratio(values: list[float], others: list[float]) -> float:
    """Median of the ratios within a turn."""
    return statistics.median(value / other for value, other in zip(values, others, strict=True))


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contents", default=",".join(CONTENTS), help="some of the three, separated by commas")
    parser.add_argument("--clip", type=Path, help="a video instead of these")
    parser.add_argument("--model", default="4.25", help="a version or a path to weights")
    parser.add_argument("--sizes", default="1280x720", help="separated by commas")
    parser.add_argument("--repeats", type=int, default=9, help="pairs of each clip that are counted")
    parser.add_argument("--threads", type=int, help="default: torch's")
    parser.add_argument("--quality", default="fast", help="of exact and fast; the reference has the published blend")
    parser.add_argument(
        "--clock",
        choices=("wall", "cpu"),
        default="wall",
        help="cpu counts the process's own CPU time: with --threads 1, what a busy machine still lets one compare",
    )
    parser.add_argument("--json", type=Path, help="write the figures there, too")
    given = parser.parse_args()
    if given.threads:
        set_threads(given.threads)
    threads = thread_count()
    torch.set_num_threads(threads)
    clock = time.perf_counter if given.clock == "wall" else time.process_time
    network = require_rife(load_checkpoint(locate_model(given.model)).model).network()
    kernels = load_kernels()
    wanted = EngineOptions(given.model, "cpu", threads=threads, quality=given.quality)
    clips = {"clip": given.clip} if given.clip else {name: fetch(CONTENTS[name]) for name in given.contents.split(",")}
    report = {
        **machine(),
        "torch": torch.__version__,
        "threads": threads,
        "clock": given.clock,
        "quality": given.quality,
        "tuned_allocator": TUNED_ALLOCATOR,
        "kernels": kernels.name if kernels else None,
        "results": [],
    }
    print(", ".join(f"{key} {value}" for key, value in report.items() if key != "results"))
    for size in given.sizes.split(","):
        width, height = map(int, size.split("x"))
        for name, clip in clips.items():
            content = read_content(clip, width, height, given.repeats + FIRST_TURNS)
            result = {"kind": name, **measure(network, content, wanted, clock)}
            report["results"].append(result)
            print_result(result)
    write_json(given.json, report)


def print_result(result: dict[str, object]) -> None:
    """A table of one content at one size."""
    print(
        f"\n{result['kind']}: {result['content']}; {result['pairs']} pairs; {result['page_faults_of_reference']:.0f} "
        f"page faults in a step of the reference\n"
        f"{result['size']:20}{'median ms':>10} {'fastest':>9} {'reference ÷':>12} {'÷ convolutions':>15} "
        f"{'PSNR':>7} {'worst':>9} {'mean':>9}"
    )
    for name, median in result["median_ms"].items():
        difference = result["difference_from_reference"].get(name, {})
        errors = " ".join(f"{difference[key]:9.1e}" for key in ("max", "mean") if key in difference)
        psnr_text = f"{result['psnr'][name]:7.2f}" if name in result["psnr"] else ""
        print(
            f"{name:20}{median:10.1f} {result['fastest_ms'][name]:9.1f} {result['reference_over'][name]:12.2f} "
            f"{result['over_convolutions'][name]:15.2f} {psnr_text} {errors}",
            flush=True,
        )


if __name__ == "__main__":
    main()
