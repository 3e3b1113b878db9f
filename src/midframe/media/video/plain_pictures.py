"""Pictures of videos as plain R, G, B or grey, as image files have them."""

from __future__ import annotations

import av
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter

from midframe.media.video.planes import convert
from midframe.types import FrameFormat

COLOURSPACES = {
    "bt709": Colorspace.ITU709,
    "bt601": Colorspace.ITU601,
    "bt2020": Colorspace.BT2020,
    "smpte240m": Colorspace.SMPTE240M,
    "fcc": Colorspace.FCC,
}
"""Matrices, and PyAV's names of them."""

CAREFUL = (
    Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT | Interpolation.FULL_CHR_H_INP
)
"""How chroma becomes fine, where speed does not matter."""


def full_range(
    picture: av.VideoFrame,
    pixels: str,
    frame_format: FrameFormat,
    reformatter: VideoReformatter,
    interpolation: int = CAREFUL,
) -> av.VideoFrame:
    """A picture as plain R, G, B or grey, as image files have it.

    Args:
        picture: A picture of a video, or one made of an image.
        pixels: FFmpeg's pixel format to convert to.
        frame_format: What its code values mean.
        reformatter: Not shared with another thread.
        interpolation: FFmpeg's flags for how chroma becomes fine.
    """
    coding = frame_format.coding
    given: dict[str, int] = {}
    if coding is not None and coding.matrix != "rgb":
        codes = ColorRange.JPEG if coding.full_range else ColorRange.MPEG
        given = {"src_colorspace": COLOURSPACES[coding.matrix], "src_color_range": codes}
    return convert(
        picture,
        pixels,
        reformatter=reformatter,
        dst_color_range=ColorRange.JPEG,
        interpolation=interpolation,
        **given,
    )
