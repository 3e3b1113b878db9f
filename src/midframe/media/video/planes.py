"""Decoded pictures as arrays and back, in the file's own code values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from av.video.format import VideoFormat
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from midframe.errors import UnsupportedFormatError
from midframe.media.ycbcr import join_planes, split_planes
from midframe.types import Samples

SCALABLE = frozenset({0, 1, 2, 4, 5, 6, 7, 9})
"""Matrix coefficients with which FFmpeg's scaler converts; it refuses pictures with others."""

STAND_IN = 5
"""PyAV's `Colorspace` of BT.601."""

FULL_RANGE = 2
"""FFmpeg's code; 1 is limited and 0 unknown."""


RGB_PIXELS = {
    ("uint8", 1): "gray",
    ("uint8", 3): "rgb24",
    ("uint8", 4): "rgba",
    ("uint16", 1): "gray16le",
    ("uint16", 3): "rgb48le",
    ("uint16", 4): "rgba64le",
}
"""Sample type and channels of pictures that a video can be made of, and FFmpeg's name of their pixels."""


@dataclass(frozen=True)
class PlaneLayout:
    """A planar pixel format, one sample of 8 to 16 bits in each place.

    Attributes:
        name: FFmpeg's name of it.
        bits: Bits of a sample.
        planes: Number of the plane that holds each channel; channels are Y, Cb, Cr or R, G, B or Y, then alpha.
        rgb: Whether the channels are R, G, B.
        alpha: Whether the last channel is alpha.
        down: Rows that share a chroma sample.
        across: Columns that share a chroma sample.
    """

    name: str
    bits: int
    planes: tuple[int, ...]
    rgb: bool
    alpha: bool
    down: int
    across: int

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the samples."""
        return np.dtype(np.uint8 if self.bits == 8 else np.uint16)


def convert(
    picture: av.VideoFrame,
    pixels: str,
    *,
    reformatter: VideoReformatter | None = None,
    src_colorspace: int | None = None,
    dst_colorspace: int | None = None,
    src_color_range: int | None = None,
    dst_color_range: int | None = None,
    interpolation: int | None = None,
) -> av.VideoFrame:
    """Convert a picture to another pixel format.

    FFmpeg's scaler, which is called in this module only, runs with one thread. With several, it writes beyond the ends
    of narrow rows into rows that another thread has finished: of 24×16 pictures from yuv422p to yuyv422, 1 in 250 came
    out wrong.

    Args:
        picture: A picture in any pixel format.
        pixels: FFmpeg's name of the target format.
        reformatter: Keeps tables for conversions of the same kind; not shared with another thread. None for one call.
        src_colorspace: PyAV's `Colorspace` of the code values; None for what the picture says, or BT.601 where the
            scaler does not know that.
        dst_colorspace: The same as `src_colorspace`, for the target.
        src_color_range: PyAV's `ColorRange` of the code values; None for what the picture says.
        dst_color_range: The same as `src_color_range`, for the target.
        interpolation: FFmpeg's flags for how chroma is resampled; None for PyAV's, bilinear.

    Returns:
        The converted picture; `picture` itself where nothing is to be converted.
    """
    if src_colorspace is None and int(picture.colorspace) not in SCALABLE:
        src_colorspace, dst_colorspace = STAND_IN, dst_colorspace or STAND_IN
    return (reformatter or VideoReformatter()).reformat(
        picture,
        format=pixels,
        src_colorspace=src_colorspace,
        dst_colorspace=dst_colorspace,
        src_color_range=src_color_range,
        dst_color_range=dst_color_range,
        interpolation=interpolation,
        threads=1,
    )


def resized(picture: av.VideoFrame, width: int, height: int, pixels: str) -> av.VideoFrame:
    """A picture scaled to another size, and in a planar format; itself where it is like that."""
    reformatter = VideoReformatter()
    return reformatter.reformat(
        picture, width=width, height=height, format=pixels, interpolation=Interpolation.BICUBIC, threads=1
    )


def rgb_array(picture: av.VideoFrame, reformatter: VideoReformatter | None = None) -> NDArray[np.uint8]:
    """A picture as (height, width, 3) R, G, B with 8 bits, chroma resampled bilinearly."""
    return np.asarray(convert(picture, "rgb24", reformatter=reformatter).to_ndarray(), np.uint8)


def planar(picture: av.VideoFrame) -> av.VideoFrame:
    """The same picture, without loss, in planes; itself where it is.

    Raises:
        UnsupportedFormatError: Pixels that have no such form.
    """
    name = picture.format.name
    if name.startswith("yuvj"):
        # An old way to say full range. Converting would rescale the codes, so they are moved over unchanged.
        moved = av.VideoFrame(picture.width, picture.height, name.replace("yuvj", "yuv"))
        layout = layout_of(name)
        for number in range(len(layout.planes)):
            _plane(moved, number, layout)[...] = _plane(picture, number, layout)
        for tag in ("colorspace", "color_primaries", "color_trc"):
            setattr(moved, tag, getattr(picture, tag))
        moved.color_range = FULL_RANGE
        return moved
    target = planar_name(name)
    return picture if target == name else convert(picture, target)


def planar_name(name: str) -> str:
    """The planar format that holds the pictures of another one without loss; the same where it is planar.

    Raises:
        UnsupportedFormatError: There is none.
    """
    pixel_format = VideoFormat(name)
    components = pixel_format.components
    bits = max((component.bits for component in components), default=0)
    unusual = not 0 < bits <= 16 or name.startswith(("xyz", "bayer", "cuda", "vaapi", "vulkan", "d3d"))
    if unusual or "f16" in name or "f32" in name:
        raise UnsupportedFormatError(f"Video with the pixel format {name} cannot be interpolated.")
    if pixel_format.has_palette:
        return "gbrap"
    planar = len({component.plane for component in components}) == len(components)
    if planar and not name.endswith("be") and not pixel_format.is_bit_stream:
        return name
    alpha = any(component.is_alpha for component in components)
    depth = next(known for known in (8, 10, 12, 16) if bits <= known)
    ending = "" if depth == 8 else f"{depth}le"
    if pixel_format.is_rgb:
        return f"gbr{'a' if alpha else ''}p{ending}"
    if len(components) < 3:
        return f"yuva444p{ending}" if alpha else f"gray{ending}"
    across, down = _steps(pixel_format)
    sampling = {(1, 1): "444", (2, 1): "422", (2, 2): "420", (1, 2): "440", (4, 1): "411", (4, 4): "410"}[across, down]
    return f"yuv{'a' if alpha else ''}{sampling}p{ending}"


def layout_of(name: str) -> PlaneLayout:
    """Describe a planar format, as `planar_name` gives it."""
    pixel_format = VideoFormat(name)
    components = pixel_format.components
    across, down = _steps(pixel_format)
    return PlaneLayout(
        name=name,
        bits=components[0].bits,
        planes=tuple(component.plane for component in components),
        rgb=pixel_format.is_rgb,
        alpha=components[-1].is_alpha,
        down=down,
        across=across,
    )


def samples_of(picture: av.VideoFrame, layout: PlaneLayout) -> Samples:
    """The code values of a picture, chroma repeated: (height, width, channels)."""
    return join_planes([_plane(picture, number, layout) for number in layout.planes], layout.down, layout.across)


def is_opaque(picture: av.VideoFrame, layout: PlaneLayout) -> bool:
    """Whether a picture has no alpha, or nothing in it is transparent."""
    return not layout.alpha or bool(np.all(_plane(picture, layout.planes[-1], layout) == (1 << layout.bits) - 1))


def picture_from_samples(samples: Samples, layout: PlaneLayout) -> av.VideoFrame:
    """A picture with these code values, chroma averaged. It carries no tags yet."""
    height, width = samples.shape[:2]
    picture = av.VideoFrame(width, height, layout.name)
    for number, plane in zip(layout.planes, split_planes(samples, layout.down, layout.across), strict=True):
        _plane(picture, number, layout)[...] = plane
    return picture


def padded(picture: av.VideoFrame, width: int, height: int) -> av.VideoFrame:
    """A planar picture made larger by repeating its last column and row; itself where it has that size."""
    if (picture.width, picture.height) == (width, height):
        return picture
    layout = layout_of(picture.format.name)
    larger = av.VideoFrame(width, height, layout.name)
    for number in range(len(layout.planes)):
        given, wanted = _plane(picture, number, layout), _plane(larger, number, layout)
        missing = [(0, more - had) for had, more in zip(given.shape, wanted.shape, strict=True)]
        wanted[...] = np.pad(given, missing, mode="edge")
    return larger


def _plane(picture: av.VideoFrame, number: int, layout: PlaneLayout) -> NDArray[Any]:
    """One plane, without the padding after its rows; shares memory with the picture."""
    plane = picture.planes[number]
    samples: NDArray[Any] = np.frombuffer(memoryview(plane), layout.dtype)
    rows = samples.reshape(plane.height, plane.line_size // layout.dtype.itemsize)
    return rows[:, : plane.width]


def _steps(pixel_format: VideoFormat) -> tuple[int, int]:
    """Columns and rows that share a chroma sample."""
    # Asked with a size that every sampling divides.
    size = 16
    return size // pixel_format.chroma_width(size), size // pixel_format.chroma_height(size)
