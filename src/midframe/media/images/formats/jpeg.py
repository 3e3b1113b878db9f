"""JPEG through Pillow; new frames take the tables, the chroma subsampling and the profile of their source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from midframe.errors import UnsupportedFormatError
from midframe.media.images.annotations import annotations_from, dpi_for, exif_for, profile_for
from midframe.media.images.codec_io import check_content, plain_refusal, reading_image, require_accepted, truncated
from midframe.media.images.exif import NAME, bare_exif, exif_orientation, exif_with_orientation
from midframe.media.images.formats import jpeg_markers
from midframe.media.images.pillow import DAMAGE, EIGHT_BITS, decode, encode, image_format, to_image
from midframe.types import AnnotationKind, Frame, FrameFormat

JPEG_QUALITY = 95
"""Quality of frames whose source was not JPEG; those are written without chroma subsampling."""

LONGEST_EXIF = 65527
"""Bytes of Exif data that fit into a segment, with the name before them."""

UNITS = (1, 2)
"""Codes of JFIF's units of length, inch and centimetre; others give no more than the shape of a pixel."""

ADOBE_RGB = 0
"""Value of the Adobe segment's transform field for components that are RGB, not YCbCr."""


@dataclass(frozen=True)
class JpegMetadata:
    """How to encode a frame like the one that was read.

    Attributes:
        tables: Quantisation tables by component, each 64 numbers in natural order.
        subsampling: Pillow's number: 0 none, 1 4:2:2, 2 4:2:0.
        stored_rgb: Components are RGB without conversion to YCbCr.
        progressive: Several scans.
    """

    tables: tuple[tuple[int, ...], ...]
    subsampling: int
    stored_rgb: bool
    progressive: bool


class JpegCodec:
    """8-bit grey and colour JPEG."""

    name = "JPEG"
    writable = True
    carries = frozenset[AnnotationKind]({"icc_profile", "resolution", "exif", "xmp", "text"})
    suffixes: tuple[str, ...] = (".jpg", ".jpeg", ".jpe", ".jfif")

    def probe(self, path: Path) -> FrameFormat:
        """See `ImageCodec.probe`."""
        size = check_content(path, self.name)
        with reading_image(path, self.name, *DAMAGE), path.open("rb") as stream:
            self._check(path, stream, size)
            stream.seek(0)
            return _format(JpegImageFile(stream))

    def read(self, path: Path) -> Frame:
        """See `ImageCodec.read`."""
        check_content(path, self.name)
        with reading_image(path, self.name, *DAMAGE):
            data = path.read_bytes()
            self._check(path, BytesIO(data), len(data))
            image = JpegImageFile(BytesIO(data))
            metadata = _metadata(image)
            annotations = annotations_from(image.info, dpi=image.info.get("jfif_unit") in UNITS)
            frame_format = _format(image)
            samples = decode(image, image.mode)
            return Frame(samples, frame_format, path=path, metadata=metadata, annotations=annotations)

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """See `ImageCodec.refusal`."""
        return plain_refusal(
            self.name,
            frame_format,
            dtypes=(EIGHT_BITS,),
            layouts=((1, None), (3, None)),
            layout_names="grey and RGB without alpha",
            longest_side=65500,
        )

    def write(self, path: Path, frame: Frame) -> None:
        """See `ImageCodec.write`."""
        require_accepted(self.name, self.refusal(frame.format))
        image = to_image(frame.samples)
        metadata = frame.metadata
        compression: dict[str, object] = {"quality": JPEG_QUALITY, "subsampling": 0}
        # Tables of a grey file do not serve a colour frame, nor the other way round.
        if isinstance(metadata, JpegMetadata) and len(metadata.tables) == frame.format.channels:
            compression = {
                "qtables": _shortest(metadata.tables),
                "subsampling": metadata.subsampling,
                "keep_rgb": metadata.stored_rgb or None,
                "progressive": metadata.progressive or None,
            }
        exif = exif_for(frame.annotations, frame.format)
        if exif is not None and len(exif) > LONGEST_EXIF:
            # What does not fit into a segment is left out, but for how the picture is turned.
            exif = exif_with_orientation(None, frame.format.orientation)
        encode(
            image,
            path,
            self.name,
            **compression,
            dpi=dpi_for(frame.annotations),
            icc_profile=profile_for(frame.annotations, frame.format),
            exif=None if exif is None else NAME + exif,
            xmp=frame.annotations.xmp,
        )

    def _check(self, path: Path, stream: BinaryIO, size: int) -> None:
        header = jpeg_markers.read_jpeg_header(stream)
        if header.precision != 8:
            raise UnsupportedFormatError(
                f"{path} is a {header.precision}-bit JPEG; only 8-bit ones can be read. Convert it to PNG or TIFF.",
                path=path,
            )
        if header.components not in (1, 3):
            raise UnsupportedFormatError(
                f"{path} is a JPEG with {header.components} components (CMYK or YCCK). Convert it to RGB first.",
                path=path,
            )
        if not jpeg_markers.jpeg_is_complete(stream, size, header.scan_offset):
            raise truncated(path, self.name)


def _format(image: JpegImageFile) -> FrameFormat:
    return replace(image_format(image, image.mode), orientation=exif_orientation(bare_exif(image.info.get("exif"))))


def _metadata(image: JpegImageFile) -> JpegMetadata:
    tables = tuple(tuple(image.quantization[table]) for _, _, _, table in image.layer)
    identifiers = bytes(identifier for identifier, *_ in image.layer)
    sampling = get_sampling(image)
    return JpegMetadata(
        tables=tables,
        # Rare samplings such as 4:1:1 cannot be written by Pillow; none at all loses nothing.
        subsampling=max(sampling, 0),
        stored_rgb=identifiers == b"RGB" or image.info.get("adobe_transform") == ADOBE_RGB,
        progressive=bool(image.info.get("progressive")),
    )


def _shortest(tables: tuple[tuple[int, ...], ...]) -> list[list[int]]:
    """Tables by component without repeats at the end: the encoder uses the last one for the rest."""
    kept = list(tables)
    while len(kept) > 1 and kept[-1] == kept[-2]:
        kept.pop()
    return [list(table) for table in kept]
