"""Frames of VapourSynth as arrays, and the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import vapoursynth as vs
from numpy.typing import NDArray

from midframe.errors import UnsupportedFormatError
from midframe.integrations.vapoursynth.properties import Family
from midframe.media.ycbcr import join_planes, split_planes

Picture = NDArray[Any]
"""(height, width, channels): R, G, B or Y, Cb, Cr or Y, chroma repeated; then alpha, if there is any."""

FAMILIES: Mapping[Any, Family] = {vs.RGB: "RGB", vs.YUV: "YUV", vs.GRAY: "GRAY"}


def require_usable_format(clip: vs.VideoNode) -> None:
    """Refuse clips whose frames cannot be interpolated.

    Raises:
        UnsupportedFormatError: One of these.
    """
    described = clip.format
    if described is None or described.color_family not in FAMILIES or not clip.width:
        raise UnsupportedFormatError(
            "The format or size of the clip varies; make it constant first, for example with resize.Bicubic."
        )
    colours = described.color_family != vs.YUV
    if described.sample_type == vs.FLOAT and not colours:
        raise UnsupportedFormatError(
            f"{described.name} is not supported: convert it to RGBS, or to YUV of 8 to 16 bit, with resize.Bicubic."
        )
    if described.sample_type == vs.INTEGER and described.bits_per_sample > 16:
        raise UnsupportedFormatError(
            f"{described.name} is not supported: integers have 8 to 16 bit. Convert it with resize.Bicubic."
        )


def picture_of(frame: vs.VideoFrame) -> Picture:
    """The samples of a frame, alpha included."""
    down, across = 1 << frame.format.subsampling_h, 1 << frame.format.subsampling_w
    planes = [np.asarray(frame[number]) for number in range(frame.format.num_planes)]
    alpha = alpha_of(frame)
    if alpha is not None:
        planes.append(np.asarray(alpha[0]))
    return join_planes(planes, down, across)


def frame_with(frame: vs.VideoFrame, picture: Picture) -> vs.VideoFrame:
    """A copy of a frame with other samples, those of its alpha included."""
    copy = frame.copy()
    planes = split_planes(picture, 1 << frame.format.subsampling_h, 1 << frame.format.subsampling_w)
    for number in range(frame.format.num_planes):
        np.asarray(copy[number])[...] = planes[number]
    alpha = alpha_of(frame)
    if alpha is not None:
        other = alpha.copy()
        np.asarray(other[0])[...] = planes[-1]
        copy.props["_Alpha"] = other
    return copy


def alpha_of(frame: vs.VideoFrame) -> vs.VideoFrame | None:
    """The alpha of a frame; None where it has none like its other planes."""
    alpha = frame.props.get("_Alpha")
    if not isinstance(alpha, vs.VideoFrame):
        return None
    alike = (alpha.width, alpha.height, alpha.format.sample_type, alpha.format.bits_per_sample) == (
        frame.width, frame.height, frame.format.sample_type, frame.format.bits_per_sample
    )  # fmt: skip
    return alpha if alike else None


class Pictures(Mapping[int, Picture]):
    """Frames as pictures, by number; made when they are looked up."""

    def __init__(self, frames: Mapping[int, vs.VideoFrame]) -> None:
        self._frames = frames
        self._made: dict[int, Picture] = {}

    def __getitem__(self, number: int) -> Picture:
        if number not in self._made:
            self._made[number] = picture_of(self._frames[number])
        return self._made[number]

    def __contains__(self, number: object) -> bool:
        return number in self._frames

    def __iter__(self) -> Iterator[int]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)
