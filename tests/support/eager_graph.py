"""A graph builder that computes what it is given at once, with torch."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from midframe.engines.folding import Convolution
from midframe.engines.torch.resampling import Grid, warp_at


class EagerBuilder:
    """The operations of `midframe.engines.graphs.builder.GraphBuilder` on tensors."""

    def convolution(self, x: Tensor, layer: Convolution, padding: int = 1) -> Tensor:
        weight, bias = torch.from_numpy(layer.weight), torch.from_numpy(layer.bias)
        x = F.conv2d(x, weight, bias, layer.stride, padding, groups=layer.groups)
        return x if layer.slopes is None else F.prelu(x, torch.from_numpy(np.asarray(layer.slopes)))

    def shortened(self, x: Tensor) -> Tensor:
        return x

    def widened(self, x: Tensor) -> Tensor:
        return x

    def add(self, a: Tensor, b: Tensor) -> Tensor:
        assert a.shape == b.shape
        return a + b

    def multiply(self, a: Tensor, b: Tensor) -> Tensor:
        return a * b

    def affine(self, x: Tensor, factor: float, offset: float = 0.0) -> Tensor:
        return x * factor + offset

    def sigmoid(self, x: Tensor) -> Tensor:
        return torch.sigmoid(x)

    def concatenate(self, parts: list[Tensor]) -> Tensor:
        assert len(parts) > 1
        return torch.cat(parts, dim=1)

    def channels(self, x: Tensor, first: int, last: int) -> Tensor:
        assert 0 <= first < last <= x.shape[1]
        return x[:, first:last]

    def filled(self, number: Tensor, like: Tensor) -> Tensor:
        return number.expand(-1, -1, *like.shape[-2:])

    def trimmed(self, x: Tensor, margin: int) -> Tensor:
        return x[..., margin:-margin, margin:-margin]

    def cropped(self, x: Tensor, rows: int, columns: int) -> Tensor:
        assert x.shape[-2] >= rows
        assert x.shape[-1] >= columns
        return x[..., :rows, :columns]

    def edge_padded(self, x: Tensor) -> Tensor:
        return F.pad(x, (1, 1, 1, 1), mode="replicate")

    def resized(self, x: Tensor, factor: float) -> Tensor:
        return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)

    def pixel_shuffled(self, x: Tensor, factor: int) -> Tensor:
        return F.pixel_shuffle(x, factor)

    def pooled(self, x: Tensor) -> Tensor:
        return F.avg_pool2d(x, 2)

    def warped(self, image: Tensor, flow: Tensor, scale: int) -> Tensor:
        height, width = image.shape[-2:]
        return warp_at(image, flow, Grid.of(height, width, scale, image.device))
