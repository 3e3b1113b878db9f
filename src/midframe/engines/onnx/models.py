"""The ONNX graphs of a network: those that an engine runs one after the other, and a single one for other programs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx

from midframe.engines.graphs.layers import NetworkLayers
from midframe.engines.graphs.network import Sides, blended_frame, encoded_side, estimated, whole_motion
from midframe.engines.onnx.graph import OnnxBuilder, Tensor
from midframe.engines.onnx.providers import OPSETS, Warp


@dataclass(frozen=True)
class GraphOptions:
    """How graphs are written.

    Attributes:
        opset: Version of the operators.
        warp: How frames are warped.
        half: Whether the blocks' convolutions are float16; all else is float32.
    """

    opset: int = OPSETS[0]
    warp: Warp = "gridsample"
    half: bool = False

    def builder(self, *, batched: bool = False) -> OnnxBuilder:
        """A builder of one such graph."""
        return OnnxBuilder(opset=self.opset, warp=self.warp, half=self.half, batched=batched)


@dataclass(frozen=True)
class FrameSize:
    """Size of frames.

    Attributes:
        height: Rows.
        width: Columns.
        multiple: What they are padded to multiples of, right and bottom.
    """

    height: int
    width: int
    multiple: int

    @property
    def padded(self) -> tuple[int, int]:
        """Rows and columns with the padding."""
        return self.height + -self.height % self.multiple, self.width + -self.width % self.multiple


def side_model(layers: NetworkLayers, size: FrameSize, options: GraphOptions) -> onnx.ModelProto:
    """What is made of one frame: ``view`` (height, width, 3) in [0, 1] to ``side`` (1, 3 + features, H, W), padded."""
    builder = options.builder()
    view = _plane_first(builder, builder.input("view", [size.height, size.width, 3]), size.height, size.width, 3)
    height, width = size.padded
    if size.padded != (size.height, size.width):
        pads = builder.integers(0, 0, 0, 0, 0, 0, height - size.height, width - size.width)
        view = Tensor(builder.node("Pad", view.name, pads), 3, height, width)
    side = encoded_side(builder, layers, view)
    builder.output(side.name, "side", [1, side.channels, height, width])
    return builder.model("side")


def motion_model(
    layers: NetworkLayers, size: FrameSize, options: GraphOptions, *, ensemble: bool
) -> tuple[onnx.ModelProto, float | None]:
    """Motion of a pair: ``left`` and ``right`` from `side_model` and ``time`` (1, 1, 1, 1) to ``flow`` and ``mask``.

    They are (1, 4, height, width) in pixels and (1, 1, height, width), without padding. Networks that may make a second
    attempt also yield ``decisive``, see `midframe.engines.graphs.network.Estimate`.

    Returns:
        The model, and the factor of ``decisive``; None for networks that make no second attempt.
    """
    builder = options.builder()
    channels, padded = 3 + layers.spec.features, size.padded
    left, right = (Tensor(builder.input(name, [1, channels, *padded]), channels, *padded) for name in ("left", "right"))
    time = Tensor(builder.input("time", [1, 1, 1, 1]), 1, 1, 1)
    known = estimated(builder, layers, Sides(left, right, time), ensemble=ensemble, size=padded)
    flow, mask = (builder.cropped(each, size.height, size.width) for each in whole_motion(builder, known, padded))
    builder.output(flow.name, "flow", [1, 4, size.height, size.width])
    builder.output(mask.name, "mask", [1, 1, size.height, size.width])
    if known.decisive is None:
        return builder.model("motion"), None
    decisive = known.decisive.value
    assert decisive.rows is not None
    assert decisive.columns is not None
    builder.output(decisive.name, "decisive", [1, 4, decisive.rows, decisive.columns])
    return builder.model("motion"), known.decisive.factor


def blend_model(size: FrameSize, channels: int, options: GraphOptions) -> onnx.ModelProto:
    """The frame in between: ``left`` and ``right`` (height, width, channels), ``flow``, ``mask`` to ``frame``.

    No sample of the frame, which has the shape of the others, is below ``lowest`` or above ``highest``, (channels,)
    each: rounding may not move what is the same throughout.
    """
    builder = options.builder()
    height, width = size.height, size.width
    shape = [height, width, channels]
    left, right = (
        _plane_first(builder, builder.input(name, shape), height, width, channels) for name in ("left", "right")
    )
    flow = Tensor(builder.input("flow", [1, 4, height, width]), 4, height, width)
    mask = Tensor(builder.input("mask", [1, 1, height, width]), 1, height, width)
    lowest, highest = (builder.input(name, [channels]) for name in ("lowest", "highest"))
    frame = blended_frame(builder, left, right, flow, mask)
    last = builder.node("Squeeze", builder.node("Transpose", frame.name, perm=[0, 2, 3, 1]), builder.integers(0))
    limited = builder.node("Min", builder.node("Max", last, lowest), highest)
    # What runtimes make of the greater of two numbers differs where one is none.
    builder.output(builder.node("Where", builder.node("IsNaN", last), last, limited), "frame", shape)
    return builder.model("blend")


def whole_model(
    layers: NetworkLayers,
    multiple: int,
    options: GraphOptions,
    *,
    size: tuple[int, int] | None = None,
    ensemble: bool = False,
    properties: dict[str, str] | None = None,
) -> onnx.ModelProto:
    """All of it in one graph: ``img0`` and ``img1`` (N, 3, H, W) in [0, 1], and ``timestep`` (N), to ``frame``.

    Args:
        layers: The weights; not those of a second attempt.
        multiple: What frames are padded to multiples of, inside.
        options: How the graph is written.
        size: Rows and columns of frames, one pair at a time; None for any, which the graph finds out.
        ensemble: Whether each block also runs with the frames exchanged.
        properties: What the file says about itself.
    """
    builder = options.builder(batched=size is None)
    shape: list[int | str] = ["batch", 3, "height", "width"] if size is None else [1, 3, *size]
    rows, columns = size or (None, None)
    images = [Tensor(builder.input(name, shape), 3, rows, columns) for name in ("img0", "img1")]
    moment = builder.input("timestep", shape[:1])
    time = Tensor(builder.node("Reshape", moment, builder.integers(-1, 1, 1, 1)), 1, 1, 1)
    lengths = builder.lengths(images[0].name, 2, 3) if size is None else builder.integers(*size)
    sides = [encoded_side(builder, layers, _padded(builder, image, lengths, multiple)) for image in images]
    known = estimated(builder, layers, Sides(sides[0], sides[1], time), ensemble=ensemble)
    axes = builder.integers(0, 0), lengths, builder.integers(2, 3)
    flow, mask = (
        Tensor(builder.node("Slice", each.name, *axes), each.channels, rows, columns)
        for each in whole_motion(builder, known)
    )
    frame = blended_frame(builder, images[0], images[1], flow, mask)
    builder.output(frame.name, "frame", shape)
    return builder.model("midframe", properties)


def _plane_first(builder: OnnxBuilder, name: str, height: int, width: int, channels: int) -> Tensor:
    """(height, width, channels) as (1, channels, height, width)."""
    planes = builder.node("Unsqueeze", builder.node("Transpose", name, perm=[2, 0, 1]), builder.integers(0))
    return Tensor(planes, channels, height, width)


def _padded(builder: OnnxBuilder, image: Tensor, lengths: str, multiple: int) -> Tensor:
    """Zeros right and bottom, up to multiples."""
    rows = columns = None
    if image.rows is not None and image.columns is not None:
        rows, columns = FrameSize(image.rows, image.columns, multiple).padded
        missing = builder.integers(rows - image.rows, columns - image.columns)
    else:
        step = builder.constant(np.array(multiple, np.int64))
        missing = builder.node("Mod", builder.node("Neg", lengths), step)
    pads = builder.node("Concat", builder.integers(0, 0, 0, 0, 0, 0), missing, axis=0)
    return Tensor(builder.node("Pad", image.name, pads), image.channels, rows, columns)
