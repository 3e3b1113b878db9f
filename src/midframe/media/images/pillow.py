"""What the codecs that go through Pillow share.

The plugin classes are called directly and not through `Image.open`: the file format is known, and frames of 16K are not
an attack, which `Image.open` would warn about.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.ImageFile import ImageFile

from midframe.media.images.codec_io import writing
from midframe.types import Alpha, FrameFormat, Samples

DAMAGE: tuple[type[Exception], ...] = (
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    struct.error,
)
"""What Pillow's readers raise for broken files, besides `OSError` without an error number."""

MODES = {1: "L", 3: "RGB", 4: "RGBA"}
CHANNELS = {mode: channels for channels, mode in MODES.items()}

EIGHT_BITS = np.dtype("uint8")


def image_format(image: ImageFile, mode: str) -> FrameFormat:
    """The format of frames when the image is decoded to a mode of `MODES`."""
    alpha = Alpha(3, premultiplied=False) if mode == "RGBA" else None
    return FrameFormat(*image.size, CHANNELS[mode], EIGHT_BITS, alpha)


def decode(image: ImageFile, mode: str) -> Samples:
    """Decode to (height, width, channels) uint8. Raises Pillow's own errors."""
    image.load()
    samples = np.array(image if image.mode == mode else image.convert(mode))
    return samples.reshape(*samples.shape[:2], -1)


def to_image(samples: Samples) -> Image.Image:
    """The Pillow image of (height, width, 1, 3 or 4) uint8 samples."""
    return Image.fromarray(np.ascontiguousarray(samples[..., 0] if samples.shape[-1] == 1 else samples))


def encode(image: Image.Image, path: Path, name: str, **options: Any) -> None:
    """Save with the options that are not None.

    Raises:
        WriteError: It could not be written.
    """
    given = {key: value for key, value in options.items() if value is not None}
    with writing(path, name, *DAMAGE), path.open("wb") as stream:
        image.save(stream, format=name, **given)
