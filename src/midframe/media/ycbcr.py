"""What the code values of a video stand for, in arrays: views of Y, Cb, Cr, and coarser chroma.

The formulas are those of ITU-T H.273. Only views go through them: frames are blended as code values, so that an
interpolated frame cannot differ from its neighbours by a matrix or a range.

Chroma that is stored for blocks of pixels is repeated for each of them, and averaged back. That pair is exact for
frames in which nothing moves, and for motion it is linear interpolation in the chroma plane itself: repeated samples
shifted by s of 2 pixels average to (1 − s/2) of one and s/2 of the next. Wider filters would blur interpolated frames
against their neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.types import Matrix, SampleCoding

RED_AND_BLUE = {
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
    "smpte240m": (0.212, 0.087),
    "fcc": (0.30, 0.11),
}
"""Shares of red and blue in Y."""

MATRICES: dict[int, Matrix] = {1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
"""Matrix coefficients of ITU-T H.273 that views are made with."""

DERIVED_MATRICES = (12, 13)
"""Matrix coefficients that follow from the primaries, whose codes are those of the matrices that belong to them."""

HD_WIDTH, HD_HEIGHT = 1280, 577
"""Sizes from which an unnamed matrix is taken as BT.709: as players do."""


def named_matrix(code: int, primaries: int, width: int, height: int) -> Matrix:
    """The matrix that views of Y, Cb, Cr are made with.

    Args:
        code: Matrix coefficients of ITU-T H.273; those without a matrix here stand for the default.
        primaries: Colour primaries of ITU-T H.273.
        width: Pixels in a row, by which the default is chosen.
        height: Rows.
    """
    return MATRICES.get(primaries if code in DERIVED_MATRICES else code, default_matrix(width, height))


def default_matrix(width: int, height: int) -> Matrix:
    """The matrix of a video that names none."""
    return "bt709" if width >= HD_WIDTH or height >= HD_HEIGHT else "bt601"


def coded_view(colours: NDArray[np.float32], coding: SampleCoding) -> NDArray[np.float32]:
    """Code values as R, G, B.

    Args:
        colours: (height, width, 1 or 3): grey, or three channels as `coding` says.
        coding: Colour coding of a video.

    Returns:
        (height, width, 3) in [0, 1], clipped; grey replicated.
    """
    low, span, chroma_span = _levels(coding)
    first = (colours[..., :1] - low) / span
    if colours.shape[-1] == 1:
        rgb = np.repeat(first, 3, axis=-1)
    elif coding.matrix == "rgb":
        rgb = (colours - low) / span
    else:
        middle = np.float32(1 << (coding.bits - 1))
        difference = (colours[..., 1:] - middle) / chroma_span
        rgb = np.concatenate((first, first, first), axis=-1)
        rgb += difference @ _chroma_weights(coding.matrix)
    clipped: NDArray[np.float32] = np.clip(rgb, 0.0, 1.0)
    return clipped


def black(coding: SampleCoding, channels: int) -> NDArray[np.float32]:
    """The code values of black in 1 or 3 channels."""
    low = _levels(coding)[0]
    if channels == 1 or coding.matrix == "rgb":
        return np.full(channels, low, np.float32)
    middle = 1 << (coding.bits - 1)
    return np.array([low, middle, middle], np.float32)


def join_planes(planes: Sequence[NDArray[Any]], down: int, across: int) -> NDArray[Any]:
    """The planes of a picture as channels, chroma repeated.

    Args:
        planes: The first of full size; of four or three, the second and third are coarser by `down` and `across`.
        down: Rows that share a chroma sample; 1 for R, G, B.
        across: Columns that share a chroma sample.

    Returns:
        (height, width, channels), of the type of the planes.
    """
    height, width = planes[0].shape
    samples = np.empty((height, width, len(planes)), planes[0].dtype)
    for channel, plane in enumerate(planes):
        samples[..., channel] = repeat_chroma(plane, height, width, *_steps(channel, len(planes), down, across))
    return samples


def split_planes(samples: NDArray[Any], down: int, across: int) -> list[NDArray[Any]]:
    """The planes of `join_planes`, chroma averaged.

    Args:
        samples: (height, width, channels); integers where chroma is coarser.
        down: Rows that share a chroma sample; 1 for R, G, B.
        across: Columns that share a chroma sample.
    """
    channels = samples.shape[-1]
    return [
        average_chroma(samples[..., channel], *_steps(channel, channels, down, across)) for channel in range(channels)
    ]


def _steps(channel: int, channels: int, down: int, across: int) -> tuple[int, int]:
    """Rows and columns that share a sample of a channel."""
    return (down, across) if channel in (1, 2) and channels > 2 else (1, 1)


def repeat_chroma(plane: NDArray[Any], height: int, width: int, down: int, across: int) -> NDArray[Any]:
    """A coarse plane at full resolution.

    Args:
        plane: (ceil(height / down), ceil(width / across)).
        height: Height of the picture.
        width: Width of the picture.
        down: Rows that share a sample.
        across: Columns that share a sample.

    Returns:
        (height, width), of the same type.
    """
    if down > 1:
        plane = np.repeat(plane, down, axis=0)
    if across > 1:
        plane = np.repeat(plane, across, axis=1)
    return plane[:height, :width]


def average_chroma(plane: NDArray[Any], down: int, across: int) -> NDArray[Any]:
    """The coarse plane of a full one: means of blocks, rounded to nearest with ties to even, so without a bias.

    Args:
        plane: (height, width) integers.
        down: Rows that share a sample.
        across: Columns that share a sample.

    Returns:
        (ceil(height / down), ceil(width / across)), of the same type.
    """
    if down == 1 and across == 1:
        return plane
    height, width = plane.shape
    # Blocks at the edge hold what is there, once more where the picture ends inside them.
    padded = np.pad(plane, ((0, -height % down), (0, -width % across)), mode="edge")
    total = np.zeros((padded.shape[0] // down, padded.shape[1] // across), np.float32)
    for row in range(down):
        for column in range(across):
            total += padded[row::down, column::across]
    mean: NDArray[Any] = np.rint(total / np.float32(down * across)).astype(plane.dtype)
    return mean


def _levels(coding: SampleCoding) -> tuple[np.float32, np.float32, np.float32]:
    """Code of black, codes from black to white, and codes from the least to the largest colour difference."""
    if coding.full_range:
        return np.float32(0), np.float32(coding.largest), np.float32(coding.largest)
    step = 1 << (coding.bits - 8)
    return np.float32(16 * step), np.float32(219 * step), np.float32(224 * step)


def _chroma_weights(matrix: str) -> NDArray[np.float32]:
    """(2, 3): what Cb and Cr in [−½, ½] add to R, G and B."""
    red, blue = RED_AND_BLUE[matrix]
    green = 1 - red - blue
    to_blue, to_red = 2 * (1 - blue), 2 * (1 - red)
    return np.array([[0, -to_blue * blue / green, to_blue], [to_red, -to_red * red / green, 0]], np.float32)
