"""Where chroma samples lie, for pictures that share them: PyAV neither states it nor lets it be set."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph

from midframe.media.video.planes import PlaneLayout, convert, picture_from_samples, samples_of

CHROMA_LOCATIONS = ("left", "center", "topleft", "top", "bottomleft", "bottom")
"""FFmpeg's words (ITU-T H.273, chroma sample location types 0 … 5), the most usual first."""

USUAL_LOCATION = CHROMA_LOCATIONS[0]
"""Where chroma lies in files that do not say it, and need not."""

UNSAID_LOCATION = "center"
"""From where FFmpeg's scaler spreads the chroma of pictures that say nothing."""

Y4M_CHROMA_LOCATIONS = {"420jpeg": "center", "420": "center", "420mpeg2": "left", "420paldv": "topleft"}
"""Where chroma lies by what the header of a Y4M file calls its samples."""


def shares_chroma(layout: PlaneLayout) -> bool:
    """Whether several pixels have one chroma sample."""
    return not layout.rgb and (layout.down, layout.across) != (1, 1)


class ChromaLocationSetter:
    """Sets where the chroma of pictures lies. Not thread-safe."""

    def __init__(self, width: int, height: int, layout: PlaneLayout, place: str) -> None:
        graph = Graph()
        self._entry = graph.add_buffer(
            width=width, height=height, format=av.VideoFormat(layout.name), time_base=Fraction(1, 25)
        )
        setter = graph.add("setparams", f"chroma_location={place}")
        self._exit = graph.add("buffersink")
        self._entry.link_to(setter)
        setter.link_to(self._exit)
        graph.configure()
        self._graph = graph
        self._pictures = 0

    def put(self, picture: av.VideoFrame) -> av.VideoFrame:
        """The same picture, with its chroma in this place, and without its time."""
        self._pictures += 1
        picture.pts, picture.time_base = self._pictures, Fraction(1, 25)
        self._entry.push(picture)
        placed = self._exit.pull()
        assert isinstance(placed, av.VideoFrame)
        return placed


@dataclass(frozen=True)
class ChromaPlace:
    """Where the chroma of a video lies.

    Attributes:
        location: One of `CHROMA_LOCATIONS`; None where no chroma is shared.
        on_pictures: Whether decoded pictures say so themselves. On others it has to be set, as FFmpeg spreads their
            chroma from the centre.
    """

    location: str | None = None
    on_pictures: bool = True


def chroma_place(picture: av.VideoFrame, layout: PlaneLayout, stated: str | None) -> ChromaPlace:
    """Where the chroma of a video lies: where its pictures or its file say, else in the usual place.

    Some decoders put the usual place on pictures of silent files, as those of H.264 and H.265 do, and others nothing,
    as those of VP9, AV1, FFV1 and ProRes do. The same file must look the same in each.

    Args:
        picture: A picture from the decoder; its content is lost.
        layout: Its pixel format.
        stated: What the file says; None for nothing.
    """
    if not shares_chroma(layout):
        return ChromaPlace()
    seen = _seen_location(picture, layout)
    # What says nothing is spread as from the centre.
    location = seen if seen not in (None, UNSAID_LOCATION) else stated or USUAL_LOCATION
    return ChromaPlace(location, on_pictures=location == seen)


def _seen_location(picture: av.VideoFrame, layout: PlaneLayout) -> str | None:
    """Where a decoder says that chroma lies: what it says decides how chroma is spread, and that can be seen."""
    picture.make_writable()
    noise = np.random.default_rng(0)
    for plane in picture.planes:
        codes = noise.integers(0, 1 << layout.bits, plane.buffer_size // layout.dtype.itemsize, dtype=layout.dtype)
        plane.update(codes.tobytes())
    samples = samples_of(picture, layout)
    spread = convert(picture, "yuv444p").to_ndarray()
    for place in CHROMA_LOCATIONS:
        location_setter = ChromaLocationSetter(picture.width, picture.height, layout, place)
        trial = location_setter.put(picture_from_samples(samples, layout))
        trial.color_range, trial.colorspace = picture.color_range, picture.colorspace
        if np.array_equal(convert(trial, "yuv444p").to_ndarray(), spread):
            return place
    return None
