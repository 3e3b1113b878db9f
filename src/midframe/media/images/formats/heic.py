"""HEIC and HEIF, read through pillow-heif where that is installed; nothing is written."""

from __future__ import annotations

from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from midframe.errors import UnsupportedFormatError
from midframe.extras import pip_install
from midframe.media.images.annotations import annotations_from
from midframe.media.images.codec_io import recommended
from midframe.media.images.pillow import DAMAGE
from midframe.media.images.whole_file import WholeFileCodec
from midframe.types import Alpha, AnnotationKind, Frame, FrameFormat

PACKAGE = "pillow-heif"
CHANNELS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


class HeicCodec(WholeFileCodec):
    """RGB and RGBA of 8 bits, and of 16 where the file has more; pictures come upright."""

    name = "HEIC"
    suffixes: tuple[str, ...] = (".heic", ".heif", ".hif")
    writable = False
    carries = frozenset[AnnotationKind]()
    damage: tuple[type[Exception], ...] = (*DAMAGE, RuntimeError)

    def decode(self, path: Path, data: bytes) -> Frame:
        """See `WholeFileCodec.decode`."""
        image = _library(path).open_heif(BytesIO(data), convert_hdr_to_8bit=False)
        mode, _, _ = image.mode.partition(";")
        # The library has turned the picture; what Exif data say of it does not hold any more.
        samples = np.asarray(image)
        samples = samples.reshape(*samples.shape[:2], -1)
        height, width, channels = samples.shape
        if CHANNELS.get(mode) != channels:
            raise ValueError(f"pixels of type {image.mode}")
        alpha = Alpha(channels - 1, premultiplied=False) if channels in (2, 4) else None
        annotations = annotations_from(image.info, dpi=False)
        return Frame(
            samples, FrameFormat(width, height, channels, samples.dtype, alpha), path=path, annotations=annotations
        )

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        return f"HEIC is only read. {recommended(frame_format)} can store the frames."

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`."""
        raise UnsupportedFormatError(f"The frames cannot be written as HEIC. {self.refusal(frame.format)}", path=path)


def _library(path: Path) -> Any:
    """The library, loaded when it is first needed."""
    try:
        return import_module("pillow_heif")
    except ImportError as error:
        raise UnsupportedFormatError(
            f"{path} is a HEIC image; reading it needs {PACKAGE}, which is not installed. Install it with: "
            f"{pip_install(PACKAGE)}",
            path=path,
        ) from error
