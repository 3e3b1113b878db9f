"""The register of image codecs.

To add a format: write a module with one class in `midframe.media.codecs`, name it in `CODECS`, add its layouts to
`tests/samples.py`. The contract suite then runs on it.
"""

from __future__ import annotations

from pathlib import Path

from midframe.errors import UnsupportedFormatError
from midframe.media.base import ImageCodec
from midframe.media.codecs.bmp import BmpCodec
from midframe.media.codecs.exr import ExrCodec
from midframe.media.codecs.gif import GifCodec
from midframe.media.codecs.jpeg import JpegCodec
from midframe.media.codecs.png import PngCodec
from midframe.media.codecs.tiff import TiffCodec
from midframe.media.codecs.webp import WebpCodec

CODECS: tuple[ImageCodec, ...] = (
    PngCodec(),
    JpegCodec(),
    TiffCodec(),
    ExrCodec(),
    WebpCodec(),
    BmpCodec(),
    GifCodec(),
)
"""Every image format, the usual ones first."""

_BY_SUFFIX = {suffix: codec for codec in CODECS for suffix in codec.suffixes}
_BY_NAME = {codec.name: codec for codec in CODECS}


def supported_suffixes() -> tuple[str, ...]:
    """All suffixes in lower case with the dot, in the order of `CODECS`."""
    return tuple(_BY_SUFFIX)


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
            f"{path} is no image that midframe reads. Supported are {', '.join(supported_suffixes())}."
        )
    return codec
