"""Frames as an encoder takes them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from midframe.media.video.chroma import ChromaLocationSetter
from midframe.media.video.plain_pictures import COLOURSPACES, full_range
from midframe.media.video.planes import RGB_PIXELS, convert, padded, picture_from_samples
from midframe.media.video.stream_info import ColourTags, DecodedPicture, VideoStreamInfo
from midframe.media.video.writing.encoders import Encoding
from midframe.media.video.writing.palette import paletted
from midframe.types import Frame, FrameFormat, Samples


class PicturePlan(Protocol):
    """What has to be known of an output to make its pictures."""

    @property
    def format(self) -> FrameFormat:
        """What the frames are."""
        ...

    @property
    def video_info(self) -> VideoStreamInfo | None:
        """Stream information of the source where that is a video, else None."""
        ...

    @property
    def encoding(self) -> Encoding:
        """How pictures are compressed."""
        ...

    @property
    def colour(self) -> ColourTags:
        """What the output says about its colours."""
        ...

    @property
    def keeps_rgb(self) -> bool:
        """Whether the output's pixels are RGB."""
        ...

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        ...


def encoder_options(plan: PicturePlan) -> dict[str, str]:
    """Options of a plan, and what the source says about chroma and high dynamic range, for encoders that pass it on."""
    options = dict(plan.encoding.options)
    video_info = plan.video_info
    if video_info is None:
        return options
    if video_info.chroma_location is not None:
        options["chroma_sample_location"] = video_info.chroma_location
    name = plan.encoding.codec.hdr_option
    if name is None:
        return options
    words = [options[name]] if name in options else []
    mastering, light_level = plan.encoding.codec.hdr_words
    if video_info.mastering is not None:
        words.append(f"{mastering}={video_info.mastering}")
    if video_info.light_level is not None:
        words.append(f"{light_level}={video_info.light_level}")
    return options | {name: ":".join(words)} if words else options


@dataclass(frozen=True, eq=False)
class StagedPicture:
    """A frame in the pixel format of the encoder, waiting for its turn.

    Attributes:
        index: Its number in the output.
        picture: Its picture.
        decoded: The picture of the source that it was made of, or of those that are before it; None for images.
    """

    index: int
    picture: av.VideoFrame
    decoded: DecodedPicture | None = None


class PictureMaker:
    """Makes pictures of frames.

    Originals and interpolated frames take the same way, from the source's own planes on.
    """

    def __init__(self, plan: PicturePlan) -> None:
        self._plan = plan
        # A frame that is held comes in several threads at once, and converting is not safe for that.
        self._lock = threading.Lock()
        self._reformatter = VideoReformatter()
        video_info = plan.video_info
        self._location_setter: ChromaLocationSetter | None = None
        # Where pixels are converted, chroma of interpolated frames must be spread as that of originals is.
        if (
            video_info is not None
            and video_info.chroma_location is not None
            and video_info.layout.name != plan.encoding.pixels
        ):
            self._location_setter = ChromaLocationSetter(
                plan.format.width, plan.format.height, video_info.layout, video_info.chroma_location
            )

    def picture(self, frame: Frame) -> av.VideoFrame:
        """The picture of a frame in the encoder's pixel format, with colour tags."""
        picture = padded(self._converted(self._decoded(frame)), *self._plan.size)
        self._plan.colour.put_on(picture)
        return picture

    def _decoded(self, frame: Frame) -> av.VideoFrame:
        kept = frame.metadata
        if isinstance(kept, DecodedPicture) and kept.samples is frame.samples:
            return kept.picture
        video_info = self._plan.video_info
        if video_info is not None:
            made = picture_from_samples(frame.samples, video_info.layout)
            if self._location_setter is not None:
                with self._lock:
                    made = self._location_setter.put(made)
            video_info.colour.put_on(made)
            return made
        return _picture_of_rgb(frame.samples)

    def _converted(self, picture: av.VideoFrame) -> av.VideoFrame:
        pixels = self._plan.encoding.pixels
        if self._plan.encoding.container.animation:
            return self._paletted_or_rgb(picture)
        if picture.format.name == pixels:
            return picture
        coding = self._plan.format.coding
        given: dict[str, int]
        if coding is None or coding.matrix == "rgb":
            given = {
                "dst_colorspace": Colorspace.ITU709,
                "src_color_range": ColorRange.JPEG,
                "dst_color_range": ColorRange.MPEG,
            }
            if self._plan.keeps_rgb:
                given = {}
        else:
            space = COLOURSPACES[coding.matrix]
            codes = ColorRange.JPEG if coding.full_range else ColorRange.MPEG
            given = {
                "src_colorspace": space,
                "dst_colorspace": space,
                "src_color_range": codes,
                "dst_color_range": codes,
            }
        with self._lock:
            return convert(picture, pixels, reformatter=self._reformatter, **given)

    def _paletted_or_rgb(self, picture: av.VideoFrame) -> av.VideoFrame:
        """A picture of full range, as animations have it."""
        few = self._plan.encoding.pixels == "pal8"
        with self._lock:
            rgb = full_range(
                picture, "rgba" if few else self._plan.encoding.pixels, self._plan.format, self._reformatter
            )
        info = self._plan.video_info
        if info is not None and info.orientation is not None:
            rgb = av.VideoFrame.from_ndarray(info.orientation.shown(rgb.to_ndarray()), format=rgb.format.name)
        return paletted(rgb) if few else rgb


def _picture_of_rgb(samples: Samples) -> av.VideoFrame:
    channels = samples.shape[2]
    name = RGB_PIXELS[samples.dtype.name, channels]
    plain = samples[..., 0] if channels == 1 else samples
    return av.VideoFrame.from_ndarray(np.ascontiguousarray(plain), format=name)
