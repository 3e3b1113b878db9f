"""One TIFF page to a frame and back; shared by single images and stacks."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

import numpy as np
from tifffile import COMPRESSION, DATATYPE, EXTRASAMPLE, PHOTOMETRIC, PREDICTOR, TiffPage, TiffWriter

from midframe.media.images.annotations import profile_for
from midframe.media.images.exif import TEXT_TAGS, UPRIGHT
from midframe.media.images.tiff.samples import (
    COLOUR_SAMPLES,
    CONTIGUOUS,
    ORIENTATION_TAG,
    SEPARATE,
    StoredSamples,
    extra_samples,
    stored_samples,
)
from midframe.types import AnnotationKind, Annotations, FrameFormat, Resolution, Samples

# What matters of tifffile's log comes back as an error of ours; the rest would land on the user's terminal.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

KEPT_COMPRESSIONS = frozenset(
    int(compression)
    for compression in (
        COMPRESSION.NONE,
        COMPRESSION.LZW,
        COMPRESSION.ADOBE_DEFLATE,
        COMPRESSION.DEFLATE,
        COMPRESSION.PACKBITS,
        COMPRESSION.ZSTD,
        COMPRESSION.LZMA,
        COMPRESSION.JPEG,
    )
)
DEFLATE, JPEG = int(COMPRESSION.ADOBE_DEFLATE), int(COMPRESSION.JPEG)
PREDICTED_COMPRESSIONS = KEPT_COMPRESSIONS - {int(COMPRESSION.NONE), int(COMPRESSION.PACKBITS), JPEG}
JPEG_QUALITY = 95

RESOLUTION_TAGS = (282, 283)
RESOLUTION_UNIT_TAG = 296
RESOLUTION_UNITS: dict[int, Literal["none", "inch", "cm"]] = {1: "none", 2: "inch", 3: "cm"}
LARGEST = (1 << 32) - 1
SUBSAMPLING_TAG = 530
DESCRIPTION_TAG, XMP_TAG = 270, 700
OWN_TAGS = {
    33550: "GeoTIFF tags",
    33922: "GeoTIFF tags",
    34264: "GeoTIFF tags",
    34735: "GeoTIFF tags",
    34736: "GeoTIFF tags",
    34737: "GeoTIFF tags",
    42112: "GDAL metadata",
    42113: "GDAL's no-data value",
    50844: "GeoTIFF tags",
    33723: "IPTC data",
}
"""Where on Earth the picture lies and what GDAL says of it, tag by tag: interpolated frames have them too."""

EXIF_TAG = 34665
"""Where TIFF points to Exif data, which the writer cannot write."""

CARRIES = frozenset[AnnotationKind]({"icc_profile", "resolution", "xmp", "text"})
TagEntry = tuple[int, int, int, Any, bool]


@dataclass(frozen=True, eq=False)
class EncodedPage:
    """A page as it lies in the file.

    Attributes:
        page: Its layout; its file may be closed.
        segments: Its strips or tiles, compressed.
    """

    page: TiffPage
    segments: tuple[bytes, ...]

    @staticmethod
    def read(page: TiffPage) -> EncodedPage:
        """Read the segments; the page's file is open."""
        handle = page.parent.filehandle
        segments = []
        for offset, length in zip(page.dataoffsets, page.databytecounts, strict=True):
            handle.seek(offset)
            segments.append(handle.read(length))
        return EncodedPage(page, tuple(segments))


@dataclass(frozen=True, eq=False)
class OriginalPages:
    """Pages as they lie in the file, for frames that are written as they were read.

    Attributes:
        samples: What was decoded; a frame that still has these very samples is an original.
        pages: The pages.
    """

    samples: Samples
    pages: tuple[EncodedPage, ...]


@dataclass(frozen=True)
class TiffMetadata:
    """How to write a page like the one that was read; numbers are those of the TIFF tags.

    Attributes:
        photometric: Interpretation of the colours.
        extra_samples: Meaning of each sample after the colours.
        planar: `CONTIGUOUS` or `SEPARATE`.
        compression: One of `KEPT_COMPRESSIONS`.
        predictor: 1 none, 2 horizontal, 3 float.
        subsampling: Chroma subsampling of colour JPEG, across and down.
        tile: Height and width of tiles, or None.
        rows_per_strip: Rows, or None for one strip or tiles.
        byte_order: "<" or ">".
        tags: Further tags, ready for the writer.
        description: What programs read from the description of a file with one image; None where that is for people.
        stored: How samples are stored; None for as they are.
        originals: Where decoding and writing again would change a source frame, its pages.
    """

    photometric: int
    extra_samples: tuple[int, ...]
    planar: int = CONTIGUOUS
    compression: int = DEFLATE
    predictor: int = 1
    subsampling: tuple[int, int] = (1, 1)
    tile: tuple[int, int] | None = None
    rows_per_strip: int | None = None
    byte_order: Literal["<", ">"] = "<"
    tags: tuple[TagEntry, ...] = ()
    description: str | None = None
    stored: StoredSamples | None = None
    originals: OriginalPages | None = field(default=None, compare=False, repr=False)


def page_metadata(page: TiffPage) -> TiffMetadata:
    """Everything about the form of a page that `write_tiff_page` needs."""
    compression = int(page.compression) if int(page.compression) in KEPT_COMPRESSIONS else DEFLATE
    stored = stored_samples(page)
    if stored.expanded:
        compression = DEFLATE
    elif stored.bits is not None:
        compression = int(COMPRESSION.NONE)
    tile = (page.tilelength, page.tilewidth) if page.is_tiled else None
    rows = page.rowsperstrip if tile is None and page.rowsperstrip < page.imagelength else None
    tags = tuple((tag.code, int(tag.dtype), tag.count, tag.value, True) for tag in map(page.tags.get, OWN_TAGS) if tag)
    photometric = int(page.photometric)
    predictor = int(page.predictor) if compression in PREDICTED_COMPRESSIONS else int(PREDICTOR.NONE)
    return TiffMetadata(
        # Colour JPEG is stored as YCbCr and decoded to RGB; the writer converts back.
        photometric=int(PHOTOMETRIC.RGB) if photometric == PHOTOMETRIC.YCBCR or stored.palette else photometric,
        extra_samples=extra_samples(page),
        planar=int(page.planarconfig),
        compression=compression,
        predictor=int(PREDICTOR.NONE) if stored.expanded else predictor,
        subsampling=_subsampling(page),
        tile=tile if tile and all(side % 16 == 0 for side in tile) else None,
        rows_per_strip=rows,
        byte_order=page.parent.byteorder,
        tags=tags,
        stored=None if stored == StoredSamples(str(stored.sample_dtype)) else stored,
    )


def page_annotations(page: TiffPage) -> Annotations:
    """What a page says about its picture."""
    xmp = page.tags.get(XMP_TAG)
    own = [OWN_TAGS[code] for code in OWN_TAGS if page.tags.get(code) is not None]
    if page.tags.get(EXIF_TAG) is not None:
        own.append("Exif data inside TIFF")
    return Annotations(
        icc_profile=page.iccprofile,
        resolution=_resolution(page),
        xmp=bytes(xmp.value) if xmp is not None and isinstance(xmp.value, bytes) else None,
        text=tuple(_texts(page)),
        own=tuple(dict.fromkeys(own)),
    )


def is_for_programs(page: TiffPage) -> bool:
    """Whether the description of a page is written and read by programs: it says how pages belong together."""
    return bool(page.is_imagej or page.is_ome or page.is_shaped)


def changes_when_written(page: TiffPage) -> bool:
    """Whether decoding a page and writing it again would give other samples, or a page of another kind."""
    exact = int(page.compression) in KEPT_COMPRESSIONS - {JPEG}
    lossless_jpeg = page.dtype is not None and page.dtype.itemsize > 1
    stored = stored_samples(page)
    if stored.expanded or page.fillorder != 1:
        return False
    return not (exact or (int(page.compression) == JPEG and lossless_jpeg)) or stored.dtype != str(stored.sample_dtype)


def default_metadata(frame_format: FrameFormat) -> TiffMetadata:
    """For frames that were not read from TIFF: deflate with a predictor, colours as the channel count implies."""
    channels, alpha = frame_format.channels, frame_format.alpha
    colours = 3 if (channels == 3 if alpha is None else alpha.channel >= 3) else 1
    meanings = [int(EXTRASAMPLE.UNSPECIFIED)] * (channels - colours)
    if alpha is not None:
        meaning = EXTRASAMPLE.ASSOCALPHA if alpha.premultiplied else EXTRASAMPLE.UNASSALPHA
        meanings[alpha.channel - colours] = int(meaning)
    return TiffMetadata(
        photometric=int(PHOTOMETRIC.RGB if colours == 3 else PHOTOMETRIC.MINISBLACK),
        extra_samples=tuple(meanings),
        predictor=int(PREDICTOR.FLOATINGPOINT if frame_format.dtype.kind == "f" else PREDICTOR.HORIZONTAL),
    )


def metadata_for(metadata: object, frame_format: FrameFormat) -> TiffMetadata:
    """The metadata if it comes from a TIFF page of as many samples of this type, else the default."""
    if isinstance(metadata, TiffMetadata):
        samples = COLOUR_SAMPLES[metadata.photometric] + len(metadata.extra_samples)
        stored = metadata.stored
        if samples == frame_format.channels and (stored is None or stored.sample_dtype == frame_format.dtype):
            return metadata
    return default_metadata(frame_format)


def single_plane(metadata: TiffMetadata) -> TiffMetadata:
    """The same for a grey page, where the channels are pages of their own."""
    return replace(black_is_zero(metadata), extra_samples=(), planar=CONTIGUOUS)


def black_is_zero(metadata: TiffMetadata) -> TiffMetadata:
    """The same for pages of grey in which 0 is black."""
    stored = metadata.stored and replace(metadata.stored, inverted=False)
    return replace(metadata, photometric=int(PHOTOMETRIC.MINISBLACK), stored=stored)


def write_tiff_page(
    writer: TiffWriter,
    samples: Samples,
    metadata: TiffMetadata,
    annotations: Annotations,
    frame_format: FrameFormat,
    *,
    description: str | None = None,
    tags: tuple[TagEntry, ...] = (),
) -> None:
    """Append one page of (height, width, channels) samples. Raises `OSError` and what `DAMAGE` lists.

    Args:
        writer: Appends to the file.
        samples: What is written.
        metadata: In what form.
        annotations: What the page says besides.
        frame_format: Says how the picture is turned.
        description: For programs; None for what the annotations say to people.
        tags: Further tags, ready for the writer.
    """
    channels = samples.shape[-1]
    separate = metadata.planar == SEPARATE and channels > 1
    stored = metadata.stored
    pixels = samples if stored is None else stored.encoded(samples)
    pixels = pixels[..., 0] if channels == 1 else pixels
    if separate:
        pixels = np.moveaxis(pixels, -1, 0)
    packed = stored is not None and stored.bits is not None and not stored.expanded
    writer.write(
        np.ascontiguousarray(pixels),
        photometric=metadata.photometric,
        planarconfig=None if channels == 1 else (SEPARATE if separate else CONTIGUOUS),
        extrasamples=metadata.extra_samples or None,
        bitspersample=stored.bits if packed and stored is not None else None,
        compression=None if metadata.compression == COMPRESSION.NONE else metadata.compression,
        compressionargs={"level": JPEG_QUALITY} if metadata.compression == JPEG else None,
        subsampling=metadata.subsampling if metadata.compression == JPEG and channels == 3 else None,
        predictor=metadata.predictor if metadata.predictor != PREDICTOR.NONE else None,
        tile=metadata.tile,
        rowsperstrip=metadata.rows_per_strip,
        **_saying(annotations, frame_format, description, (*metadata.tags, *tags)),
    )


def copy_tiff_page(
    writer: TiffWriter,
    original: EncodedPage,
    metadata: TiffMetadata,
    annotations: Annotations,
    frame_format: FrameFormat,
    *,
    description: str | None = None,
    tags: tuple[TagEntry, ...] = (),
) -> None:
    """Append a page with its pixels as they lie in the file that it comes from; else as `write_tiff_page`."""
    page = original.page
    ycbcr = page.photometric == PHOTOMETRIC.YCBCR
    writer.write(
        iter(original.segments),
        shape=page.shape,
        dtype=page.dtype,
        photometric=page.photometric,
        planarconfig=page.planarconfig if page.samplesperpixel > 1 else None,
        extrasamples=extra_samples(page) or None,
        compression=page.compression,
        predictor=page.predictor if page.predictor != PREDICTOR.NONE else None,
        tile=(page.tilelength, page.tilewidth) if page.is_tiled else None,
        rowsperstrip=None if page.is_tiled else page.rowsperstrip,
        subsampling=page.subsampling if ycbcr else None,
        jpegtables=page.jpegtables,
        **_saying(annotations, frame_format, description, (*metadata.tags, *tags)),
    )


def _saying(
    annotations: Annotations, frame_format: FrameFormat, description: str | None, tags: tuple[TagEntry, ...]
) -> dict[str, Any]:
    """What a page says besides its pixels, as arguments of the writer."""
    codes = {name: code for code, name in TEXT_TAGS.items()}
    texts = {codes[name]: words for name, words in annotations.text if name in codes}
    spoken = texts.pop(DESCRIPTION_TAG, None) if description is None else description
    texts.pop(DESCRIPTION_TAG, None)
    extra: list[TagEntry] = [(code, int(DATATYPE.ASCII), 0, words.encode(), True) for code, words in texts.items()]
    if annotations.xmp is not None:
        extra.append((XMP_TAG, int(DATATYPE.BYTE), len(annotations.xmp), annotations.xmp, True))
    if frame_format.orientation != UPRIGHT:
        extra.append((ORIENTATION_TAG, int(DATATYPE.SHORT), 1, frame_format.orientation, True))
    resolution = annotations.resolution
    units = {unit: code for code, unit in RESOLUTION_UNITS.items()}
    return {
        "resolution": (_rational(resolution.across), _rational(resolution.down)) if resolution else None,
        "resolutionunit": units[resolution.unit] if resolution else None,
        "iccprofile": profile_for(annotations, frame_format),
        "description": spoken.encode() if spoken else None,
        "extratags": [*tags, *extra],
        "software": False,
        "metadata": None,
    }


def _texts(page: TiffPage) -> Iterator[tuple[str, str]]:
    for code, name in TEXT_TAGS.items():
        tag = page.tags.get(code)
        if tag is None or not isinstance(tag.value, str | bytes) or (code == DESCRIPTION_TAG and is_for_programs(page)):
            continue
        words = tag.value.decode("utf-8", "replace") if isinstance(tag.value, bytes) else tag.value
        if words.strip("\0 "):
            yield name, words.strip("\0")


def _subsampling(page: TiffPage) -> tuple[int, int]:
    if page.photometric != PHOTOMETRIC.YCBCR:
        return (1, 1)
    tag = page.tags.get(SUBSAMPLING_TAG)
    across, down = tag.value if tag else (2, 2)
    return int(across), int(down)


def _resolution(page: TiffPage) -> Resolution | None:
    across, down = (page.tags.get(code) for code in RESOLUTION_TAGS)
    if across is None or down is None:
        return None
    values = (tuple(map(int, across.value)), tuple(map(int, down.value)))
    if any(len(value) != 2 or value[1] == 0 or value[0] <= 0 for value in values):
        return None
    unit = page.tags.get(RESOLUTION_UNIT_TAG)
    word = RESOLUTION_UNITS.get(int(unit.value), "none") if unit else "inch"
    return Resolution(Fraction(*values[0]), Fraction(*values[1]), word)


def _rational(value: Fraction) -> tuple[int, int]:
    """As two numbers that fit into the tag."""
    near = value if max(value.numerator, value.denominator) <= LARGEST else value.limit_denominator(10_000)
    return min(near.numerator, LARGEST), near.denominator
