"""A picture that says where interpolated frames stay as the nearer source frame: logos, displays, subtitles."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from midframe.errors import InputError, OptionError
from midframe.media.images.codecs import codec_for
from midframe.media.pixels import from_working, to_working
from midframe.paths import user_path
from midframe.types import Frame, FrameFormat

FEATHER = 4
"""Pixels around the white parts of a mask without greys over which it fades out."""

HALF = Fraction(1, 2)

NEARER = np.float32(0.5)
"""Weight from which a sample that is not mixed comes from the source frame."""


@dataclass(frozen=True, eq=False)
class SourceMask:
    """How much of each pixel is unchanged in the nearer source frame.

    Attributes:
        weights: (height, width) float32 in [0, 1]: 1 for a pixel of the source, 0 for an interpolated one.
        feathered: Whether its edges were made soft.
    """

    weights: NDArray[np.float32]
    feathered: bool = False

    @property
    def settings(self) -> dict[str, object]:
        """What decides what frames are like, in types that JSON has."""
        return {"mask": hashlib.sha256(self.weights.tobytes()).hexdigest()[:16]}

    @property
    def note(self) -> str:
        """A sentence for the user about what the mask covers."""
        share = float(self.weights.mean())
        if not share:
            return "The mask has no white in it: nothing stays as in the source frames."
        edges = f", with edges faded out over {FEATHER} pixels" if self.feathered else ""
        return f"By the mask, {share:.1%} of each interpolated frame stays as in the nearer source frame{edges}."

    def applied(
        self, frame: Frame, left: Frame, right: Frame, time: Fraction, blended: FrameFormat, kept: tuple[int, ...] = ()
    ) -> Frame:
        """A frame with the pixels of the nearer source frame where the mask is white.

        Args:
            frame: The frame between the two.
            left: The source frame before it.
            right: The one after it.
            time: When it is shown between them, in (0, 1); at one half, both are equally near, and the left one counts.
            blended: The format that frames are mixed in; see `midframe.media.alpha.blended_format`.
            kept: Channels that are not mixed: each sample comes from one of the two.
        """
        rows, columns = (np.flatnonzero(self.weights.any(axis=axis)) for axis in (1, 0))
        if not rows.size:
            return frame
        part = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        weights = self.weights[part][..., None]
        source = (left if time <= HALF else right).samples[part]
        samples = frame.samples.copy()
        made = samples[part]
        mixed = from_working(weights * to_working(source, blended) + (1 - weights) * to_working(made, blended), blended)
        mixed[..., list(kept)] = np.where(weights >= NEARER, source, made)[..., list(kept)]
        # Pixels that are all of one frame are its own, to the last bit.
        samples[part] = np.where(weights == 1, source, np.where(weights == 0, made, mixed))
        return frame.with_samples(samples)


def read_source_mask(path: str | Path, frame_format: FrameFormat) -> SourceMask:
    """Read a mask for frames of a format.

    White stays as in the source, black is interpolated, greys are mixed. A mask of black and white alone is made softer
    outside the white. Transparent pixels are black.

    Args:
        path: A picture of any format that is read.
        frame_format: The frames; the picture must have their size, or that of one of the pictures in them.

    Raises:
        OptionError: The picture cannot be read, or is of another size.
    """
    file = user_path(path, option="mask")
    try:
        frame = codec_for(file).read(file)
    except InputError as error:
        raise OptionError(f"The mask cannot be used: {error}", option="mask", path=file) from error
    height, width = frame_format.height // frame_format.planes, frame_format.width
    if frame.samples.shape[:2] != (height, width):
        raise OptionError(
            f"The mask {file} is {frame.format.width}×{frame.format.height}, and the frames are {width}×{height}. Make "
            "it of the same size.",
            option="mask",
            path=file,
        )
    weights = _brightness(frame)
    hard = bool(np.isin(weights, (0.0, 1.0)).all())
    if hard:
        weights = _feathered(weights)
    return SourceMask(np.tile(weights, (frame_format.planes, 1)), feathered=hard and bool(weights.any()))


def _brightness(frame: Frame) -> NDArray[np.float32]:
    """(height, width) in [0, 1]."""
    samples: NDArray[Any] = frame.samples
    full = 1.0 if samples.dtype.kind == "f" else float(np.iinfo(samples.dtype).max)
    values = np.nan_to_num(samples.astype(np.float32)) / np.float32(full)
    alpha = frame.format.alpha
    colours = [channel for channel in range(values.shape[2]) if alpha is None or channel != alpha.channel]
    grey = values[..., colours].mean(axis=-1)
    if alpha is not None and not alpha.premultiplied:
        grey = grey * values[..., alpha.channel]
    weights: NDArray[np.float32] = np.clip(grey, 0.0, 1.0).astype(np.float32)
    return weights


def _feathered(weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """White parts stay white; around them, each further pixel is darker."""
    grown = Image.fromarray((weights * 255).astype(np.uint8))
    soft = weights.copy()
    for step in range(1, FEATHER + 1):
        grown = grown.filter(ImageFilter.MaxFilter(3))
        share = np.float32(1 - step / (FEATHER + 1))
        np.maximum(soft, np.asarray(grown, np.float32) / 255 * share, out=soft)
    return soft
