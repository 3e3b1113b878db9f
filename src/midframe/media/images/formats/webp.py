"""WebP through Pillow; lossless stays lossless."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL.WebPImagePlugin import WebPImageFile

from midframe.media.images.annotations import annotations_from, exif_for, profile_for
from midframe.media.images.codec_io import (
    animation,
    check_content,
    plain_refusal,
    reading_image,
    require_accepted,
    truncated,
)
from midframe.media.images.exif import bare_exif, exif_orientation
from midframe.media.images.pillow import CHANNELS, DAMAGE, EIGHT_BITS, MODES, decode, encode, to_image
from midframe.types import Alpha, AnnotationKind, Frame, FrameFormat

WEBP_QUALITY = 90
"""Quality of lossy frames: that of the source is not stored in the file."""

LOSSLESS_EFFORT = 70
LONGEST_SIDE = 16383
ANIMATION_FLAG = 0x02
EXIF_FLAG = 0x08
ALPHA_FLAG = 0x10


@dataclass(frozen=True)
class WebpMetadata:
    """How to encode a frame like the one that was read."""

    lossless: bool


@dataclass(frozen=True)
class _Header:
    width: int
    height: int
    alpha: bool
    lossless: bool
    animated: bool
    exif: bool


class WebpCodec:
    """8-bit RGB and RGBA; WebP has no grey."""

    name = "WebP"
    writable = True
    carries = frozenset[AnnotationKind]({"icc_profile", "exif", "xmp", "text"})
    suffixes: tuple[str, ...] = (".webp",)

    def probe(self, path: Path) -> FrameFormat:
        """See `ImageCodec.probe`."""
        size = check_content(path, self.name)
        with reading_image(path, self.name, *DAMAGE), path.open("rb") as stream:
            header = self._header(path, stream, size)
            return _format(header, _exif_chunk(stream, size) if header.exif else None)

    def read(self, path: Path) -> Frame:
        """See `ImageCodec.read`."""
        check_content(path, self.name)
        with reading_image(path, self.name, *DAMAGE):
            data = path.read_bytes()
            header = self._header(path, BytesIO(data), len(data))
            image = WebPImageFile(BytesIO(data))
            annotations = annotations_from(image.info)
            frame_format = _format(header, annotations.exif)
            samples = decode(image, MODES[frame_format.channels])
            metadata = WebpMetadata(header.lossless)
            return Frame(samples, frame_format, path=path, metadata=metadata, annotations=annotations)

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        return plain_refusal(
            self.name,
            frame_format,
            dtypes=(EIGHT_BITS,),
            layouts=((3, None), (4, 3)),
            layout_names="RGB and RGBA",
            longest_side=LONGEST_SIDE,
        )

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`. Frames from other formats are written lossless."""
        require_accepted(self.name, self.refusal(frame.format))
        metadata = frame.metadata if isinstance(frame.metadata, WebpMetadata) else WebpMetadata(True)
        encode(
            to_image(frame.samples),
            path,
            self.name,
            lossless=metadata.lossless,
            quality=LOSSLESS_EFFORT if metadata.lossless else WEBP_QUALITY,
            # Colours of fully transparent pixels are samples too.
            exact=metadata.lossless,
            icc_profile=profile_for(frame.annotations, frame.format),
            exif=exif_for(frame.annotations, frame.format),
            xmp=frame.annotations.xmp,
        )

    def _header(self, path: Path, stream: BinaryIO, size: int) -> _Header:
        stream.seek(4)
        if int.from_bytes(stream.read(4), "little") + 8 > size:
            raise truncated(path, self.name)
        header = _read_header(stream, size)
        if header.animated:
            raise animation(path, self.name)
        return header


def _format(header: _Header, exif: bytes | None) -> FrameFormat:
    alpha = Alpha(3, premultiplied=False) if header.alpha else None
    channels = CHANNELS["RGBA" if header.alpha else "RGB"]
    return FrameFormat(
        header.width, header.height, channels, EIGHT_BITS, alpha, orientation=exif_orientation(bare_exif(exif))
    )


def _exif_chunk(stream: BinaryIO, size: int) -> bytes | None:
    offset = 12
    while offset + 8 <= size:
        stream.seek(offset)
        kind, length = stream.read(4), int.from_bytes(stream.read(4), "little")
        if kind == b"EXIF":
            return stream.read(length)
        offset += 8 + length + length % 2
    return None


def _read_header(stream: BinaryIO, size: int) -> _Header:
    """Find the canvas and the kind of image data; a ValueError where there is no image."""
    canvas: tuple[int, int] | None = None
    flags = 0
    offset = 12
    while offset + 8 <= size:
        stream.seek(offset)
        kind, length = stream.read(4), int.from_bytes(stream.read(4), "little")
        head = stream.read(10)
        if kind == b"VP8X":
            flags = head[0]
            canvas = (int.from_bytes(head[4:7], "little") + 1, int.from_bytes(head[7:10], "little") + 1)
        elif kind == b"ANMF":
            flags |= ANIMATION_FLAG
        animated = bool(flags & ANIMATION_FLAG)
        if kind == b"VP8L":
            bits = int.from_bytes(head[1:5], "little")
            own = ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
            alpha = bool(flags & ALPHA_FLAG) if canvas else bool(bits >> 28 & 1)
            return _Header(*(canvas or own), alpha, lossless=True, animated=animated, exif=bool(flags & EXIF_FLAG))
        if kind == b"VP8 " or flags & ANIMATION_FLAG:
            own = (int.from_bytes(head[6:8], "little") & 0x3FFF, int.from_bytes(head[8:10], "little") & 0x3FFF)
            return _Header(
                *(canvas or own),
                bool(flags & ALPHA_FLAG),
                lossless=False,
                animated=animated,
                exif=bool(flags & EXIF_FLAG),
            )
        offset += 8 + length + length % 2
    raise ValueError("no image data")
