"""The graphs of the network: what is made of one frame, the motion of a pair, and the frame in between.

They compute what `midframe.engines.torch.restructured.RestructuredNetwork` does, by the identities that are explained
in docs/cpu-engine.md: flow is kept as one residual per block at the block's own resolution, and frames are warped only
at the pixels that a block's shrink reads.

An engine builds three graphs, each with a builder of its own:

- `encoded_side`: a view, padded, with its features; once for every frame.
- `estimated` and then `whole_motion`: flow and mask of a pair at a time.
- `blended_frame`: samples, warped and blended; of any number of channels, which need not be padded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, NamedTuple

import numpy as np
from numpy.typing import NDArray

from midframe.engines.folding import MOTION_PLANES
from midframe.engines.graphs.builder import GraphBuilder, Value
from midframe.engines.graphs.layers import ENCODER_SPAN, BlockLayers, NetworkLayers, enlarging_samples
from midframe.models.rife.spec import RETRY_THRESHOLD

Size = tuple[int, int]
"""Rows and columns of padded frames, where they are known."""


class Plane(NamedTuple, Generic[Value]):
    """Planes that stand for an enlargement of themselves.

    Attributes:
        value: (N, channels, rows, columns) at 1/factor of full resolution.
        factor: 1 or more.
        channels: How many.
        exact: Whether the enlargement has the size of the frame; otherwise it is larger, and to be cropped.
    """

    value: Value
    factor: float
    channels: int
    exact: bool = True


class BlockOutput(NamedTuple, Generic[Value]):
    """What a block estimates: flow residual (4, in pixels), mask logit, planes for the next block if there are any."""

    residual: Plane[Value]
    mask: Plane[Value]
    planes: Plane[Value] | None


@dataclass
class Estimate(Generic[Value]):
    """What is known of the motion: flow and mask are the sums of their parts.

    Attributes:
        flow: Residuals of 4 planes, in pixels of full resolution.
        mask: Logits.
        planes: Planes from the block before.
        decisive: The residual of block 1, by which an engine decides about a second attempt, see `is_huge`; None for
            networks that make none.
    """

    flow: list[Plane[Value]] = field(default_factory=list)
    mask: list[Plane[Value]] = field(default_factory=list)
    planes: Plane[Value] | None = None
    decisive: Plane[Value] | None = None


class Sides(NamedTuple, Generic[Value]):
    """Both frames with their features, (N, 3 + features, H, W), and the time between them, (N, 1, 1, 1)."""

    left: Value
    right: Value
    time: Value


def encoded_side(builder: GraphBuilder[Value], layers: NetworkLayers, view: Value) -> Value:
    """A frame with its features: (N, 3 + features, H, W) of (N, 3, H, W) in [0, 1], padded as the row wants it."""
    encoder = layers.encoder
    if encoder is None:
        return view
    x = view
    for layer in (encoder.first, *encoder.middle, encoder.last):
        x = builder.convolution(x, layer)
    features = builder.trimmed(builder.pixel_shuffled(x, ENCODER_SPAN), ENCODER_SPAN // 2)
    return builder.concatenate([view, features])


def estimated(
    builder: GraphBuilder[Value],
    layers: NetworkLayers,
    sides: Sides[Value],
    *,
    ensemble: bool = False,
    size: Size | None = None,
) -> Estimate[Value]:
    """Run all blocks; flow and mask stay at the resolutions that they were estimated at.

    Args:
        builder: Of the graph.
        layers: The weights.
        sides: Both frames and the time.
        ensemble: Whether each block also runs with the frames exchanged, and the mean is taken.
        size: Rows and columns of the sides. A second attempt needs them: its strides may not divide them.
    """
    return _Estimation(builder, layers, size).run(sides, ensemble=ensemble)


def whole_motion(builder: GraphBuilder[Value], known: Estimate[Value], size: Size | None = None) -> tuple[Value, Value]:
    """Flow (N, 4, H, W) in pixels, and mask logit (N, 1, H, W), at full resolution."""
    resampling = _Resampling(builder, size)
    return resampling.summed(known.flow, 1), resampling.summed(known.mask, 1)


def blended_frame(builder: GraphBuilder[Value], left: Value, right: Value, flow: Value, mask: Value) -> Value:
    """Both frames' samples, warped and blended by the sigmoid of the mask logit.

    Args:
        builder: Of the graph.
        left: (N, C, H, W), any range.
        right: The same.
        flow: (N, 4, H, W) in pixels; without the padding, if the samples have none.
        mask: (N, 1, H, W).
    """
    weight = builder.sigmoid(mask)
    warped = [
        builder.warped(samples, builder.channels(flow, first, first + 2), 1)
        for samples, first in ((left, 0), (right, 2))
    ]
    parts = [builder.multiply(warped[0], weight), builder.multiply(warped[1], builder.affine(weight, -1.0, 1.0))]
    return builder.add(*parts)


def is_huge(residual: NDArray[np.float32], factor: float, height: int, width: int) -> bool:
    """Whether both halves of a flow residual hold so much motion that versions 4.0 and 4.1 make a second attempt.

    Args:
        residual: (1, 4, h, w), the value of `Estimate.decisive`.
        factor: That of the same.
        height: Rows of the padded frame.
        width: Columns of the padded frame.
    """

    def halves_exceed(flow: NDArray[np.float32]) -> bool:
        return all(np.abs(flow[:, half : half + 2]).max() > RETRY_THRESHOLD for half in (0, 2))

    # Enlarging never exceeds what is enlarged, so most frames are decided without doing it.
    if not halves_exceed(residual):
        return False
    for axis, length in ((2, height), (3, width)):
        last = residual.shape[axis] - 1
        place = ((np.arange(length, dtype=np.float32) + 0.5) / np.float32(factor) - 0.5).clip(0, last)
        first = place.astype(np.intp)
        weight = (place - first).reshape([-1 if each == axis else 1 for each in range(4)])
        lower, upper = residual.take(first, axis), residual.take(np.minimum(first + 1, last), axis)
        residual = lower + (upper - lower) * weight
    return halves_exceed(residual)


class _Resampling(Generic[Value]):
    """Enlargements of planes, and only those of their pixels that are read."""

    def __init__(self, builder: GraphBuilder[Value], size: Size | None) -> None:
        self._builder = builder
        self._size = size

    def summed(self, planes: list[Plane[Value]], scale: float) -> Value:
        """Sum of enlargements at the pixels that a shrink by `scale` reads."""
        total = self._samples(planes[0], scale)
        for plane in planes[1:]:
            total = self._builder.add(total, self._samples(plane, scale))
        return total

    def shrunk(self, plane: Plane[Value], scale: float) -> Value:
        """An enlargement shrunk again by `scale`, which is at least 1."""
        return self._fitted(self._resized(plane.value, plane.factor / scale), plane, scale)

    def _samples(self, plane: Plane[Value], scale: float) -> Value:
        if scale <= 2:
            return self._fitted(self._resized(plane.value, plane.factor), plane, 1)
        ratio = round(plane.factor / scale)
        builder = self._builder
        layer = enlarging_samples(plane.channels, ratio, round(scale))
        spread = builder.convolution(builder.edge_padded(plane.value), layer, padding=0)
        return self._fitted(builder.pixel_shuffled(spread, 2 * ratio), plane, scale / 2)

    def _resized(self, value: Value, factor: float) -> Value:
        return value if factor == 1 else self._builder.resized(value, factor)

    def _fitted(self, value: Value, plane: Plane[Value], scale: float) -> Value:
        """Without what is beyond the frame, of which rows and columns are at 1/scale."""
        if plane.exact:
            return value
        assert self._size is not None
        rows, columns = (int(length / scale) for length in self._size)
        return self._builder.cropped(value, rows, columns)


class _Estimation(Generic[Value]):
    """Builds the blocks of one graph."""

    def __init__(self, builder: GraphBuilder[Value], layers: NetworkLayers, size: Size | None) -> None:
        if layers.retried and size is None:
            raise ValueError("a second attempt needs the size of the frames")
        self._builder = builder
        self._layers = layers
        self._resampling = _Resampling(builder, size)
        # At the scales of a second attempt, what a block yields may be larger than the frame.
        self._exact = not layers.retried

    def run(self, sides: Sides[Value], *, ensemble: bool) -> Estimate[Value]:
        known: Estimate[Value] = Estimate()
        exchanged_sides = (
            Sides(sides.right, sides.left, self._builder.affine(sides.time, -1.0, 1.0)) if ensemble else None
        )
        for index, block in enumerate(self._layers.blocks):
            output = self._block(block, sides, known)
            if index == 1 and self._layers.spec.retry and not self._layers.retried:
                known.decisive = output.residual
            # As published, the first block of a second attempt has no ensemble half.
            if exchanged_sides is not None and not (self._layers.retried and index == 0):
                output = self._mean(output, self._block(block, exchanged_sides, self._exchanged(known)))
            known.flow.append(output.residual)
            if self._layers.spec.mask == "replace":
                known.mask.clear()
            known.mask.append(output.mask)
            known.planes = output.planes
        return known

    def _block(self, block: BlockLayers, sides: Sides[Value], known: Estimate[Value]) -> BlockOutput[Value]:
        builder = self._builder
        # Below scale 1 a block enlarges its input: there is nothing to leave out, so build it at full resolution.
        inputs = self._inputs(sides, known, max(block.scale, 1.0))
        if block.scale < 1:
            inputs = builder.resized(inputs, 1 / block.scale)
        x = builder.shortened(inputs)
        for layer in block.first:
            x = builder.convolution(x, layer)
        before = x
        for layer in block.trunk:
            x = builder.convolution(x, layer)
        if block.skip:
            x = builder.add(x, before)
        spread = builder.widened(builder.convolution(x, block.last))
        values = builder.trimmed(builder.pixel_shuffled(spread, block.span), block.span // 2)

        def plane(first: int, last: int) -> Plane[Value]:
            part, factor = builder.channels(values, first, last), block.factor
            if factor < 1:
                # Planes that are finer than the frame are brought to its resolution.
                part, factor = builder.resized(part, factor), 1.0
            return Plane(part, factor, last - first, self._exact)

        planes = plane(MOTION_PLANES, block.planes) if block.planes > MOTION_PLANES else None
        return BlockOutput(plane(0, 4), plane(4, MOTION_PLANES), planes)

    def _inputs(self, sides: Sides[Value], known: Estimate[Value], scale: float) -> Value:
        """A block's input, (N, channels, H / scale, W / scale)."""
        builder, resampling = self._builder, self._resampling
        pixels: list[Value] = [sides.left, sides.right]
        flow: list[Value] = []
        if known.flow:
            samples = resampling.summed(known.flow, scale)
            pixels = [
                builder.warped(side, builder.channels(samples, first, first + 2), round(scale))
                for side, first in ((sides.left, 0), (sides.right, 2))
            ]
            flow = [samples]
            if scale > 1:
                pixels, flow = ([builder.pooled(each) for each in part] for part in (pixels, flow))
        elif scale > 1:
            pixels = [builder.resized(side, 1 / scale) for side in pixels]
        extras: list[Value] = []
        if known.mask:
            extras = [resampling.shrunk(known.mask[0], scale)]
            for mask in known.mask[1:]:
                extras = [builder.add(extras[0], resampling.shrunk(mask, scale))]
        if known.planes is not None:
            extras.append(resampling.shrunk(known.planes, scale))
        return builder.concatenate([*pixels, builder.filled(sides.time, pixels[0]), *extras, *flow])

    def _exchanged(self, known: Estimate[Value]) -> Estimate[Value]:
        """What is known, seen with the frames exchanged."""
        return Estimate(
            [self._with_frames_exchanged(part) for part in known.flow],
            [part._replace(value=self._builder.affine(part.value, -1.0)) for part in known.mask],
            known.planes,
        )

    def _with_frames_exchanged(self, flow: Plane[Value]) -> Plane[Value]:
        builder = self._builder
        halves = [builder.channels(flow.value, first, first + 2) for first in (2, 0)]
        return flow._replace(value=builder.concatenate(halves))

    def _mean(self, output: BlockOutput[Value], other: BlockOutput[Value]) -> BlockOutput[Value]:
        """Mean of a block's output and that of its run with the frames exchanged."""
        builder = self._builder

        def half(a: Plane[Value], b: Value) -> Plane[Value]:
            return a._replace(value=builder.affine(builder.add(a.value, b), 0.5))

        return BlockOutput(
            half(output.residual, self._with_frames_exchanged(other.residual).value),
            half(output.mask, builder.affine(other.mask.value, -1.0)),
            output.planes,
        )
