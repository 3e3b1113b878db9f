"""Chains of convolutions in ncnn's own form: a text that lists layers, and their weights one after the other.

All that a layer computes is said by numbers of parameters, which ncnn documents in its page on operations.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from midframe.engines.folding import Convolution, FoldedBlock, FoldedEncoder

MAGIC = 7767517
"""The first line of every such text."""

RAW_FLOAT32 = bytes(4)
"""Stands before the weights of a convolution, and says that they are neither quantised nor halved."""

INPUT, OUTPUT = "input", "output"
"""Names of what goes into a chain and of what comes out, (rows, columns, channels)."""

LEAKY = 2
"""Number of the activation that ncnn computes with a convolution; one slope for all channels."""

CHANNELS_FIRST, CHANNELS_LAST = 4, 3
"""Orders of a permutation of (rows, columns, channels), and of the one that undoes it."""

ADD = 0
"""Number of the operation of two inputs."""


class Chain(NamedTuple):
    """What ncnn loads.

    Attributes:
        text: The layers.
        weights: Their weights.
    """

    text: str
    weights: bytes

    def write(self, folder: Path) -> tuple[Path, Path]:
        """As files in a folder: the text, and the weights."""
        text, weights = folder / "chain.param", folder / "chain.bin"
        text.write_text(self.text, encoding="ascii")
        weights.write_bytes(self.weights)
        return text, weights


def block_chain(block: FoldedBlock) -> Chain:
    """A block, from its input to its corners."""
    layers = _Layers()
    layers.add_all(block.first)
    if not block.skip:
        layers.add_all(block.trunk)
    else:
        kept = layers.split()
        layers.add_all(block.trunk)
        layers.add_to(kept)
    layers.add(block.last)
    return layers.finished()


def encoder_chain(encoder: FoldedEncoder) -> Chain:
    """The encoder, from a frame's view to its corners."""
    layers = _Layers()
    layers.add_all((encoder.first, *encoder.middle, encoder.last))
    return layers.finished()


class _Layers:
    """Layers are added one by one, each to the output of the one before."""

    def __init__(self) -> None:
        self._lines = [f"Input {INPUT} 0 1 {INPUT}"]
        self._weights: list[bytes] = []
        self._latest = INPUT
        self._outputs = 1
        # Pixels lie channels last in the machine's memory, and channels first is what ncnn convolves: the device
        # turns them around in no time, a single core of the machine would take longer than the device for the rest.
        self._layer("Permute", f"0={CHANNELS_FIRST}")

    def add_all(self, convolutions: Sequence[Convolution]) -> None:
        """Several layers, each with its activation."""
        for convolution in convolutions:
            self.add(convolution)

    def add(self, convolution: Convolution) -> None:
        """A convolution that sees one pixel of zeros around its input, and its activation."""
        weight = np.asarray(convolution.weight, np.float32)
        outputs, _, kernel, _ = weight.shape
        grouped = convolution.groups > 1
        parameters = f"0={outputs} 1={kernel} 3={convolution.stride} 4=1 5=1 6={weight.size}"
        if grouped:
            parameters += f" 7={convolution.groups}"
        slopes = convolution.slopes
        shared = slopes is None or bool((slopes == slopes[0]).all())
        if slopes is not None and shared:
            parameters += f" 9={LEAKY} -23310=1,{float(slopes[0]):e}"
        kind = "ConvolutionDepthWise" if grouped else "Convolution"
        self._layer(kind, parameters, RAW_FLOAT32, weight, convolution.bias)
        if slopes is not None and not shared:
            self._layer("PReLU", f"0={outputs}", slopes)

    def split(self) -> str:
        """Keep the latest output for `add_to`, and return its name: in ncnn, an output is read only once."""
        first, second = f"{self._latest}_first", f"{self._latest}_second"
        self._lines.append(f"Split split 1 2 {self._latest} {first} {second}")
        self._outputs += 2
        self._latest = first
        return second

    def add_to(self, kept: str) -> None:
        """Add what was kept to the latest output."""
        self._lines.append(f"BinaryOp sum 2 1 {self._latest} {kept} sum 0={ADD}")
        self._outputs += 1
        self._latest = "sum"

    def finished(self) -> Chain:
        """The whole chain."""
        self._layer("Permute", f"0={CHANNELS_LAST}", output=OUTPUT)
        lines = [str(MAGIC), f"{len(self._lines)} {self._outputs}", *self._lines]
        return Chain("\n".join(lines) + "\n", b"".join(self._weights))

    def _layer(
        self, kind: str, parameters: str, *weights: bytes | NDArray[np.float32], output: str | None = None
    ) -> None:
        name = output or f"layer{len(self._lines)}"
        self._lines.append(f"{kind} {name} 1 1 {self._latest} {name} {parameters}")
        self._weights += [
            each if isinstance(each, bytes) else np.ascontiguousarray(each, np.float32).tobytes() for each in weights
        ]
        self._outputs += 1
        self._latest = name
