"""Pictures without the edges that their container hides."""

from __future__ import annotations

from fractions import Fraction

import av
from av.filter import Graph


class PictureCrop:
    """Cuts columns and rows off pictures, which keep all that comes with them. Not thread-safe.

    Args:
        left: Columns on the left.
        top: Rows at the top.
        right: Columns on the right.
        bottom: Rows at the bottom.
    """

    def __init__(self, left: int, top: int, right: int, bottom: int) -> None:
        self._edges = left, top, right, bottom
        self._kind: tuple[int, int, str] | None = None
        self._graph = Graph()

    def cropped(self, picture: av.VideoFrame) -> av.VideoFrame:
        """The picture without its edges; itself where nothing would be left of it."""
        left, top, right, bottom = self._edges
        width, height = picture.width - left - right, picture.height - top - bottom
        if width < 1 or height < 1:
            return picture
        kind = picture.width, picture.height, picture.format.name
        if kind != self._kind:
            self._kind = kind
            self._configure(picture, f"{width}:{height}:{left}:{top}")
        stamp, time_base = picture.pts, picture.time_base
        self._graph.push(picture)
        cropped = self._graph.pull()
        assert isinstance(cropped, av.VideoFrame)
        cropped.pts = stamp
        if time_base is not None:
            cropped.time_base = time_base
        return cropped

    def _configure(self, picture: av.VideoFrame, window: str) -> None:
        graph = Graph()
        entry = graph.add_buffer(
            width=picture.width, height=picture.height, format=picture.format, time_base=Fraction(1, 1_000_000)
        )
        crop, end = graph.add("crop", window), graph.add("buffersink")
        entry.link_to(crop)
        crop.link_to(end)
        graph.configure()
        self._graph = graph
