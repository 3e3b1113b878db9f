"""Pictures of at most 256 colours: exact where the colours suffice, else a palette of the frame's own and dither."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

import av
import numpy as np
from av.filter import Graph
from av.video.format import VideoFormat
from numpy.typing import NDArray
from PIL import Image

from midframe.media.video.planes import convert

COLOURS = 256

OPAQUE_FROM = 128
"""GIF pixels are either opaque or transparent; alpha is cut here."""

DITHER = "atkinson"
"""On two real clips: least error seen from afar of paletteuse's ways on one, and nearly the least flicker on both."""


def paletted(picture: av.VideoFrame) -> av.VideoFrame:
    """A picture of the pixel format rgba as pal8.

    One entry is transparent, even if no pixel is: only then decoders agree that a frame is cleared to nothing. Just
    frames of exactly 256 colours go without.
    """
    samples = cast("NDArray[np.uint8]", convert(picture, "rgba").to_ndarray())
    hidden = samples[..., 3] < OPAQUE_FROM
    samples[..., 3] = np.where(hidden, 0, 255)
    # Invisible colours must not take places in the palette.
    samples[hidden] = 0
    return _exact(samples) or _dithered(samples)


def _exact(samples: NDArray[np.uint8]) -> av.VideoFrame | None:
    """The picture with every colour as it is; None if there are too many."""
    # Counting in Pillow gives up at the first colour too many; numpy would sort a whole photograph first.
    if Image.fromarray(samples, "RGBA").getcolors(COLOURS) is None:
        return None
    used, indexes = np.unique(samples.view(np.uint32)[..., 0], return_inverse=True)
    colours = used.view(np.uint8).reshape(-1, 4)
    palette = np.repeat(colours[-1:], COLOURS, axis=0)
    palette[: len(colours)] = colours
    # Exactly one: which of several the encoder takes for it is its own affair.
    if not np.any(palette[:, 3] == 0) and len(colours) < COLOURS:
        palette[-1] = 0
    # PyAV takes a pair for this format, though its stubs do not say so; colours as alpha, red, green, blue.
    planes: Any = (
        indexes.reshape(samples.shape[:2]).astype(np.uint8),
        np.ascontiguousarray(palette[:, [3, 0, 1, 2]]),
    )
    return av.VideoFrame.from_ndarray(planes, format="pal8")


def _dithered(samples: NDArray[np.uint8]) -> av.VideoFrame:
    graph = Graph()
    height, width = samples.shape[:2]
    # A graph for every picture: frames are prepared in several threads, and have nothing to do with each other.
    source = graph.add_buffer(width=width, height=height, format=VideoFormat("rgba"), time_base=Fraction(1))
    split, sink = graph.add("split"), graph.add("buffersink")
    generate = graph.add("palettegen", "stats_mode=single:reserve_transparent=1")
    use = graph.add("paletteuse", f"new=1:dither={DITHER}:alpha_threshold={OPAQUE_FROM}")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(generate, 1, 0)
    generate.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    picture = av.VideoFrame.from_ndarray(samples, format="rgba")
    picture.pts, picture.time_base = 0, Fraction(1)
    graph.push(picture)
    graph.push(None)
    made = graph.pull()
    assert isinstance(made, av.VideoFrame)
    return made
