"""FFmpeg's own motion interpolation, to compare with."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from midframe.media.video.planes import convert, rgb_array

MINTERPOLATE_OPTIONS = {"mi_mode": "mci", "mc_mode": "aobmc", "me_mode": "bidir", "vsbmc": "1"}
"""Options of minterpolate: motion compensation, overlapped blocks of adaptive weight, search in both directions, blocks
of variable size. Everything else is as FFmpeg has it."""

FILTER_PIXELS = "yuv444p"
"""What the filter works on; it takes no RGB."""


class MotionFilter:
    """libavfilter's minterpolate on a row of 8-bit pictures.

    Blocks of the picture are searched for in the frames around it, and moved along. What it interpolates between two
    frames also depends on the frame before them and the one after them.

    Args:
        height: Height of the pictures in pixels.
        width: Width of the pictures in pixels.
        factor: Pictures that come out for one that goes in.
    """

    def __init__(self, height: int, width: int, factor: int) -> None:
        self._graph = Graph()
        self._factor = factor
        unit = Fraction(1, 25)
        last = self._graph.add_buffer(width=width, height=height, format=VideoFormat(FILTER_PIXELS), time_base=unit)
        words = ":".join(
            f"{name}={value}" for name, value in {"fps": str(factor / unit), **MINTERPOLATE_OPTIONS}.items()
        )
        for name, arguments in (("minterpolate", words), ("buffersink", None)):
            following = self._graph.add(name, arguments)
            last.link_to(following)
            last = following
        self._graph.configure()
        self._unit = unit
        self._reformatter = VideoReformatter()
        self._pushed = 0

    def push(self, picture: NDArray[np.uint8]) -> Iterator[tuple[Fraction, NDArray[np.uint8]]]:
        """Accept the next picture and yield those that are ready.

        Args:
            picture: (height, width, 3) R, G, B.

        Yields:
            Position, counted in pictures pushed, from 0, and the picture there.
        """
        given = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame = convert(given, FILTER_PIXELS, reformatter=self._reformatter)
        frame.pts, frame.time_base = self._pushed, self._unit
        self._pushed += 1
        self._graph.push(frame)
        while True:
            try:
                made = self._graph.pull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            assert isinstance(made, av.VideoFrame)
            assert made.pts is not None
            assert made.time_base is not None
            yield made.pts * made.time_base / self._unit, rgb_array(made, self._reformatter)
