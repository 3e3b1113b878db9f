"""PNG: pixels through imagecodecs, colour and resolution chunks carried over byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import imagecodecs
import numpy as np

from midframe.errors import UnreadableFileError
from midframe.media.images.codec_io import (
    animation,
    check_content,
    damaged,
    plain_refusal,
    reading_image,
    require_accepted,
    truncated,
    writing,
)
from midframe.media.images.formats import png_annotations, png_chunks
from midframe.types import Alpha, AnnotationKind, Frame, FrameFormat

CARRIED = frozenset({b"iCCP", b"cICP", b"mDCV", b"cLLI", b"gAMA", b"cHRM", b"sRGB", b"pHYs", b"eXIf"})
"""Chunks that say how samples are to be shown."""

CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
LEVEL = 2
"""zlib's level, 0 … 9. Video frames are 6% larger than with level 5, in a quarter of its time: on a CPU that time is
the network's."""

FILTER = imagecodecs.PNG.FILTER.PAETH
"""What the adaptive choice of libpng nearly always ends at on pictures, without the time for choosing."""


@dataclass(frozen=True)
class PngMetadata:
    """Whole chunks for a frame like the one that was read."""

    chunks: tuple[bytes, ...]


class PngCodec:
    """Grey, grey+alpha, RGB and RGBA of 8 and 16 bits; smaller depths and palettes are expanded to 8 bits."""

    name = "PNG"
    writable = True
    carries = frozenset[AnnotationKind]({"icc_profile", "resolution", "exif", "xmp", "text"})
    suffixes: tuple[str, ...] = (".png",)

    def probe(self, path: Path) -> FrameFormat:
        """See `ImageCodec.probe`."""
        size = check_content(path, self.name)
        with reading_image(path, self.name, ValueError), path.open("rb") as stream:
            return self._format(path, stream, size)

    def read(self, path: Path) -> Frame:
        """See `ImageCodec.read`."""
        check_content(path, self.name)
        with reading_image(path, self.name, imagecodecs.PngError, ValueError):
            data = path.read_bytes()
            stream = BytesIO(data)
            frame_format = self._format(path, stream, len(data))
            samples = imagecodecs.png_decode(png_chunks.pixels_alone(data, stream))
        shape = (frame_format.height, frame_format.width, frame_format.channels)
        if samples.size != frame_format.width * frame_format.height * frame_format.channels:
            raise damaged(path, self.name)
        chunks = png_chunks.select_chunks(data, stream, CARRIED)
        annotations = png_annotations.annotations_of(png_chunks.select_chunks(data, stream, png_annotations.READ))
        return Frame(
            samples.reshape(shape), frame_format, path=path, metadata=PngMetadata(chunks), annotations=annotations
        )

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        return plain_refusal(
            self.name,
            frame_format,
            dtypes=(np.dtype("uint8"), np.dtype("uint16")),
            layouts=((1, None), (2, 1), (3, None), (4, 3)),
            layout_names="grey, grey+alpha, RGB and RGBA",
            longest_side=1_000_000,
        )

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`."""
        require_accepted(self.name, self.refusal(frame.format))
        extra = png_annotations.chunks_for(frame.annotations, frame.format)
        if isinstance(frame.metadata, PngMetadata):
            # The file's own chunks, byte for byte; words, and how the picture is turned, may be others.
            own = tuple(chunk for chunk in frame.metadata.chunks if chunk[4:8] != b"eXIf")
            extra = (*own, *(chunk for chunk in extra if chunk[4:8] in (b"eXIf", b"iTXt")))
        with writing(path, self.name, imagecodecs.PngError):
            # An axis of length 1 may have any stride, which the encoder does not take.
            samples = frame.samples[..., 0] if frame.format.channels == 1 else frame.samples
            encoded = imagecodecs.png_encode(np.ascontiguousarray(samples), level=LEVEL, filter=FILTER)
            path.write_bytes(png_chunks.insert_after_header(bytes(encoded), extra))

    def _format(self, path: Path, stream: BinaryIO, size: int) -> FrameFormat:
        if not png_chunks.png_is_complete(stream, size):
            raise truncated(path, self.name)
        header = png_chunks.read_png_header(stream)
        if header.animated:
            raise animation(path, self.name)
        if header.colour_type not in CHANNELS or header.bit_depth not in (1, 2, 4, 8, 16):
            raise UnreadableFileError(f"{path} has an invalid PNG header. Restore it or leave it out.", path=path)
        channels = CHANNELS[header.colour_type] + header.has_transparency
        dtype = np.dtype("uint16" if header.bit_depth == 16 else "uint8")
        alpha = Alpha(channels - 1, premultiplied=False) if channels in (2, 4) else None
        orientation = png_annotations.orientation_of(stream)
        return FrameFormat(header.width, header.height, channels, dtype, alpha, orientation=orientation)
