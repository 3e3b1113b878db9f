"""AVIF: pixels through imagecodecs, which keeps 10 and 12 bits; what the file says besides through Pillow."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import imagecodecs
import numpy as np
from PIL.AvifImagePlugin import AvifImageFile

from midframe.media.images.annotations import annotations_from, exif_for, profile_for
from midframe.media.images.codec_io import animation, plain_refusal, require_accepted, writing
from midframe.media.images.depths import gathered, spread
from midframe.media.images.exif import UPRIGHT, exif_orientation
from midframe.media.images.pillow import DAMAGE, EIGHT_BITS, encode, to_image
from midframe.media.images.whole_file import WholeFileCodec
from midframe.types import Alpha, AnnotationKind, Frame, FrameFormat

QUALITY = 90
"""Quality of frames whose source is AVIF, which does not say its own."""

LOSSLESS = 100
SPEED = 8
"""From 0 to 10; slower ones make files of video frames up to 8% smaller in several times the time."""

CODED_COLOURS = b"colrnclx"
"""Where the boxes name colours by the codes of ITU-T H.273: primaries, transfer and matrix follow, two bytes each."""

PIXEL_INFORMATION = b"pixi\0\0\0\0"
"""Where the boxes say how many channels there are, and the bits of each."""

UNKNOWN_COLOURS = (2, 2, 2)


@dataclass(frozen=True)
class AvifMetadata:
    """How to encode a frame like the one that was read.

    Attributes:
        bits: 8, 10 or 12.
        colours: Primaries, transfer and matrix in the codes of ITU-T H.273.
    """

    bits: int
    colours: tuple[int, int, int]


class AvifCodec(WholeFileCodec):
    """Grey, RGB and RGBA of 8, 10 and 12 bits; frames of other formats are written lossless, in up to 12 bits."""

    name = "AVIF"
    suffixes: tuple[str, ...] = (".avif",)
    writable = True
    carries = frozenset[AnnotationKind]({"icc_profile", "exif", "xmp", "text"})
    damage: tuple[type[Exception], ...] = (imagecodecs.AvifError, RuntimeError, *DAMAGE)

    def decode(self, path: Path, data: bytes) -> Frame:
        """See `WholeFileCodec.decode`."""
        image = AvifImageFile(BytesIO(data))
        if image.is_animated:
            raise animation(path, self.name)
        annotations = annotations_from(image.info, dpi=False)
        samples = np.asarray(imagecodecs.avif_decode(data, 0))
        samples = samples.reshape(*samples.shape[:2], -1)
        height, width, channels = samples.shape
        bits = 8 if samples.dtype == EIGHT_BITS else _bits(data)
        frame_format = FrameFormat(
            width,
            height,
            channels,
            samples.dtype,
            Alpha(channels - 1, premultiplied=False) if channels in (2, 4) else None,
            orientation=exif_orientation(annotations.exif),
        )
        return Frame(
            spread(samples, (1 << bits) - 1, samples.dtype),
            frame_format,
            path=path,
            metadata=AvifMetadata(bits, _colours(data)),
            annotations=annotations,
        )

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        if frame_format.dtype != EIGHT_BITS and frame_format.orientation != UPRIGHT:
            return "AVIF with more than 8 bits can only be written upright; TIFF stores the orientation."
        return plain_refusal(
            self.name,
            frame_format,
            dtypes=(EIGHT_BITS, np.dtype("uint16")),
            layouts=((1, None), (2, 1), (3, None), (4, 3)),
            layout_names="grey, grey+alpha, RGB and RGBA",
            longest_side=65535,
        )

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`. Of 16 bits, the upper 12 are kept where the source is not AVIF."""
        require_accepted(self.name, self.refusal(frame.format))
        own = isinstance(frame.metadata, AvifMetadata)
        eight = frame.format.dtype == EIGHT_BITS
        metadata = frame.metadata if isinstance(frame.metadata, AvifMetadata) else AvifMetadata(12, UNKNOWN_COLOURS)
        exif, profile = exif_for(frame.annotations, frame.format), profile_for(frame.annotations, frame.format)
        said = exif is not None or profile is not None or frame.annotations.xmp is not None
        if eight and said and frame.format.channels in (3, 4):
            encode(
                to_image(frame.samples),
                path,
                self.name,
                quality=QUALITY if own else LOSSLESS,
                subsampling="4:4:4",
                speed=SPEED,
                icc_profile=profile,
                exif=exif,
                xmp=frame.annotations.xmp,
            )
            return
        bits = 8 if eight else max(10, metadata.bits)
        samples = gathered(frame.samples, (1 << bits) - 1)
        primaries, transfer, matrix = metadata.colours
        with writing(path, self.name, imagecodecs.AvifError, ValueError):
            encoded = imagecodecs.avif_encode(
                np.ascontiguousarray(samples[..., 0] if samples.shape[-1] == 1 else samples),
                level=QUALITY if own else LOSSLESS,
                speed=SPEED,
                bitspersample=bits,
                primaries=primaries if own else None,
                transfer=transfer if own else None,
                matrix=matrix if own else None,
            )
            path.write_bytes(encoded)


def _bits(data: bytes) -> int:
    """Bits of a sample, of a file with more than 8."""
    place = data.find(PIXEL_INFORMATION)
    stated = data[place + len(PIXEL_INFORMATION) + 1] if place >= 0 else 0
    return stated if stated in (10, 12) else 12


def _colours(data: bytes) -> tuple[int, int, int]:
    place = data.find(CODED_COLOURS)
    if place < 0:
        return UNKNOWN_COLOURS
    codes = data[place + len(CODED_COLOURS) : place + len(CODED_COLOURS) + 6]
    primaries, transfer, matrix = (int.from_bytes(codes[start : start + 2], "big") for start in (0, 2, 4))
    return primaries, transfer, matrix
