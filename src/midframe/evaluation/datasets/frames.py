"""Frames of a benchmark: reading and preparing its files, and the codes that its protocol compares."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.errors import DatasetError
from midframe.evaluation.metrics.psnr import CODE_PEAK
from midframe.media.images.codecs import codec_for
from midframe.media.pixels import ViewSamples
from midframe.types import Frame, FrameFormat

Prepare = Callable[[NDArray[np.uint8]], NDArray[Any]]
"""(height, width, 3) uint8 as read → uint8, or float32 in 0 … 1, of the size that is interpolated."""

CodeImage = NDArray[np.float64]
"""(height, width, 3) R, G, B in 0 … 255."""


def unchanged(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The samples as read."""
    return samples


def central_half(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The middle, half as wide and half as high: 2048×1080 of 4096×2160."""
    height, width = samples.shape[:2]
    return samples[height // 4 : height - height // 4, width // 4 : width - width // 4]


def downscaled(samples: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Half as wide and high by the mean of each 2×2 pixels, rounded half up, as OpenCV's INTER_AREA on 8 bits."""
    rounded: NDArray[np.uint8] = ((_sums_of_four(samples.astype(np.uint16)) + 2) // 4).astype(np.uint8)
    return rounded


def downscaled_unrounded(samples: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Half as wide and high by the mean of each 2×2 pixels, in 0 … 1 and not rounded."""
    shares = _sums_of_four(samples.astype(np.float32)) / (4 * CODE_PEAK)
    return shares.astype(np.float32)


def _sums_of_four(samples: NDArray[Any]) -> NDArray[Any]:
    sums: NDArray[Any] = samples[::2, ::2] + samples[1::2, ::2] + samples[::2, 1::2] + samples[1::2, 1::2]
    return sums


def read_rgb(path: Path, size: tuple[int, int] | None) -> NDArray[np.uint8]:
    """Read an image of a benchmark.

    Args:
        path: Its file.
        size: (width, height) that it must have; None for any.

    Returns:
        (height, width, 3) uint8 RGB. Grey is replicated and alpha is left out, as benchmarks' scripts read them.

    Raises:
        UnreadableFileError: It cannot be decoded.
        UnsupportedFormatError: A format that midframe does not read.
        DatasetError: Not 8 bits a sample, or not of this size.
    """
    frame = codec_for(path).read(path)
    found = frame.format
    if found.dtype != np.uint8 or found.channels > 4:
        message = f"{path} is {found}; the benchmark has 8-bit RGB. Unpack or extract it again."
        raise DatasetError(message, path=path)
    if size is not None and (found.width, found.height) != size:
        raise DatasetError(
            f"{path} has {found.width}×{found.height} pixels; the benchmark has {size[0]}×{size[1]}. Extract its "
            "frames again, at their full size.",
            path=path,
        )
    colours = frame.samples[..., : 3 if found.channels > 2 else 1]
    rgb: NDArray[np.uint8] = np.repeat(colours, 3, axis=2) if colours.shape[2] == 1 else colours
    return rgb


def to_frame(samples: NDArray[Any], index: int = 0) -> Frame:
    """Prepared samples as a frame."""
    height, width = samples.shape[:2]
    samples = np.ascontiguousarray(samples)
    return Frame(samples, FrameFormat(width, height, 3, samples.dtype), index)


def true_codes(samples: NDArray[Any]) -> CodeImage:
    """Prepared samples as codes 0 … 255; float samples are not rounded."""
    codes: CodeImage = samples.astype(np.float64) * (CODE_PEAK if samples.dtype.kind == "f" else 1.0)
    return codes


def interpolated_codes(view: ViewSamples) -> CodeImage:
    """An interpolated view in [0, 1] as codes, rounded to the whole numbers 0 … 255."""
    codes: CodeImage = np.clip(np.rint(view.astype(np.float64) * CODE_PEAK), 0, CODE_PEAK)
    return codes
