"""JPEG XL through imagecodecs."""

from __future__ import annotations

from pathlib import Path

import imagecodecs
import numpy as np

from midframe.media.images.codec_io import animation, plain_refusal, require_accepted, writing
from midframe.media.images.whole_file import WholeFileCodec
from midframe.types import Alpha, AnnotationKind, Frame, FrameFormat

EFFORT = 3
"""From 1 to 9; beyond it, files of lossless video frames get 2% smaller in three times the time."""

FLOAT_EFFORT = 4
"""The same for float samples: below it, libjxl 0.12 fails where there are negative ones."""

DTYPES = tuple(np.dtype(name) for name in ("uint8", "uint16", "float32"))
LONGEST_SIDE = 1 << 18


class JpegXlCodec(WholeFileCodec):
    """Grey, grey+alpha, RGB and RGBA of 8 and 16 bits and float; new frames are written lossless."""

    name = "JPEG XL"
    suffixes: tuple[str, ...] = (".jxl",)
    writable = True
    carries = frozenset[AnnotationKind]()
    damage: tuple[type[Exception], ...] = (imagecodecs.JpegxlError, ValueError, RuntimeError)

    def decode(self, path: Path, data: bytes) -> Frame:
        """See `WholeFileCodec.decode`."""
        samples = np.asarray(imagecodecs.jpegxl_decode(data))
        if samples.ndim == 4:
            raise animation(path, self.name)
        samples = samples.reshape(*samples.shape[:2], -1)
        if samples.dtype.name == "float16":
            # The encoder is not exact for the smallest half floats.
            samples = samples.astype(np.float32)
        height, width, channels = samples.shape
        alpha = Alpha(channels - 1, premultiplied=False) if channels in (2, 4) else None
        return Frame(samples, FrameFormat(width, height, channels, samples.dtype, alpha), path=path)

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        return plain_refusal(
            self.name,
            frame_format,
            dtypes=DTYPES,
            layouts=((1, None), (2, 1), (3, None), (4, 3)),
            layout_names="grey, grey+alpha, RGB and RGBA",
            longest_side=LONGEST_SIDE,
        )

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`."""
        require_accepted(self.name, self.refusal(frame.format))
        samples = frame.samples[..., 0] if frame.format.channels == 1 else frame.samples
        effort = FLOAT_EFFORT if samples.dtype.kind == "f" else EFFORT
        with writing(path, self.name, imagecodecs.JpegxlError, ValueError):
            path.write_bytes(imagecodecs.jpegxl_encode(np.ascontiguousarray(samples), lossless=True, effort=effort))
