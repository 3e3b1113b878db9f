"""The weights of a network in the order and scale that its graphs use them in.

Besides the rewritings of `midframe.engines.folding`, none of which changes the result beyond rounding: flows are
multiplied by powers of two in the weights, and channels are ordered such that graphs need no operation to order them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from midframe.engines.folding import MOTION_PLANES, Convolution, FoldedBlock, FoldedEncoder, fold_block, fold_encoder
from midframe.models.rife.spec import Spec

Floats = NDArray[np.float32]

ENCODER_SPAN = 2
"""Output pixels per corner and axis of the encoder's last convolution."""


@dataclass(frozen=True, eq=False)
class BlockLayers:
    """One block.

    Attributes:
        scale: It works at 1/scale of full resolution.
        first: The two strided convolutions. Inputs are ordered: left frame and its features, right frame and its
            features, time, and after the first block mask, handed-on planes and flow in pixels.
        trunk: The convolutions in the middle.
        skip: Whether the trunk's input is added to its output.
        last: The 2 × 2 convolution over corners; outputs are ordered [plane][row][column] for a pixel shuffle by
            `span`. Planes: flow (4, in pixels of full resolution), mask, those for the next block.
        span: See `last`.
        planes: Planes that come out.
        factor: How much the planes have to be enlarged for full resolution; below 1 at flow scales above 1.
    """

    scale: float
    first: tuple[Convolution, Convolution]
    trunk: tuple[Convolution, ...]
    skip: bool
    last: Convolution
    span: int
    planes: int
    factor: float


@dataclass(frozen=True, eq=False)
class NetworkLayers:
    """All weights of a network, for one flow scale.

    Attributes:
        spec: The row.
        encoder: The image encoder; its last convolution is ordered [feature][row][column]. None without features.
        blocks: Coarse to fine.
        retried: Whether scales are those of a second attempt, see `Spec.retry`.
    """

    spec: Spec
    encoder: FoldedEncoder | None
    blocks: tuple[BlockLayers, ...]
    retried: bool


def network_layers(
    spec: Spec, tensors: Mapping[str, Floats], *, flow_scale: float = 1.0, retried: bool = False
) -> NetworkLayers:
    """Fold and order the weights of a network.

    Args:
        spec: The row.
        tensors: Weights by the keys of `spec.state_shapes()`, float32 numpy arrays.
        flow_scale: See `midframe.engines.options.EngineOptions`.
        retried: Whether scales are doubled, as versions 4.0 and 4.1 do where motion is very large.
    """
    share = (2 if retried else 1) / flow_scale
    encoder = fold_encoder(spec, tensors)
    if encoder is not None:
        features = encoder.last.weight.shape[0] // ENCODER_SPAN**2
        encoder = replace(encoder, last=_reordered(encoder.last, _by_plane(0, features, ENCODER_SPAN)))
    blocks = tuple(
        _block(spec, fold_block(spec, tensors, index), index, published * share)
        for index, published in enumerate(spec.scales)
    )
    return NetworkLayers(spec, encoder, blocks, retried)


def _block(spec: Spec, folded: FoldedBlock, index: int, scale: float) -> BlockLayers:
    factor = scale if spec.shuffle else 2 * scale
    first, second = folded.first
    weight = np.array(first.weight[:, _input_order(spec, index)])
    if index:
        weight[:, -4:] /= np.float32(scale)
    span, motion = folded.span, MOTION_PLANES * folded.span**2
    planes = MOTION_PLANES + folded.feature_planes
    order = np.concatenate(
        (_by_plane(0, MOTION_PLANES, span), _by_plane(motion, folded.feature_planes, span)), dtype=np.intp
    )
    last = _reordered(folded.last, order)
    last.weight[: 4 * span**2] *= np.float32(factor)
    last.bias[: 4 * span**2] *= np.float32(factor)
    return BlockLayers(
        scale, (replace(first, weight=weight), second), folded.trunk, folded.skip, last, span, planes, factor
    )


def _input_order(spec: Spec, index: int) -> NDArray[np.intp]:
    """Published input channels (both frames, then both features) in the order of graphs (either frame as a whole)."""
    features = spec.features
    sides = [
        [*range(3 * side, 3 * side + 3), *range(6 + side * features, 6 + (side + 1) * features)] for side in (0, 1)
    ]
    rest = range(6 + 2 * features, spec.input_channels(index))
    return np.array([*sides[0], *sides[1], *rest], np.intp)


def _by_plane(first: int, planes: int, span: int) -> NDArray[np.intp]:
    """Outputs from `first` on, ordered [row][column][plane], as [plane][row][column]."""
    return first + np.arange(span * span * planes).reshape(span * span, planes).T.flatten()


def _reordered(layer: Convolution, order: NDArray[np.intp]) -> Convolution:
    return replace(layer, weight=np.array(layer.weight[order]), bias=np.array(layer.bias[order]))


def enlarging_samples(channels: int, ratio: int, scale: int) -> Convolution:
    """A convolution that enlarges planes, and yields only the pixels that a shrink by `scale` reads.

    Those are the central 2 × 2 of every cell of scale × scale pixels. The input has one row and column more on every
    side, see `GraphBuilder.edge_padded`; the output is ordered for a pixel shuffle by 2 · ratio.

    Args:
        channels: Planes; each is enlarged by itself.
        ratio: The enlargement divided by `scale`.
        scale: At least 4: at smaller scales, all pixels are read.
    """
    steps = np.arange(2 * ratio)
    # Where a sample lies from the middle of the pixel that it is in, in pixels of the small plane.
    away = ((steps // 2 + 0.5) * scale - 0.5 + steps % 2) / (ratio * scale) - 0.5
    taps = np.stack((np.maximum(-away, 0), 1 - np.abs(away), np.maximum(away, 0)), axis=1)
    kernels = np.einsum("ay,bx->abyx", taps, taps).reshape(-1, 1, 3, 3).astype(np.float32)
    weight = np.tile(kernels, (channels, 1, 1, 1))
    return Convolution(weight, np.zeros(len(weight), np.float32), groups=channels)
