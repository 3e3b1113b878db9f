"""The register of image codecs.

To add a format: write a module with one class in `midframe.media.images`, name it in `IMAGE_CODECS`, add its layouts to
`tests/support/samples.py`. The contract suite then runs on it.
"""

from __future__ import annotations

from pathlib import Path

from midframe.errors import UnsupportedFormatError
from midframe.media.images.avif import AvifCodec
from midframe.media.images.bmp import BmpCodec
from midframe.media.images.dpx import DpxCodec
from midframe.media.images.exr import ExrCodec
from midframe.media.images.gif import GifCodec
from midframe.media.images.heic import HeicCodec
from midframe.media.images.jpeg import JpegCodec
from midframe.media.images.jpeg2000 import Jpeg2000Codec
from midframe.media.images.jpegxl import JpegXlCodec
from midframe.media.images.netpbm import PamCodec, PnmCodec
from midframe.media.images.pfm import PfmCodec
from midframe.media.images.png import PngCodec
from midframe.media.images.psd import PsdCodec
from midframe.media.images.radiance import RadianceCodec
from midframe.media.images.tga import TgaCodec
from midframe.media.images.tiff import TiffCodec
from midframe.media.images.webp import WebpCodec
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
