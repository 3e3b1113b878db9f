"""Writes the operations of the network's graphs as ONNX nodes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from midframe.engines.folding import Convolution
from midframe.engines.onnx.providers import OPSETS, Warp

LINEAR_SINCE = 20
"""Opset from which GridSample says "linear" for "bilinear"."""

Length = int | None
"""Rows or columns; None where they are known only when the graph runs."""


@dataclass(frozen=True)
class Tensor:
    """A value of the graph, (batch, channels, rows, columns).

    Attributes:
        name: Its name in the graph.
        channels: How many.
        rows: How many, or None.
        columns: How many, or None.
        short: Whether it is float16 instead of float32.
    """

    name: str
    channels: int
    rows: Length = None
    columns: Length = None
    short: bool = False

    def scaled(self, factor: float) -> Tensor:
        """The same with rows and columns multiplied."""
        return replace(self, rows=_times(self.rows, factor), columns=_times(self.columns, factor))


def _times(length: Length, factor: float) -> Length:
    return None if length is None else round(length * factor)


class OnnxBuilder:
    """A `midframe.engines.graphs.builder.GraphBuilder` of one ONNX graph.

    Args:
        opset: Version of the operators, see `OPSETS`.
        warp: How frames are warped.
        half: Whether `shortened` means float16.
        batched: Whether the batch may be other than 1.
    """

    def __init__(self, *, opset: int = OPSETS[0], warp: Warp = "gridsample", half: bool = False, batched: bool = False):
        self.opset = opset
        self._warp = warp
        self._half = half
        self._batched = batched
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []
        self._known: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._flattened: dict[str, str] = {}
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    # What the graph takes and yields.

    def input(self, name: str, shape: Sequence[int | str]) -> str:
        """A float32 input; lengths that are only known later have names."""
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def output(self, value: str, name: str, shape: Sequence[int | str]) -> None:
        """Yield a float32 value under a name."""
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        self._outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))

    def model(self, name: str, properties: dict[str, str] | None = None) -> onnx.ModelProto:
        """The finished graph.

        Args:
            name: Of the graph.
            properties: What the file says about itself.
        """
        graph = helper.make_graph(self._nodes, name, self._inputs, self._outputs, self._constants)
        opset = helper.make_opsetid("", self.opset)
        model = helper.make_model(
            graph, opset_imports=[opset], producer_name="midframe", ir_version=helper.find_min_ir_version_for([opset])
        )
        helper.set_model_props(model, properties or {})
        return model

    # The smallest pieces.

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output; its name. Empty names are inputs that are left out."""
        name = f"{operator.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name

    def constant(self, values: NDArray[Any]) -> str:
        """The name of a constant; equal ones are one."""
        values = np.asarray(values, order="C")
        key = (values.dtype.str, values.shape, values.tobytes())
        name = self._known.get(key)
        if name is None:
            name = self._known[key] = f"constant_{len(self._constants)}"
            self._constants.append(numpy_helper.from_array(values, name))
        return name

    def integers(self, *values: int) -> str:
        """A vector of integers."""
        return self.constant(np.array(values, np.int64))

    def number(self, value: float) -> str:
        """A number without axes."""
        return self.constant(np.array(value, np.float32))

    def lengths(self, value: str, *axes: int) -> str:
        """The lengths of some axes, as they are when the graph runs: a vector."""
        return self.node("Gather", self.node("Shape", value), self.integers(*axes))

    # The operations of a `GraphBuilder`.

    def convolution(self, x: Tensor, layer: Convolution, padding: int = 1) -> Tensor:
        """See `GraphBuilder`."""
        floats: type[np.floating[Any]] = np.float16 if x.short else np.float32
        kernel = layer.weight.shape[2]
        name = self.node(
            "Conv",
            x.name,
            self.constant(np.asarray(layer.weight, floats)),
            self.constant(np.asarray(layer.bias, floats)),
            kernel_shape=[kernel, kernel],
            strides=[layer.stride, layer.stride],
            pads=[padding] * 4,
            group=layer.groups,
        )
        if layer.slopes is not None:
            slopes = np.asarray(layer.slopes)
            if (slopes == slopes[0]).all():
                name = self.node("LeakyRelu", name, alpha=float(slopes[0]))
            else:
                name = self.node("PRelu", name, self.constant(slopes.astype(floats).reshape(-1, 1, 1)))

        def length(before: Length) -> Length:
            return None if before is None else (before + 2 * padding - kernel) // layer.stride + 1

        return Tensor(name, len(layer.weight), length(x.rows), length(x.columns), x.short)

    def shortened(self, x: Tensor) -> Tensor:
        """See `GraphBuilder`."""
        if not self._half:
            return x
        return replace(x, name=self.node("Cast", x.name, to=TensorProto.FLOAT16), short=True)

    def widened(self, x: Tensor) -> Tensor:
        """See `GraphBuilder`."""
        if not x.short:
            return x
        return replace(x, name=self.node("Cast", x.name, to=TensorProto.FLOAT), short=False)

    def add(self, a: Tensor, b: Tensor) -> Tensor:
        """See `GraphBuilder`."""
        return replace(a, name=self.node("Add", a.name, b.name))

    def multiply(self, a: Tensor, b: Tensor) -> Tensor:
        """See `GraphBuilder`."""
        return replace(a, name=self.node("Mul", a.name, b.name))

    def affine(self, x: Tensor, factor: float, offset: float = 0.0) -> Tensor:
        """See `GraphBuilder`."""
        name = x.name
        if factor != 1:
            name = self.node("Mul", name, self.number(factor))
        if offset:
            name = self.node("Add", name, self.number(offset))
        return replace(x, name=name)

    def sigmoid(self, x: Tensor) -> Tensor:
        """See `GraphBuilder`."""
        return replace(x, name=self.node("Sigmoid", x.name))

    def concatenate(self, parts: list[Tensor]) -> Tensor:
        """See `GraphBuilder`."""
        name = self.node("Concat", *(part.name for part in parts), axis=1)
        return replace(parts[0], name=name, channels=sum(part.channels for part in parts))

    def channels(self, x: Tensor, first: int, last: int) -> Tensor:
        """See `GraphBuilder`."""
        if (first, last) == (0, x.channels):
            return x
        name = self.node("Slice", x.name, self.integers(first), self.integers(last), self.integers(1))
        return replace(x, name=name, channels=last - first)

    def filled(self, number: Tensor, like: Tensor) -> Tensor:
        """See `GraphBuilder`."""
        if like.rows is None or like.columns is None:
            shape = self.node("Concat", self.integers(1, 1), self.lengths(like.name, 2, 3), axis=0)
        else:
            shape = self.integers(1, 1, like.rows, like.columns)
        return Tensor(self.node("Expand", number.name, shape), 1, like.rows, like.columns)

    def trimmed(self, x: Tensor, margin: int) -> Tensor:
        """See `GraphBuilder`."""
        ends = self.integers(margin, margin), self.integers(-margin, -margin)

        def length(before: Length) -> Length:
            return None if before is None else before - 2 * margin

        name = self.node("Slice", x.name, *ends, self.integers(2, 3))
        return replace(x, name=name, rows=length(x.rows), columns=length(x.columns))

    def cropped(self, x: Tensor, rows: int, columns: int) -> Tensor:
        """See `GraphBuilder`."""
        if (x.rows, x.columns) == (rows, columns):
            return x
        name = self.node("Slice", x.name, self.integers(0, 0), self.integers(rows, columns), self.integers(2, 3))
        return replace(x, name=name, rows=rows, columns=columns)

    def edge_padded(self, x: Tensor) -> Tensor:
        """See `GraphBuilder`."""

        def length(before: Length) -> Length:
            return None if before is None else before + 2

        name = self.node("Pad", x.name, self.integers(0, 0, 1, 1, 0, 0, 1, 1), mode="edge")
        return replace(x, name=name, rows=length(x.rows), columns=length(x.columns))

    def resized(self, x: Tensor, factor: float) -> Tensor:
        """See `GraphBuilder`."""
        scales = self.constant(np.array([1, 1, factor, factor], np.float32))
        name = self.node("Resize", x.name, "", scales, mode="linear", coordinate_transformation_mode="half_pixel")
        return replace(x.scaled(factor), name=name)

    def pixel_shuffled(self, x: Tensor, factor: int) -> Tensor:
        """See `GraphBuilder`."""
        name = self.node("DepthToSpace", x.name, blocksize=factor, mode="CRD")
        return replace(x.scaled(factor), name=name, channels=x.channels // factor**2)

    def pooled(self, x: Tensor) -> Tensor:
        """See `GraphBuilder`."""
        return replace(x.scaled(0.5), name=self.node("AveragePool", x.name, kernel_shape=[2, 2], strides=[2, 2]))

    def warped(self, image: Tensor, flow: Tensor, scale: int) -> Tensor:
        """See `GraphBuilder`."""
        write = self._sampled if self._warp == "gridsample" else self._gathered
        return Tensor(write(image, flow, scale), image.channels, flow.rows, flow.columns)

    def _positions(self, flow: Tensor, scale: int) -> tuple[str, str]:
        """What offsets are added to: (1, 2, 1, columns) and (1, 2, rows, 1), zero in the half of the other axis."""
        names = []
        for half, (axis, length) in enumerate(((3, flow.columns), (2, flow.rows))):
            shape = [1, 1, -1, 1] if axis == 2 else [1, 1, 1, -1]
            halves = np.eye(2, dtype=np.float32)[half].reshape(1, 2, 1, 1)
            if length is not None:
                places = read_positions(np.arange(length), scale).astype(np.float32).reshape(shape)
                names.append(self.constant(places * halves))
                continue
            number = self.node("Squeeze", self.lengths(flow.name, axis), self.integers(0))
            zero, one = self.constant(np.array(0, np.int64)), self.constant(np.array(1, np.int64))
            counted = self.node("Cast", self.node("Range", zero, number, one), to=TensorProto.FLOAT)
            if scale > 2:
                cells = self.node("Floor", self.node("Mul", counted, self.number(0.5)))
                counted = self.node("Add", counted, self.node("Mul", cells, self.number(scale - 2)))
                counted = self.node("Add", counted, self.number(scale // 2 - 1))
            spread = self.node("Reshape", counted, self.integers(*shape))
            names.append(self.node("Mul", spread, self.constant(halves)))
        return names[0], names[1]

    def _limits(self, image: Tensor) -> str:
        """Last column and row of an image, (1, 2, 1, 1) float32."""
        if image.rows is not None and image.columns is not None:
            return self.constant(np.array([image.columns - 1, image.rows - 1], np.float32).reshape(1, 2, 1, 1))
        lengths = self.node("Cast", self.lengths(image.name, 3, 2), to=TensorProto.FLOAT)
        return self.node("Reshape", self.node("Sub", lengths, self.number(1)), self.integers(1, 2, 1, 1))

    def _targets(self, flow: Tensor, scale: int) -> str:
        """Where a flow leads to, (N, 2, rows, columns): columns, then rows."""
        columns, rows = self._positions(flow, scale)
        return self.node("Add", self.node("Add", flow.name, columns), rows)

    def _sampled(self, image: Tensor, flow: Tensor, scale: int) -> str:
        """A warp by GridSample."""
        # Positions run from −1 to 1 between the middles of the outermost pixels; of one pixel, any divisor will do.
        limits = self.node("Max", self._limits(image), self.number(1))
        shares = self.node("Div", self._targets(flow, scale), self.node("Mul", limits, self.number(0.5)))
        inside = self.node("Clip", self.node("Sub", shares, self.number(1)), self.number(-1), self.number(1))
        return self.node(
            "GridSample",
            image.name,
            self.node("Transpose", inside, perm=[0, 2, 3, 1]),
            mode="linear" if self.opset >= LINEAR_SINCE else "bilinear",
            padding_mode="border",
            align_corners=1,
        )

    def _gathered(self, image: Tensor, flow: Tensor, scale: int) -> str:
        """A warp by four Gathers of pixels, and the means of what they yield."""
        limits = self._limits(image)
        last = self.node("Cast", limits, to=TensorProto.INT32)
        zero, one = (self.constant(np.array(value, np.int32)) for value in (0, 1))
        inside = self.node("Max", self.node("Min", self._targets(flow, scale), limits), self.number(0))
        corner = self.node("Floor", inside)
        shares = self.node("Sub", inside, corner)
        # Limited once more: what is no number must not become a place outside.
        first = self.node("Max", self.node("Min", self.node("Cast", corner, to=TensorProto.INT32), last), zero)
        second = self.node("Min", self.node("Add", first, one), last)

        def part(values: str, half: int) -> str:
            return self.node("Gather", values, self.constant(np.array(half, np.int64)), axis=1)

        stride = self.node("Add", self.node("Squeeze", part(last, 0)), one)
        rows = [self.node("Mul", part(each, 1), stride) for each in (first, second)]
        if self._batched:
            height = self.node("Add", self.node("Squeeze", part(last, 1)), one)
            count = self.node("Cast", self.lengths(image.name, 0), to=TensorProto.INT32)
            numbers = self.node("Range", zero, self.node("Squeeze", count), one)
            starts = self.node("Mul", numbers, self.node("Mul", stride, height))
            starts = self.node("Reshape", starts, self.integers(-1, 1, 1))
            rows = [self.node("Add", each, starts) for each in rows]
        pixels = self._pixels(image)
        columns = [part(each, 0) for each in (first, second)]

        def pixel(row: str, column: str) -> str:
            return self.node("Gather", pixels, self.node("Add", row, column), axis=0)

        def between(a: str, b: str, share: str) -> str:
            return self.node("Add", a, self.node("Mul", self.node("Sub", b, a), share))

        across, down = (self.node("Unsqueeze", part(shares, half), self.integers(3)) for half in (0, 1))
        upper, lower = (between(pixel(row, columns[0]), pixel(row, columns[1]), across) for row in rows)
        return self.node("Transpose", between(upper, lower, down), perm=[0, 3, 1, 2])

    def _pixels(self, image: Tensor) -> str:
        """An image's pixels one after the other, (N · H · W, C)."""
        name = self._flattened.get(image.name)
        if name is None:
            last = self.node("Transpose", image.name, perm=[0, 2, 3, 1])
            name = self._flattened[image.name] = self.node("Reshape", last, self.integers(-1, image.channels))
        return name


def read_positions(numbers: NDArray[Any], scale: int) -> NDArray[Any]:
    """Full-resolution indices that a shrink by `scale` reads along one axis, of samples by their numbers."""
    return numbers if scale <= 2 else numbers // 2 * scale + scale // 2 - 1 + numbers % 2
