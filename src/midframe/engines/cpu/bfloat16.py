"""Convolutions of a block in bfloat16, through torch and oneDNN, for processors that compute in it.

Only what lies between a block's input and its corner convolution is shortened. Flow, coordinates, warps and the
blend stay float32: rounded to bfloat16 they would ruin the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from midframe.engines.folding import Convolution, FoldedBlock
from midframe.models.rife.network import NEGATIVE_SLOPE

SUPPORT_QUERIES = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
"""Functions of `torch.cpu`; older versions of torch lack some."""


def has_onednn() -> bool:
    """Whether torch was built with oneDNN."""
    return bool(torch.backends.mkldnn.is_available())  # type: ignore[no-untyped-call]


def computes_in_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 in hardware and torch's build makes use of it.

    Without the hardware, oneDNN and torch convert back and forth and are slower than float32.
    """
    # ATEN_CPU_CAPABILITY limits torch; a processor masked by it must not be asked what it could do.
    if not torch.backends.cpu.get_cpu_capability().startswith("AVX512") or not has_onednn():
        return False
    queries = [getattr(torch.cpu, name, None) for name in SUPPORT_QUERIES]
    return any(query() for query in queries if query is not None)


@dataclass(frozen=True, eq=False)
class _Layer:
    """One convolution in a shorter type, packed for one input size where oneDNN takes it.

    Attributes:
        convolution: Weight, bias and slopes, float32.
        weight: Weight in the shorter type; oneDNN's own layout if `packed`.
        bias: Bias in the shorter type.
        packed: Whether `weight` is packed.
    """

    convolution: Convolution
    weight: Tensor
    bias: Tensor
    packed: bool

    @staticmethod
    def prepare(convolution: Convolution, x: Tensor, dtype: torch.dtype) -> _Layer:
        weight, bias = convolution.weight.detach().to(dtype), convolution.bias.detach().to(dtype)
        packed = has_onednn() and (dtype == torch.float32 or computes_in_bfloat16())
        if packed:
            stride = [convolution.stride] * 2
            # A layout packed for another size would be reordered again on every call.
            weight = torch.ops.mkldnn._reorder_convolution_weight(
                weight, [1, 1], stride, [1, 1], convolution.groups, list(x.shape)
            )
        return _Layer(convolution, weight, bias, packed)

    def __call__(self, x: Tensor) -> Tensor:
        layer = self.convolution
        slopes = layer.slopes
        leaky = slopes is not None and bool((slopes == NEGATIVE_SLOPE).all())
        if self.packed:
            activation = ("leaky_relu", [NEGATIVE_SLOPE]) if leaky else ("none", [])
            stride = [layer.stride] * 2
            y: Tensor = torch.ops.mkldnn._convolution_pointwise(
                x, self.weight, self.bias, [1, 1], stride, [1, 1], layer.groups, *activation, ""
            )
        else:
            y = F.conv2d(x, self.weight, self.bias, stride=layer.stride, padding=1, groups=layer.groups)
            if leaky:
                y = F.leaky_relu(y, NEGATIVE_SLOPE)
        if slopes is not None and not leaky:
            y = F.prelu(y, slopes.detach().to(y.dtype))
        return y


class ShortBlock:
    """A block's convolutions in one type, for one input size at a time."""

    def __init__(self, folded: FoldedBlock, dtype: torch.dtype = torch.bfloat16) -> None:
        self._folded = folded
        self._dtype = dtype
        self._size: torch.Size | None = None
        self._layers: list[_Layer] = []

    def run(self, pixels: Tensor, corners: Tensor) -> None:
        """From (h, w, input channels) to the block's output, (rows, columns, channels at least as many)."""
        x = pixels.permute(2, 0, 1).unsqueeze(0).to(self._dtype)
        convolutions = (*self._folded.first, *self._folded.trunk, self._folded.last)
        if x.shape != self._size:
            self._layers.clear()
            self._size = x.shape
        skip: Tensor | None = None
        for index, convolution in enumerate(convolutions):
            if index == len(self._layers):
                self._layers.append(_Layer.prepare(convolution, x, self._dtype))
            is_last = index == len(convolutions) - 1
            if is_last and self._folded.skip and skip is not None:
                x = x + skip
            x = self._layers[index](x)
            if index == len(self._folded.first) - 1:
                skip = x
        corners[:, :, : x.shape[1]].copy_(x[0].permute(1, 2, 0))
