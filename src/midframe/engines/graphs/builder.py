"""The operations that the network's graphs consist of.

A format is supported by one class with these methods: each adds an operation to the graph that it builds, and returns
a handle of the result. `midframe.engines.graphs.network` calls them; it knows neither torch nor any format.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from midframe.engines.folding import Convolution

Value = TypeVar("Value")
"""A builder's handle of a tensor in its graph: (batch, channels, rows, columns), float32 unless it says otherwise."""


class GraphBuilder(Protocol[Value]):
    """Adds operations to a graph. Rows and columns may be unknown while it is built, channels never are."""

    def convolution(self, x: Value, layer: Convolution, padding: int = 1) -> Value:
        """A convolution with its bias and its activation.

        Args:
            x: (N, inputs, rows, columns); the result has its type.
            layer: Weights as numpy arrays; 3 × 3 or 2 × 2, stride 1 or 2, in one or more groups.
            padding: Zeros on every side, 0 or 1. A 2 × 2 convolution with padding has a row and a column more than
                its input.
        """
        ...

    def shortened(self, x: Value) -> Value:
        """The type that convolutions are computed in, such as float16; the same value where that is float32."""
        ...

    def widened(self, x: Value) -> Value:
        """float32 again, whatever `shortened` made of it; the same value where that is float32."""
        ...

    def add(self, a: Value, b: Value) -> Value:
        """Sum of two values of one shape."""
        ...

    def multiply(self, a: Value, b: Value) -> Value:
        """Product; `b` has as many channels as `a`, or one."""
        ...

    def affine(self, x: Value, factor: float, offset: float = 0.0) -> Value:
        """Every number times `factor`, plus `offset`."""
        ...

    def sigmoid(self, x: Value) -> Value:
        """1 / (1 + exp(−x))."""
        ...

    def concatenate(self, parts: list[Value]) -> Value:
        """Two or more values as one, along the channels."""
        ...

    def channels(self, x: Value, first: int, last: int) -> Value:
        """Channels from `first` to before `last`."""
        ...

    def filled(self, number: Value, like: Value) -> Value:
        """A plane, (N, 1, rows, columns) of `like`, that holds a number, (N, 1, 1, 1), everywhere."""
        ...

    def trimmed(self, x: Value, margin: int) -> Value:
        """Without `margin` rows and columns on every side."""
        ...

    def cropped(self, x: Value, rows: int, columns: int) -> Value:
        """The first rows and columns. Called only where the size of frames is known."""
        ...

    def edge_padded(self, x: Value) -> Value:
        """One row and column more on every side, which repeat the nearest one."""
        ...

    def resized(self, x: Value, factor: float) -> Value:
        """Bilinear, by a power of two, with pixel areas aligned (align_corners=False), without antialiasing."""
        ...

    def pixel_shuffled(self, x: Value, factor: int) -> Value:
        """(N, C · factor², h, w) to (N, C, h · factor, w · factor), input channels ordered [C][row][column].

        The order is that of torch.nn.PixelShuffle.
        """
        ...

    def pooled(self, x: Value) -> Value:
        """Means of cells of 2 × 2."""
        ...

    def warped(self, image: Value, flow: Value, scale: int) -> Value:
        """Pixels of an image, fetched bilinearly from where a flow points to; beyond the border, the nearest pixel.

        Always float32: coordinates that are rounded to half precision address no single pixels beyond about 2,000.

        Args:
            image: (N, C, H, W).
            flow: (N, 2, rows, columns): x and y offsets in pixels, counted from the pixels that a shrink by `scale`
                reads: row i of the flow belongs to row i of the image at scale 1 and 2, and to row
                ⌊i / 2⌋ · scale + scale / 2 − 1 + i mod 2 beyond; columns alike.
            scale: A power of two.

        Returns:
            (N, C, rows, columns).
        """
        ...
