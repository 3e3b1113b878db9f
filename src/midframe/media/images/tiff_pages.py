"""One TIFF page to samples and back; shared by single images and stacks."""

from __future__ import annotations

import logging
import math
import struct
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from tifffile import COMPRESSION, EXTRASAMPLE, PHOTOMETRIC, PLANARCONFIG, PREDICTOR, TiffPage, TiffWriter

from midframe.errors import UnsupportedFormatError
from midframe.media.images.codec_io import damaged, truncated
from midframe.types import SAMPLE_DTYPES, Alpha, FrameFormat, Samples

# What matters of tifffile's log comes back as an error of ours; the rest would land on the user's terminal.
logging.getLogger("tifffile").addHandler(logging.NullHandler())

DAMAGE: tuple[type[Exception], ...] = (
    ValueError,
    TypeError,
    LookupError,
    RuntimeError,
    ArithmeticError,
    AttributeError,
    struct.error,
)
"""What tifffile and imagecodecs raise for broken files, besides `OSError`."""

CONTIGUOUS, SEPARATE = int(PLANARCONFIG.CONTIG), int(PLANARCONFIG.SEPARATE)
COLOUR_SAMPLES = {
    int(PHOTOMETRIC.MINISWHITE): 1,
    int(PHOTOMETRIC.MINISBLACK): 1,
    int(PHOTOMETRIC.RGB): 3,
    int(PHOTOMETRIC.SEPARATED): 4,
}
"""Samples that are colours, by photometric interpretation; those after them are extra samples."""

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
SUBSAMPLING_TAG = 530
CARRIED_TAGS = (274, 33550, 33922, 34264, 34735, 34736, 34737, 42113)
"""Orientation (samples are interpolated as stored), where on Earth the picture lies, and GDAL's no-data value."""

TagEntry = tuple[int, int, int, Any, bool]


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
        resolution: Across and down, as fractions, or None.
        resolution_unit: 1 none, 2 inch, 3 centimetre.
        icc_profile: ICC profile, as in the file.
        byte_order: "<" or ">".
        tags: Further tags, ready for the writer.
    """

    photometric: int
    extra_samples: tuple[int, ...]
    planar: int = CONTIGUOUS
    compression: int = DEFLATE
    predictor: int = 1
    subsampling: tuple[int, int] = (1, 1)
    tile: tuple[int, int] | None = None
    rows_per_strip: int | None = None
    resolution: tuple[tuple[int, int], tuple[int, int]] | None = None
    resolution_unit: int | None = None
    icc_profile: bytes | None = None
    byte_order: Literal["<", ">"] = "<"
    tags: tuple[TagEntry, ...] = ()


def page_format(page: TiffPage, path: Path) -> FrameFormat:
    """The format of a page, from its tags.

    Raises:
        UnreadableFileError: Its strips or tiles reach beyond the end of the file.
        UnsupportedFormatError: A layout that cannot be interpolated.
    """
    dtype = _supported_dtype(page, path)
    size = page.parent.filehandle.size
    ends = (offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True))
    if len(page.dataoffsets) != math.prod(page.chunked):
        raise damaged(path, "TIFF")
    if max(ends) > size:
        raise truncated(path, "TIFF")
    if page.compression == COMPRESSION.NONE and sum(page.databytecounts) < page.nbytes:
        raise truncated(path, "TIFF")
    extra = _extra_samples(page)
    meanings = [int(meaning) for meaning in extra]
    alpha = None
    for index, meaning in enumerate(meanings):
        if meaning in (EXTRASAMPLE.ASSOCALPHA, EXTRASAMPLE.UNASSALPHA):
            channel = page.samplesperpixel - len(meanings) + index
            alpha = Alpha(channel, premultiplied=meaning == EXTRASAMPLE.ASSOCALPHA)
            break
    return FrameFormat(page.imagewidth, page.imagelength, page.samplesperpixel, dtype, alpha)


def page_samples(page: TiffPage, frame_format: FrameFormat) -> Samples:
    """Decode to (height, width, channels). Raises what `DAMAGE` lists."""
    samples = np.asarray(page.asarray())
    if page.planarconfig == SEPARATE and frame_format.channels > 1:
        samples = np.moveaxis(samples, 0, -1)
    samples = samples.reshape(frame_format.height, frame_format.width, frame_format.channels)
    return np.ascontiguousarray(samples, dtype=frame_format.dtype)


def page_metadata(page: TiffPage) -> TiffMetadata:
    """Everything that `write_tiff_page` needs."""
    compression = int(page.compression) if int(page.compression) in KEPT_COMPRESSIONS else DEFLATE
    tile = (page.tilelength, page.tilewidth) if page.is_tiled else None
    rows = page.rowsperstrip if tile is None and page.rowsperstrip < page.imagelength else None
    tags = tuple(
        (tag.code, int(tag.dtype), tag.count, tag.value, True) for tag in map(page.tags.get, CARRIED_TAGS) if tag
    )
    unit = page.tags.get(RESOLUTION_UNIT_TAG)
    photometric = int(page.photometric)
    return TiffMetadata(
        # Colour JPEG is stored as YCbCr and decoded to RGB; the writer converts back.
        photometric=int(PHOTOMETRIC.RGB) if photometric == PHOTOMETRIC.YCBCR else photometric,
        extra_samples=tuple(int(meaning) for meaning in _extra_samples(page)),
        planar=int(page.planarconfig),
        compression=compression,
        predictor=int(page.predictor) if compression in PREDICTED_COMPRESSIONS else int(PREDICTOR.NONE),
        subsampling=_subsampling(page),
        tile=tile if tile and all(side % 16 == 0 for side in tile) else None,
        rows_per_strip=rows,
        resolution=_resolution(page),
        resolution_unit=int(unit.value) if unit else None,
        icc_profile=page.iccprofile,
        byte_order=page.parent.byteorder,
        tags=tags,
    )


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
    """The metadata if it comes from a TIFF page of as many samples, else the default."""
    if isinstance(metadata, TiffMetadata):
        samples = COLOUR_SAMPLES[metadata.photometric] + len(metadata.extra_samples)
        if samples == frame_format.channels:
            return metadata
    return default_metadata(frame_format)


def single_plane(metadata: TiffMetadata) -> TiffMetadata:
    """The same for a grey page, where the channels are pages of their own."""
    return replace(metadata, photometric=int(PHOTOMETRIC.MINISBLACK), extra_samples=(), planar=CONTIGUOUS)


def write_tiff_page(
    writer: TiffWriter, samples: Samples, metadata: TiffMetadata, description: str | None = None
) -> None:
    """Append one page of (height, width, channels) samples. Raises `OSError` and what `DAMAGE` lists."""
    channels = samples.shape[-1]
    separate = metadata.planar == SEPARATE and channels > 1
    pixels = samples[..., 0] if channels == 1 else samples
    if separate:
        pixels = np.moveaxis(samples, -1, 0)
    resolution = metadata.resolution
    writer.write(
        np.ascontiguousarray(pixels),
        photometric=metadata.photometric,
        planarconfig=None if channels == 1 else (SEPARATE if separate else CONTIGUOUS),
        extrasamples=metadata.extra_samples or None,
        compression=None if metadata.compression == COMPRESSION.NONE else metadata.compression,
        compressionargs={"level": JPEG_QUALITY} if metadata.compression == JPEG else None,
        subsampling=metadata.subsampling if metadata.compression == JPEG and channels == 3 else None,
        predictor=metadata.predictor if metadata.predictor != PREDICTOR.NONE else None,
        tile=metadata.tile,
        rowsperstrip=metadata.rows_per_strip,
        resolution=resolution,
        resolutionunit=metadata.resolution_unit if resolution else None,
        iccprofile=metadata.icc_profile,
        description=description.encode() if description else None,
        extratags=metadata.tags,
        software=False,
        metadata=None,
    )


def _supported_dtype(page: TiffPage, path: Path) -> np.dtype[Any]:
    """The sample type of a page that can be interpolated; raises UnsupportedFormatError for others."""
    photometric = int(page.photometric)
    jpeg_colour = photometric == PHOTOMETRIC.YCBCR and page.compression == COMPRESSION.JPEG
    if photometric == PHOTOMETRIC.PALETTE:
        problem = "stores colours by palette. Convert it to RGB."
    elif photometric not in COLOUR_SAMPLES and not jpeg_colour:
        name = getattr(page.photometric, "name", str(page.photometric))
        problem = f"stores {name} data, which cannot be interpolated as it is. Convert it to grey or RGB."
    elif page.dtype is None or np.dtype(page.dtype.name) not in SAMPLE_DTYPES:
        stored = f"{page.bitspersample}-bit samples" if page.dtype is None else f"{page.dtype.name} samples"
        problem = f"has {stored}. Convert it to 8-bit or 16-bit integers, or to float32."
    elif page.bitspersample != page.dtype.itemsize * 8:
        problem = f"packs {page.bitspersample}-bit samples. Convert it to {page.dtype.itemsize * 8}-bit samples."
    elif page.imagedepth != 1:
        problem = "holds a volume in one page. Save its slices as pages of their own."
    elif photometric in COLOUR_SAMPLES and page.samplesperpixel < COLOUR_SAMPLES[photometric]:
        problem = f"has {page.samplesperpixel} samples in a pixel, too few for its colours. Convert it to grey or RGB."
    else:
        return np.dtype(page.dtype.name)
    raise UnsupportedFormatError(f"{path} {problem}", path=path)


def _extra_samples(page: TiffPage) -> tuple[int, ...]:
    """Meaning of every sample after the colours; files may leave out what is unspecified."""
    colours = COLOUR_SAMPLES.get(int(page.photometric), 3)
    stated = tuple(int(meaning) for meaning in page.extrasamples)
    missing = page.samplesperpixel - colours - len(stated)
    return (int(EXTRASAMPLE.UNSPECIFIED),) * missing + stated if missing >= 0 else stated[-missing:]


def _subsampling(page: TiffPage) -> tuple[int, int]:
    if page.photometric != PHOTOMETRIC.YCBCR:
        return (1, 1)
    tag = page.tags.get(SUBSAMPLING_TAG)
    across, down = tag.value if tag else (2, 2)
    return int(across), int(down)


def _resolution(page: TiffPage) -> tuple[tuple[int, int], tuple[int, int]] | None:
    across, down = (page.tags.get(code) for code in RESOLUTION_TAGS)
    if across is None or down is None:
        return None
    values = (tuple(map(int, across.value)), tuple(map(int, down.value)))
    if any(len(value) != 2 or value[1] == 0 for value in values):
        return None
    (x_numerator, x_denominator), (y_numerator, y_denominator) = values
    return (x_numerator, x_denominator), (y_numerator, y_denominator)
