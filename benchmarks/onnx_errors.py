"""How far exported ONNX files and the engine onnx are from midframe's exact result, on real frames.

Every combination of model, opset, precision, warp and runtime gets a row: the largest difference, the one that 0.1% of
the samples exceed, and the median, on a scale of 0 to 1. A summary with the worst of all models, opsets and runtimes
comes first. The tables of docs/onnx.md:

    python benchmarks/onnx_errors.py [--models 4.0,4.6,4.25] [--opsets 16,20,22] [--clips bigbuckbunny,bikes]
    python benchmarks/onnx_errors.py --engines

With --engines, it is the engines that are compared, with the quality "default", and what they take on the CPU: the
fastest of several calls, in turns, as a ratio to the CPU kernels. Runtimes that are not installed are left out.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice, product
from typing import Any

import numpy as np
from measuring import print_table
from numpy.typing import NDArray

from midframe.engines.graphs.layers import network_layers
from midframe.engines.onnx.models import GraphOptions, whole_model
from midframe.engines.onnx.openvino_module import load_openvino
from midframe.engines.options import EngineOptions
from midframe.engines.protocols import Engine, EngineFrame
from midframe.engines.registry import make_engine
from midframe.engines.threads import set_threads, thread_count
from midframe.extras import is_installed
from midframe.media.video import read_rgb_frames
from midframe.models.checkpoints import load_checkpoint
from midframe.models.clips import fetch_clip
from midframe.models.fetch import locate_model
from midframe.models.rife.architecture import RifeModel

Picture = NDArray[np.float32]
Run = Callable[[Picture, Picture, float], Picture]

FIRST_FRAMES = (0, 20)
"""Numbers of the frames that pairs begin with."""

APART = 2
"""Frames from one of a pair to the other."""

SIZE = (270, 480)
"""Rows and columns of what is taken from the middle of a frame."""

TIMES = (0.5, 0.25)

EXACT = EngineOptions(device="cpu", engine="cpu", quality="fast")


@dataclass(frozen=True)
class Pair:
    """Two frames, (rows, columns, 3) in [0, 1]."""

    left: Picture
    right: Picture


def pairs(clips: list[str]) -> Iterator[Pair]:
    """Pairs of each clip."""
    for clip in clips:
        frames = list(islice(read_rgb_frames(fetch_clip(clip)), max(FIRST_FRAMES) + APART + 1))
        for first in FIRST_FRAMES:
            yield Pair(*(_middle(frames[number]) for number in (first, first + APART)))


def _middle(frame: NDArray[np.uint8]) -> Picture:
    rows, columns = (min(wanted, length) for wanted, length in zip(SIZE, frame.shape[:2], strict=True))
    top, left = (frame.shape[0] - rows) // 2, (frame.shape[1] - columns) // 2
    return frame[top : top + rows, left : left + columns].astype(np.float32) / np.float32(255)


def with_onnxruntime(content: bytes) -> Run:
    """ONNX Runtime's own operators."""
    import onnxruntime

    return _session(content, onnxruntime.SessionOptions(), ["CPUExecutionProvider"])


def with_provider_of_openvino(content: bytes) -> Run:
    """OpenVINO, in a build of ONNX Runtime that has it."""
    import onnxruntime

    return _session(content, onnxruntime.SessionOptions(), [("OpenVINOExecutionProvider", {"device_type": "CPU"})])


def _session(content: bytes, options: Any, providers: list[Any]) -> Run:
    import onnxruntime

    options.log_severity_level = 3
    options.intra_op_num_threads = thread_count()
    session = onnxruntime.InferenceSession(content, options, providers=providers)
    return lambda left, right, moment: session.run(
        None, {"img0": left, "img1": right, "timestep": np.array([moment], np.float32)}
    )[0]


def with_openvino(content: bytes) -> Run:
    """OpenVINO itself."""
    core = load_openvino().Core()
    compiled = core.compile_model(core.read_model(content), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return lambda left, right, moment: compiled([left, right, np.array([moment], np.float32)])[0]


def runtimes() -> dict[str, Callable[[bytes], Run]]:
    """Those that are installed."""
    found: dict[str, Callable[[bytes], Run]] = {}
    if is_installed("onnxruntime"):
        import onnxruntime

        found[f"ONNX Runtime {onnxruntime.__version__}, CPU"] = with_onnxruntime
        if "OpenVINOExecutionProvider" in onnxruntime.get_available_providers():
            found[f"ONNX Runtime {onnxruntime.__version__}, OpenVINO"] = with_provider_of_openvino
    if is_installed("openvino"):
        found[f"OpenVINO {load_openvino().get_version().partition('-')[0]}, CPU"] = with_openvino
    return found


def results(run: Run, frames: list[Pair]) -> list[Picture]:
    """What a file makes of pairs, at all times."""
    made = []
    for pair, moment in product(frames, TIMES):
        planes = [np.ascontiguousarray(each.transpose(2, 0, 1)[np.newaxis]) for each in (pair.left, pair.right)]
        made.append(np.array(run(planes[0], planes[1], moment))[0].transpose(1, 2, 0))
    return made


def engine_results(engine: Engine[Any], frames: list[Pair]) -> list[Picture]:
    """The same of an engine."""
    made = []
    for pair in frames:
        left, right = (engine.encode(EngineFrame(each, each)) for each in (pair.left, pair.right))
        made += engine.between(left, right, TIMES)
    return made


def differences(made: list[Picture], wanted: list[Picture]) -> list[float]:
    """The largest difference, the one that 0.1% exceed, the median, and the largest of 8-bit values."""
    apart = np.concatenate([np.abs(a - b).ravel() for a, b in zip(made, wanted, strict=True)])
    steps = np.concatenate([np.abs(_steps(a) - _steps(b)).ravel() for a, b in zip(made, wanted, strict=True)])
    return [float(apart.max()), float(np.quantile(apart, 0.999)), float(np.median(apart)), float(steps.max())]


def in_words(figures: list[list[float]]) -> list[str]:
    """Figures of one or more files: the largest difference of each, and the worst of the rest."""
    largest, most, median, steps = zip(*figures, strict=True)
    return [
        " / ".join(f"{each:.1e}" for each in largest),
        f"{max(most):.1e}",
        f"{max(median):.1e}",
        f"{max(steps):.0f}",
    ]


def _steps(picture: Picture) -> NDArray[np.int16]:
    """As 8-bit values."""
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.int16)


def rife(name: str) -> RifeModel:
    """A model of the catalogue."""
    model = load_checkpoint(locate_model(name)).model
    assert isinstance(model, RifeModel)
    return model


def compare_files(models: list[str], opsets: list[int], frames: list[Pair]) -> None:
    """Print the table of files."""
    names = " / ".join(map(str, opsets))
    rows = []
    worst: dict[tuple[str, str], list[float]] = {}
    for name in models:
        # Files have no second attempt.
        model = rife(name)
        model = replace(model, spec=replace(model.spec, retry=False))
        wanted = engine_results(make_engine(model, EXACT), frames)
        layers = network_layers(model.spec, model.tensors)
        for half, warp, (runtime, prepare) in product((False, True), ("gridsample", "gather"), runtimes().items()):
            figures = []
            for opset in opsets:
                options = GraphOptions(opset, warp, half)
                content = whole_model(layers, model.spec.pad_multiple(), options).SerializeToString()
                figures.append(differences(results(prepare(content), frames), wanted))
            # Beside float16, warps make no difference.
            kind = ("float16", "gridsample or gather") if half else ("float32", warp)
            worst[kind] = [max(column) for column in zip(*figures, worst.get(kind, figures[0]), strict=True)]
            rows.append([name, kind[0], warp, runtime, *in_words(figures)])
    print_table(
        ["convolutions", "warp", "largest", "99.9%", "median", "8-bit steps"],
        [[*kind, *in_words([figures])] for kind, figures in worst.items()],
    )
    heading = ["model", "convolutions", "warp", "runtime", f"largest, opset {names}", "99.9%", "median", "8-bit steps"]
    print_table(heading, rows)


def compare_engines(models: list[str], frames: list[Pair], rounds: int) -> None:
    """Print the table of engines."""
    heading = ["model", "engine", "largest", "99.9%", "median", "8-bit steps", "time, of the CPU kernels'"]
    choices = [EngineOptions(device="cpu", engine="cpu"), EngineOptions(device="cpu", engine="torch")]
    choices += [
        EngineOptions(device="cpu", engine="onnx", provider=provider)
        for provider in ("cpu", "openvino")
        if is_installed("openvino" if provider == "openvino" else "onnxruntime")
    ]
    rows = []
    for name in models:
        engines = [make_engine(rife(name), options) for options in choices]
        wanted = engine_results(engines[0], frames)
        figures = [differences(engine_results(engine, frames), wanted) for engine in engines]
        fastest = [float("inf")] * len(engines)
        for _ in range(rounds):
            for number, engine in enumerate(engines):
                started = time.perf_counter()
                engine_results(engine, frames[:1])
                fastest[number] = min(fastest[number], time.perf_counter() - started)
        for options, figure, seconds in zip(choices, figures, fastest, strict=True):
            label = options.engine if options.provider == "auto" else f"{options.engine}, {options.provider}"
            rows.append([name, label, *in_words([figure]), f"{seconds / fastest[0]:.1f}"])
    print_table(heading, rows)


def main() -> None:
    """Parse, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", default="4.0,4.6,4.25")
    parser.add_argument("--opsets", default="16,20,22")
    parser.add_argument("--clips", default="bigbuckbunny,bikes")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engines", action="store_true")
    given = parser.parse_args()
    set_threads(given.threads)
    frames, models = list(pairs(given.clips.split(","))), given.models.split(",")
    if given.engines:
        compare_engines(models, frames, given.rounds)
    else:
        compare_files(models, [int(opset) for opset in given.opsets.split(",")], frames)


if __name__ == "__main__":
    main()
