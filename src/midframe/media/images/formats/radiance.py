"""Radiance HDR through imagecodecs: scene-linear RGB with a common exponent of 8 bits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import imagecodecs
import numpy as np

from midframe.errors import UnsupportedFormatError
from midframe.media.images.codec_io import damaged, require_accepted, writing
from midframe.media.images.whole_file import WholeFileCodec
from midframe.types import AnnotationKind, Frame, FrameFormat

FLOAT = np.dtype("float32")
LONGEST_HEADER = 1 << 16
LONGEST_SIDE = 32767
"""Beyond it, rows cannot be compressed."""

_SIZES = re.compile(rb"([-+][XY]) ([0-9]+) ([-+][XY]) ([0-9]+)\n")


@dataclass(frozen=True)
class RadianceMetadata:
    """Lines of the header, such as the exposure that values are multiplied by; not those that say how it is coded."""

    lines: tuple[bytes, ...]


class RadianceCodec(WholeFileCodec):
    """Scene-linear float32 RGB; what is written is rounded to 8 bits of the largest channel, as the format has it."""

    name = "Radiance HDR"
    suffixes: tuple[str, ...] = (".hdr",)
    writable = True
    carries = frozenset[AnnotationKind]()
    damage: tuple[type[Exception], ...] = (imagecodecs.RgbeError, ValueError)

    def decode(self, path: Path, data: bytes) -> Frame:
        """See `WholeFileCodec.decode`."""
        head, separator, rest = data[:LONGEST_HEADER].partition(b"\n\n")
        sizes = _SIZES.match(rest)
        if not separator or sizes is None:
            raise damaged(path, self.name)
        lines = head.split(b"\n")[1:]
        if b"FORMAT=32-bit_rle_xyze" in lines or (sizes.group(1), sizes.group(3)) != (b"-Y", b"+X"):
            raise UnsupportedFormatError(
                f"{path} contains XYZ colours or rows in another order. Convert it to OpenEXR.", path=path
            )
        height, width = int(sizes.group(2)), int(sizes.group(4))
        samples = imagecodecs.rgbe_decode(data)
        if samples.shape != (height, width, 3):
            raise damaged(path, self.name)
        kept = tuple(line for line in lines if line and not line.startswith(b"FORMAT="))
        frame_format = FrameFormat(width, height, 3, FLOAT, transfer="linear")
        return Frame(samples, frame_format, path=path, metadata=RadianceMetadata(kept))

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        if (frame_format.transfer, frame_format.channels, frame_format.alpha) != ("linear", 3, None):
            others = "OpenEXR" if frame_format.transfer == "linear" else "TIFF"
            return f"Radiance HDR stores scene-linear RGB, not {frame_format}; {others} can store it."
        if frame_format.dtype != FLOAT:
            return f"Radiance HDR is read as float32, not {frame_format.dtype}; OpenEXR can store it."
        if max(frame_format.width, frame_format.height) > LONGEST_SIDE:
            return f"Radiance HDR stores at most {LONGEST_SIDE} pixels per side; OpenEXR can store more."
        return None

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`."""
        require_accepted(self.name, self.refusal(frame.format))
        lines = frame.metadata.lines if isinstance(frame.metadata, RadianceMetadata) else ()
        # There is no light below none.
        light = np.nan_to_num(np.maximum(frame.samples, 0), nan=0.0)
        with writing(path, self.name, imagecodecs.RgbeError, ValueError):
            first, _, rest = bytes(imagecodecs.rgbe_encode(np.ascontiguousarray(light))).partition(b"\n")
            path.write_bytes(b"".join((first, b"\n", *(line + b"\n" for line in lines), rest)))
