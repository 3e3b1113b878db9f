"""FFmpeg's filters on pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
from av.filter import Graph

ANY_UNIT = Fraction(1, 90000)


def filtered(pictures: Iterable[av.VideoFrame], filters: Iterable[tuple[str, str]]) -> Iterator[av.VideoFrame]:
    """What a chain of filters makes of pictures that come in order; it starts again where their size or pixels change.

    Args:
        pictures: Any number of them.
        filters: Name and options of each filter.
    """
    chain = tuple(filters)
    graph: Graph | None = None
    kind: tuple[int, int, str] | None = None
    for picture in pictures:
        this = (picture.width, picture.height, picture.format.name)
        if this != kind:
            yield from _pushed(graph, None)
            graph, kind = _graph(picture, chain), this
        yield from _pushed(graph, picture)
    yield from _pushed(graph, None)


def _graph(picture: av.VideoFrame, filters: Iterable[tuple[str, str]]) -> Graph:
    graph = Graph()
    # Time stamps pass as they are; some pictures have no unit.
    base = picture.time_base or ANY_UNIT
    source = graph.add_buffer(width=picture.width, height=picture.height, format=picture.format, time_base=base)
    middle = [graph.add(name, options) for name, options in filters]
    graph.link_nodes(source, *middle, graph.add("buffersink")).configure()
    return graph


def _pushed(graph: Graph | None, picture: av.VideoFrame | None) -> Iterator[av.VideoFrame]:
    """Hand a picture to the filters, or say that there are no more; what is ready then."""
    if graph is None:
        return
    graph.push(picture)
    while (ready := _pull(graph)) is not None:
        yield ready


def _pull(graph: Graph) -> av.VideoFrame | None:
    try:
        picture = graph.pull()
    except (av.error.BlockingIOError, av.error.EOFError):
        return None
    assert isinstance(picture, av.VideoFrame)
    return picture
