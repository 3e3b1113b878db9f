"""Raw planes: pictures one after the other and nothing else; an option states what they are."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction

import av
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.format import VideoFormat

from midframe.errors import OptionError, UnsupportedFormatError
from midframe.media.video.picture_size import is_usable_size
from midframe.media.video.planes import planar_name
from midframe.quantities import parse_rate


@dataclass(frozen=True)
class RawVideo:
    """What raw planes are.

    Attributes:
        width: Pixels in a row.
        height: Rows.
        pixels: FFmpeg's name of the pixels, planar or packed.
        rate: Frames per second; None where it is not said.
    """

    width: int
    height: int
    pixels: str
    rate: Fraction | None = None

    def __post_init__(self) -> None:
        if not is_usable_size(self.width, self.height):
            raise OptionError(
                f"The frame size {self.width}×{self.height} in `raw_input` cannot be used: it is 0, or larger than "
                "FFmpeg supports, about 16000×16000.",
                option="raw_input",
            )
        check_raw_pixels(self.pixels)


def parse_raw_video(text: str) -> RawVideo:
    """Read "1280x720:yuv420p:24": size, pixels and, if it is said, frames per second.

    Raises:
        OptionError: It cannot be read, or there are no such pixels.
    """
    size, _, rest = text.partition(":")
    pixels, _, rate = rest.partition(":")
    width, _, height = size.partition("x")
    if not (text.isascii() and width.isdecimal() and height.isdecimal() and pixels) or len(size) > 20:
        raise OptionError(f"`raw_input` must be like 1280x720:yuv420p:24, not {text!r}.", option="raw_input")
    return RawVideo(
        int(width), int(height), pixels, parse_rate(rate, "raw_input", "The rate in `raw_input`") if rate else None
    )


def check_raw_pixels(name: str) -> None:
    """Make sure that raw pictures with such pixels can be read and written again without a change.

    Raises:
        OptionError: No such pixels, or not as raw planes.
    """
    refusal = OptionError(
        f"The pixel format {name!r} cannot be used for raw pictures. Use one of FFmpeg's with 8 to 16 bits, "
        "such as yuv420p, yuv422p10le, rgb24 or gray.",
        option="raw_input",
    )
    try:
        pixel_format = VideoFormat(name)
        planar_name(name)
    except (ValueError, UnsupportedFormatError) as error:
        raise refusal from error
    depths = {component.bits for component in pixel_format.components}
    if pixel_format.has_palette or pixel_format.is_bit_stream or len(depths) != 1 or min(depths) < 8:
        raise refusal


class RawPictures:
    """Pictures from and to the bytes of their planes, rows without padding, one plane after the other.

    Args:
        width: Pixels in a row.
        height: Rows.
        pixels: FFmpeg's name of the pixels.
        chroma_location: Where chroma samples lie, in FFmpeg's words; None if unknown.

    Attributes:
        nbytes: Bytes of one picture.
    """

    def __init__(self, width: int, height: int, pixels: str, chroma_location: str | None = None) -> None:
        self._decoder = _describe(CodecContext.create("rawvideo", "r"), width, height, pixels)
        if chroma_location is not None:
            self._decoder.options = {"chroma_sample_location": chroma_location}
        self._encoder = _describe(CodecContext.create("rawvideo", "w"), width, height, pixels)
        # Encoders require it; their output does not depend on it.
        self._encoder.time_base = Fraction(1)
        self._lock = threading.Lock()
        self.nbytes = len(self.encode(av.VideoFrame(width, height, pixels)))

    def decode(self, data: bytes) -> av.VideoFrame:
        """The picture of `nbytes` bytes."""
        with self._lock:
            (picture,) = self._decoder.decode(av.Packet(data))
        return picture

    def encode(self, picture: av.VideoFrame) -> bytes:
        """The bytes of a picture of this size with these pixels."""
        with self._lock:
            (packet,) = self._encoder.encode(picture)
        return bytes(packet)


def _describe(context: VideoCodecContext, width: int, height: int, pixels: str) -> VideoCodecContext:
    context.width, context.height, context.pix_fmt = width, height, pixels
    return context
