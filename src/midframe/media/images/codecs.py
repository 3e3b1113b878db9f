"""The register of image codecs.

To add a format: write a module with one class in `midframe.media.images`, name it in `IMAGE_CODECS`, add its layouts to
`tests/support/samples.py`. The contract suite then runs on it.
"""

from __future__ import annotations

from pathlib import Path

from midframe.errors import UnsupportedFormatError
from midframe.media.images.exr.codec import ExrCodec
from midframe.media.images.formats.avif import AvifCodec
from midframe.media.images.formats.bmp import BmpCodec
from midframe.media.images.formats.dpx import DpxCodec
from midframe.media.images.formats.gif import GifCodec
from midframe.media.images.formats.heic import HeicCodec
from midframe.media.images.formats.jpeg import JpegCodec
from midframe.media.images.formats.jpeg2000 import Jpeg2000Codec
from midframe.media.images.formats.jpegxl import JpegXlCodec
from midframe.media.images.formats.netpbm import PamCodec, PnmCodec
from midframe.media.images.formats.pfm import PfmCodec
from midframe.media.images.formats.png import PngCodec
from midframe.media.images.formats.psd import PsdCodec
from midframe.media.images.formats.radiance import RadianceCodec
from midframe.media.images.formats.tga import TgaCodec
from midframe.media.images.formats.webp import WebpCodec
from midframe.media.images.tiff.single_image import TiffCodec
from midframe.media.protocols import ImageCodec

IMAGE_CODECS: tuple[ImageCodec, ...] = (
    PngCodec(),
    JpegCodec(),
    TiffCodec(),
    ExrCodec(),
    WebpCodec(),
    BmpCodec(),
    GifCodec(),
    DpxCodec(),
    TgaCodec(),
    PnmCodec(),
    PamCodec(),
    PfmCodec(),
    RadianceCodec(),
    JpegXlCodec(),
    Jpeg2000Codec(),
    AvifCodec(),
    HeicCodec(),
    PsdCodec(),
)
"""Every image format, the usual ones first."""

_BY_SUFFIX = {suffix: codec for codec in IMAGE_CODECS for suffix in codec.suffixes}
_BY_NAME = {codec.name: codec for codec in IMAGE_CODECS}


def supported_suffixes() -> tuple[str, ...]:
    """All suffixes in lower case with the dot, in the order of `IMAGE_CODECS`."""
    return tuple(_BY_SUFFIX)


def written_suffixes() -> tuple[str, ...]:
    """The suffixes of `supported_suffixes` whose files can be written."""
    return tuple(suffix for suffix, codec in _BY_SUFFIX.items() if codec.writable)


def codec_for_suffix(suffix: str) -> ImageCodec | None:
    """The codec for a suffix such as ".png", upper case or lower, or None."""
    return _BY_SUFFIX.get(suffix.lower())


def codec_named(name: str) -> ImageCodec | None:
    """The codec whose `name` this is, or None."""
    return _BY_NAME.get(name)


def codec_for(path: Path) -> ImageCodec:
    """The codec for a file, by the suffix of its name.

    Raises:
        UnsupportedFormatError: No codec has this suffix.
    """
    codec = codec_for_suffix(path.suffix)
    if codec is None:
        raise UnsupportedFormatError(
            f"{path} is not an image that midframe reads. Supported are {', '.join(supported_suffixes())}.", path=path
        )
    return codec
