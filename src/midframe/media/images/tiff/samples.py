"""What the samples of a TIFF page are, as they are stored and as frames have them."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tifffile import COMPRESSION, EXTRASAMPLE, PHOTOMETRIC, PLANARCONFIG, TiffPage

from midframe.errors import UnsupportedFormatError
from midframe.media.images.codec_io import damaged, truncated
from midframe.media.images.depths import gathered, spread
from midframe.types import SAMPLE_DTYPES, Alpha, FrameFormat, Samples

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

NARROWED = {"float64": "float32", "uint32": "float32", "int32": "float32", "int8": "int16"}
"""Types of samples that frames do not have, and the one that they are interpolated in."""

ORIENTATION_TAG, NO_DATA_TAG = 274, 42113


@dataclass(frozen=True)
class StoredSamples:
    """How samples lie in a page.

    Attributes:
        dtype: Name of the type that the decoder gives.
        bits: Bits of a sample, where the file packs fewer than its type has; else None.
        palette: Whether samples are numbers of colours.
        inverted: Whether 0 is white (MINISWHITE); frames have it the other way round, as all other formats do.
    """

    dtype: str
    bits: int | None = None
    palette: bool = False
    inverted: bool = False

    @property
    def sample_dtype(self) -> np.dtype[Any]:
        """Type of the samples of a frame."""
        if self.dtype == "bool" or self.palette:
            return np.dtype("uint8")
        return np.dtype(NARROWED.get(self.dtype, self.dtype))

    @property
    def expanded(self) -> bool:
        """Whether interpolated pages have samples of another kind: colours by palette, and fewer than 8 bits."""
        return self.palette or self.dtype == "bool" or (self.bits is not None and self.bits < 8)

    def decoded(self, samples: NDArray[Any]) -> Samples:
        """The samples of a frame, (height, width, channels), of those that the decoder gives."""
        if self.dtype == "bool":
            decoded = samples.astype(np.uint8) * np.uint8(255)
        elif self.bits is not None and not self.palette:
            decoded = spread(samples, (1 << self.bits) - 1, self.sample_dtype)
        else:
            decoded = samples.astype(self.sample_dtype)
        return self._turned_over(decoded)

    def encoded(self, samples: Samples) -> NDArray[Any]:
        """What is written for samples of a frame: of the stored type, unless these are `expanded`."""
        samples = self._turned_over(samples)
        if self.expanded:
            return samples
        if self.bits is not None:
            return gathered(samples, (1 << self.bits) - 1)
        stored = np.dtype(self.dtype)
        if stored == samples.dtype or stored.kind == "f":
            return samples.astype(stored)
        limits = np.iinfo(stored)
        # In float64, where the largest 32-bit integer has a place.
        return np.clip(np.rint(samples.astype(np.float64)), limits.min, limits.max).astype(stored)

    def _turned_over(self, samples: Samples) -> Samples:
        """Light for dark, where 0 is white; exact there and back."""
        if not self.inverted:
            return samples
        turned: Samples = np.iinfo(samples.dtype).max - samples
        return turned


def page_format(page: TiffPage, path: Path) -> FrameFormat:
    """The format of a page, from its tags.

    Raises:
        UnreadableFileError: Its strips or tiles reach beyond the end of the file.
        UnsupportedFormatError: A layout that cannot be interpolated.
    """
    _require_supported(page, path)
    size = page.parent.filehandle.size
    ends = (offset + count for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True))
    if len(page.dataoffsets) != math.prod(page.chunked):
        raise damaged(path, "TIFF")
    if max(ends) > size:
        raise truncated(path, "TIFF")
    if page.compression == COMPRESSION.NONE and sum(page.databytecounts) < page.nbytes * page.bitspersample // (
        8 * max(1, page.dtype.itemsize if page.dtype else 1)
    ):
        raise truncated(path, "TIFF")
    extra = extra_samples(page)
    alpha = None
    for index, meaning in enumerate(extra):
        if meaning in (EXTRASAMPLE.ASSOCALPHA, EXTRASAMPLE.UNASSALPHA):
            channel = page.samplesperpixel - len(extra) + index
            alpha = Alpha(channel, premultiplied=meaning == EXTRASAMPLE.ASSOCALPHA)
            break
    stored = stored_samples(page)
    channels = 3 if stored.palette else page.samplesperpixel
    return FrameFormat(
        page.imagewidth,
        page.imagelength,
        channels,
        stored.sample_dtype,
        alpha,
        orientation=_orientation(page),
        no_data=_no_data(page, stored),
    )


def stored_samples(page: TiffPage) -> StoredSamples:
    """How the samples of a supported page are stored."""
    assert page.dtype is not None
    name, bits = page.dtype.name, page.bitspersample
    fewer = page.dtype.kind == "u" and bits < page.dtype.itemsize * 8
    # Of what is not shown as it is (signed, float, wide), and of data with a no-data value, white is not known.
    inverted = page.photometric == PHOTOMETRIC.MINISWHITE and page.dtype.kind in "ub" and page.dtype.itemsize <= 2
    inverted = inverted and page.samplesperpixel == 1 and page.tags.get(NO_DATA_TAG) is None
    return StoredSamples(name, bits if fewer else None, page.photometric == PHOTOMETRIC.PALETTE, inverted)


def page_samples(page: TiffPage, frame_format: FrameFormat) -> Samples:
    """Decode to (height, width, channels). Raises what `DAMAGE` lists."""
    samples = np.asarray(page.asarray())
    stored = stored_samples(page)
    if stored.palette:
        samples = _colours(page)[samples.reshape(frame_format.height, frame_format.width)]
    elif page.planarconfig == SEPARATE and frame_format.channels > 1:
        samples = np.moveaxis(samples, 0, -1)
    samples = samples.reshape(frame_format.height, frame_format.width, frame_format.channels)
    return np.ascontiguousarray(stored.decoded(samples), dtype=frame_format.dtype)


def extra_samples(page: TiffPage) -> tuple[int, ...]:
    """Meaning of every sample after the colours; files may leave out what is unspecified."""
    colours = page.samplesperpixel if page.photometric == PHOTOMETRIC.PALETTE else 3
    colours = COLOUR_SAMPLES.get(int(page.photometric), colours)
    stated = tuple(int(meaning) for meaning in page.extrasamples)
    missing = page.samplesperpixel - colours - len(stated)
    return (int(EXTRASAMPLE.UNSPECIFIED),) * missing + stated if missing >= 0 else stated[-missing:]


def _colours(page: TiffPage) -> NDArray[np.uint8]:
    """The palette as (numbers, 3) of 8 bits. Some programs store 8 bits where 16 belong."""
    palette = np.asarray(page.colormap, np.uint16).T
    return (palette if palette.max(initial=0) < 256 else palette >> 8).astype(np.uint8)


def _orientation(page: TiffPage) -> int:
    tag = page.tags.get(ORIENTATION_TAG)
    value = int(tag.value) if tag is not None and isinstance(tag.value, int) else 1
    return value if 1 <= value <= 8 else 1


def _no_data(page: TiffPage, stored: StoredSamples) -> float | None:
    """GDAL's value for no data, where samples are as they are stored; None for NaN, which needs no name."""
    tag = page.tags.get(NO_DATA_TAG)
    if tag is None or stored != StoredSamples(str(stored.sample_dtype)):
        return None
    try:
        value = float(str(tag.value).strip("\0 "))
    except ValueError:
        return None
    return None if math.isnan(value) else value


def _require_supported(page: TiffPage, path: Path) -> None:
    """Raises UnsupportedFormatError for pages that cannot be interpolated."""
    photometric = int(page.photometric)
    jpeg_colour = photometric == PHOTOMETRIC.YCBCR and page.compression == COMPRESSION.JPEG
    palette = photometric == PHOTOMETRIC.PALETTE
    name = "" if page.dtype is None else NARROWED.get(page.dtype.name, page.dtype.name)
    bilevel = name == "bool" and photometric in COLOUR_SAMPLES
    if palette and (page.colormap is None or page.samplesperpixel != 1 or name not in ("uint8", "uint16", "bool")):
        problem = "stores colours in an unusual kind of palette. Convert it to RGB."
    elif photometric not in COLOUR_SAMPLES and not jpeg_colour and not palette:
        name = getattr(page.photometric, "name", str(page.photometric))
        problem = f"stores {name} data, which cannot be interpolated. Convert it to grey or RGB."
    elif page.dtype is None or (not bilevel and not palette and np.dtype(name) not in SAMPLE_DTYPES):
        stored = f"{page.bitspersample}-bit samples" if page.dtype is None else f"{page.dtype.name} samples"
        problem = f"has {stored}. Convert it to 8-bit or 16-bit integers, or to float32."
    elif page.bitspersample != page.dtype.itemsize * 8 and (page.dtype.kind not in "ub" or page.dtype.itemsize > 2):
        problem = f"packs {page.bitspersample}-bit samples. Convert it to {page.dtype.itemsize * 8}-bit samples."
    elif page.imagedepth != 1:
        problem = "contains a volume in one page. Save its slices as separate pages."
    elif photometric in COLOUR_SAMPLES and page.samplesperpixel < COLOUR_SAMPLES[photometric]:
        problem = f"has {page.samplesperpixel} samples per pixel, too few for its colours. Convert it to grey or RGB."
    else:
        return
    raise UnsupportedFormatError(f"{path} {problem}", path=path)
