"""RIFE's published graph in other programs; `peers.py` runs this file in the environment of each.

    python peer_networks.py export WEIGHTS VERSION WIDTH HEIGHT FOLDER
    python peer_networks.py run BACKEND GRAPHS FRAMES OUTPUT THREADS

`export` needs torch, onnx, onnxscript, pnnx and midframe's sources on the path. It writes the network of a fixed size
and of time 1/2 (both encoders, as published) as ``rife.onnx``, ``rife.ncnn.param`` with ``rife.ncnn.bin``, and its
weights and version for torch.

`run` needs numpy, Pillow and the backend. It reads the BMP files of a folder in order, interpolates between
neighbours, writes the results as BMP files into another, numbered as in the doubled row, and prints how many there are
and the seconds spent in the network, from padded float32 arrays to a float32 array.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Network = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""Two (1, 3, H, W) float32 pictures in [0, 1], padded → the one in the middle, (3, H, W)."""


def published(weights: Path, version: str) -> Any:
    """The network as published, for the time 1/2, as a module of torch."""
    import torch

    from midframe.models.rife.network import IFNet
    from midframe.models.rife.spec import spec_for_version

    class Halfway(torch.nn.Module):
        def __init__(self, network: IFNet) -> None:
            super().__init__()
            self.network = network

        def forward(self, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
            return self.network(left, right, 0.5)

    network = IFNet(spec_for_version(version))
    stored = torch.load(weights, map_location="cpu", weights_only=True)
    tensors = {name.removeprefix("module."): tensor for name, tensor in stored.items()}
    # Checkpoints also hold what was needed for training alone.
    network.load_state_dict({name: tensors[name] for name in network.state_dict()})
    return Halfway(network).eval()


def export(weights: str, version: str, width: str, height: str, folder: str) -> None:
    """Write the graph for the other programs."""
    import pnnx
    import torch

    os.chdir(folder)
    network = published(Path(weights), version)
    pictures = tuple(torch.rand(1, 3, int(height), int(width)) for _ in range(2))
    names = {"input_names": ["left", "right"], "output_names": ["middle"]}
    torch.onnx.export(network, pictures, "rife.onnx", opset_version=20, dynamo=True, external_data=False, **names)
    pnnx.export(network, "rife.pt", pictures)
    Path("rife.json").write_text(json.dumps({"weights": weights, "version": version}))
    Path("size.json").write_text(json.dumps([int(width), int(height)]))


def torch_eager(graphs: Path, threads: int) -> tuple[Network, str]:
    """Plain PyTorch."""
    import torch

    torch.set_num_threads(threads)
    network = published(**json.loads((graphs / "rife.json").read_text()))

    def run(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return network(torch.from_numpy(left), torch.from_numpy(right))[0].numpy()

    return run, f"torch {torch.__version__}"


def openvino(graphs: Path, threads: int, precision: str | None = None) -> tuple[Network, str]:
    """One stream on all threads; the precision that OpenVINO chooses for the processor, unless one is given."""
    import openvino

    settings: dict[str, object] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}
    if precision:
        settings["INFERENCE_PRECISION_HINT"] = precision
    compiled = openvino.Core().compile_model(graphs / "rife.onnx", "CPU", settings)
    used = compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()

    def run(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return compiled([left, right])[0][0]

    return run, f"openvino {openvino.__version__.split('-')[0]}, {used}, latency hint"


def openvino_float32(graphs: Path, threads: int) -> tuple[Network, str]:
    """The same in float32."""
    return openvino(graphs, threads, "f32")


def onnxruntime(graphs: Path, threads: int) -> tuple[Network, str]:
    """The CPU provider as it comes."""
    import onnxruntime as runtime

    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    session = runtime.InferenceSession(graphs / "rife.onnx", options, providers=["CPUExecutionProvider"])

    def run(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return session.run(None, {"left": left, "right": right})[0][0]

    return run, f"onnxruntime {runtime.__version__}"


def ncnn(graphs: Path, threads: int) -> tuple[Network, str]:
    """Its defaults: Winograd, packed layouts, half precision where the processor has it."""
    import ncnn

    network = ncnn.Net()
    network.opt.num_threads = threads
    network.load_param(str(graphs / "rife.ncnn.param"))
    network.load_model(str(graphs / "rife.ncnn.bin"))

    def run(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        extractor = network.create_extractor()
        # A Mat only points to the array; the array lives until the end of the function.
        for name, picture in (("in0", left), ("in1", right)):
            extractor.input(name, ncnn.Mat(picture[0]))
        status, middle = extractor.extract("out0")
        if status:
            raise RuntimeError(f"ncnn returned {status}")
        return np.array(middle)

    return run, f"ncnn {ncnn.__version__}"


BACKENDS = {
    "torch": torch_eager,
    "openvino": openvino,
    "openvino-float32": openvino_float32,
    "onnxruntime": onnxruntime,
    "ncnn": ncnn,
}


def run(backend: str, graphs: str, frames: str, output: str, threads: str) -> None:
    """Interpolate between the pictures of a folder."""
    from PIL import Image

    network, description = BACKENDS[backend](Path(graphs), int(threads))
    width, height = json.loads((Path(graphs) / "size.json").read_text())
    seconds, count = 0.0, 0
    left: np.ndarray | None = None
    for path in sorted(Path(frames).glob("*.bmp")):
        with Image.open(path) as picture:
            codes = np.asarray(picture)
        right = np.zeros((1, 3, height, width), np.float32)
        right[0, :, : codes.shape[0], : codes.shape[1]] = codes.transpose(2, 0, 1) / np.float32(255)
        if left is not None:
            began = time.perf_counter()
            middle = network(left, right)
            seconds += time.perf_counter() - began
            middle = middle[:, : codes.shape[0], : codes.shape[1]].transpose(1, 2, 0)
            pixels = np.clip(np.rint(middle * np.float32(255)), 0, 255).astype(np.uint8)
            Image.fromarray(np.ascontiguousarray(pixels)).save(Path(output) / f"{2 * count + 1:07d}.bmp")
            count += 1
        left = right
    print(json.dumps({"frames": count, "network_seconds": seconds, "description": description}))


if __name__ == "__main__":
    {"export": export, "run": run}[sys.argv[1]](*sys.argv[2:])
