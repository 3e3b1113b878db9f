"""What all codecs share: distinguishing formats, and turning library errors into midframe's own."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL.Image import DecompressionBombError

from midframe.errors import UnreadableFileError, UnsupportedFormatError, WriteError
from midframe.types import FrameFormat

HEAD_LENGTH = 32
"""Bytes that are enough to recognise every format in `content_name`."""

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"v/1\x01", "OpenEXR"),
    (b"8BPS", "Photoshop"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "ZIP"),
    (b"\0\0\0\x0cJXL ", "JPEG XL"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (b"<!DOCTYPE", "HTML"),
    (b"<html", "HTML"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"SDPX", "DPX"),
    (b"XPDS", "DPX"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"#?RGBE", "Radiance HDR"),
    (b"P7\n", "PAM"),
    (b"BM", "BMP"),
)
_ISO_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"heim": "HEIC", b"heis": "HEIC", b"avif": "AVIF", b"avis": "AVIF"}
_ANY_ISO_IMAGE = (b"mif1", b"msf1")
"""Brands that AVIF and HEIC share; the compatible brands after them say which it is."""

_NETPBM = re.compile(rb"P(?:([1-6])|([Ff]))[\s#]")
_TGA_TYPES = {0: (2, 3, 10, 11), 1: (1, 9)}
_TGA_DEPTHS = (8, 15, 16, 24, 32)

ChannelLayout = tuple[int, int | None]
"""Number of channels and the index of straight alpha, or None."""

PNG_LAYOUTS: tuple[ChannelLayout, ...] = ((1, None), (2, 1), (3, None), (4, 3))
"""What PNG holds, the format that is recommended most."""


def content_name(head: bytes) -> str | None:
    """Name the file format that starts with these bytes, or None for an unknown one."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp":
        brands = [head[8:12], *(head[start : start + 4] for start in range(16, len(head), 4))]
        if brands[0] in _ANY_ISO_IMAGE:
            return next((_ISO_BRANDS[brand] for brand in brands[1:] if brand in _ISO_BRANDS), "HEIC")
        return _ISO_BRANDS.get(brands[0], "MP4")
    known = next((name for signature, name in _SIGNATURES if head.startswith(signature)), None)
    if known is not None:
        return known
    netpbm = _NETPBM.match(head)
    if netpbm is not None:
        return "PNM" if netpbm.group(1) else "PFM"
    return "TGA" if _looks_like_tga(head) else None


def _looks_like_tga(head: bytes) -> bool:
    """TGA has no signature; its header has few values that are allowed."""
    if len(head) < 18 or head[2] not in _TGA_TYPES.get(head[1], ()):
        return False
    palette = int.from_bytes(head[5:7], "little"), head[7]
    has_palette = palette[0] > 0 and palette[1] in _TGA_DEPTHS
    sizes = (int.from_bytes(head[12:14], "little"), int.from_bytes(head[14:16], "little"))
    return (has_palette if head[1] else palette == (0, 0)) and min(sizes) > 0 and head[16] in (1, *_TGA_DEPTHS)


def check_content(path: Path, name: str) -> int:
    """Make sure that the file is there, is not empty and holds the format `name`.

    Returns:
        The size of the file in bytes.

    Raises:
        UnreadableFileError: It does not.
    """
    with reading_image(path, name):
        if path.is_dir():
            raise UnreadableFileError(f"{path} is a folder, not a {name} file. Leave it out or rename it.", path=path)
        with path.open("rb") as stream:
            head = stream.read(HEAD_LENGTH)
            size = stream.seek(0, 2)
    if not head:
        raise UnreadableFileError(f"{path} is empty. Restore the file or leave it out.", path=path)
    found = content_name(head)
    if found == name:
        return size
    if found is not None:
        raise UnreadableFileError(
            f"{path} contains {found} data although its suffix is that of {name}. Rename it, or convert it to {name}.",
            path=path,
        )
    raise UnreadableFileError(
        f"{path} is not a {name} file, or its start is damaged. Restore it or leave it out.", path=path
    )


@contextmanager
def reading_image(path: Path, name: str, *damage: type[Exception]) -> Iterator[None]:
    """Turn what goes wrong while a file is read into `UnreadableFileError`.

    Args:
        path: The file, for the message.
        name: The format, for the message.
        damage: What the format's library raises for broken data. An `OSError` that does not come from the
            operating system counts as damage too: Pillow reports short files that way.

    Raises:
        UnreadableFileError: Instead of `OSError` and `damage`.
        UnsupportedFormatError: Instead of Pillow's refusal of very large pictures.
    """
    try:
        yield
    except UnreadableFileError:
        raise
    except FileNotFoundError as error:
        raise UnreadableFileError(f"{path} does not exist, or was removed in the meantime.", path=path) from error
    except PermissionError as error:
        raise UnreadableFileError(
            f"{path} cannot be read: permission denied. Change its permissions.", path=path
        ) from error
    except OSError as error:
        if error.errno is None:
            raise damaged(path, name) from error
        raise UnreadableFileError(f"{path} cannot be read: {error.strerror}.", path=path) from error
    except MemoryError as error:
        raise UnreadableFileError(
            f"{path} needs more memory than is available: it is very large, or damaged. Make it smaller, or restore "
            "it.",
            path=path,
        ) from error
    except DecompressionBombError as error:
        raise UnsupportedFormatError(
            f"{path} has too many pixels for the {name} decoder, or is damaged. Restore it, or convert the sequence to "
            "PNG.",
            path=path,
        ) from error
    except damage as error:
        raise damaged(path, name) from error


def damaged(path: Path, name: str) -> UnreadableFileError:
    """The error for a file that starts well and cannot be decoded."""
    return UnreadableFileError(
        f"{path} is damaged and cannot be decoded as {name}. Restore it or leave it out.", path=path
    )


def truncated(path: Path, name: str) -> UnreadableFileError:
    """The error for a file that ends too early."""
    return UnreadableFileError(
        f"{path} is incomplete: the {name} data ends too early. Copy or render the file again, or leave it out.",
        path=path,
    )


def animation(path: Path, name: str) -> UnsupportedFormatError:
    """The error for an image file that holds several frames."""
    return UnsupportedFormatError(
        f"{path} is an animation; every {name} file of a sequence must contain a single image. Give the file itself "
        "as the "
        "input to interpolate its frames.",
        path=path,
    )


@contextmanager
def writing(path: Path, name: str, *failures: type[Exception]) -> Iterator[None]:
    """Turn what goes wrong while a file is written into `WriteError`.

    Args:
        path: The file, for the message.
        name: The format, for the message.
        failures: What the format's library raises besides `OSError`.

    Raises:
        WriteError: Instead of `OSError` and `failures`.
    """
    try:
        yield
    except OSError as error:
        raise WriteError(f"{path} could not be written: {error.strerror or error}.", path=path) from error
    except failures as error:
        raise WriteError(f"{path} could not be written as {name}: {error}.", path=path) from error


def require_accepted(name: str, refusal: str | None) -> None:
    """Guard at the top of every `write`.

    Raises:
        UnsupportedFormatError: The codec refuses frames of this format.
    """
    if refusal is not None:
        raise UnsupportedFormatError(f"The frames cannot be written as {name}. {refusal}")


def recommended(frame_format: FrameFormat) -> str:
    """Name of a usual format that holds such frames."""
    alpha = frame_format.alpha
    if frame_format.transfer == "linear":
        return "OpenEXR"
    plain = (frame_format.channels, None if alpha is None else alpha.channel) in PNG_LAYOUTS
    straight = alpha is None or not alpha.premultiplied
    return "PNG" if plain and straight and frame_format.dtype.kind == "u" else "TIFF"


def plain_refusal(
    name: str,
    frame_format: FrameFormat,
    *,
    dtypes: Collection[np.dtype[Any]],
    layouts: Collection[ChannelLayout],
    layout_names: str,
    longest_side: int,
) -> str | None:
    """Why a display-referred format with straight alpha cannot hold such frames; None if it can."""
    alpha = frame_format.alpha
    if frame_format.transfer == "linear":
        return f"{name} cannot store scene-linear light; OpenEXR can, and `display_transform=srgb` converts it."
    if alpha is not None and alpha.premultiplied:
        return f"{name} stores straight alpha and these frames are premultiplied; TIFF can store them."
    if frame_format.dtype not in dtypes:
        depths = " or ".join(f"{dtype.itemsize * 8}-bit" for dtype in dtypes)
        plain = (frame_format.channels, None if alpha is None else alpha.channel) in PNG_LAYOUTS
        others = "PNG or TIFF" if plain and frame_format.dtype in (np.uint8, np.uint16) else "TIFF"
        return f"{name} stores {depths} unsigned samples, not {frame_format.dtype}; {others} can store them" + (
            ", and `display_transform=range` converts them." if plain and frame_format.dtype != np.uint8 else "."
        )
    if (frame_format.channels, None if alpha is None else alpha.channel) not in layouts:
        plain = (frame_format.channels, None if alpha is None else alpha.channel) in PNG_LAYOUTS
        wide = "PNG or TIFF" if plain else "TIFF"
        return f"{name} stores {layout_names}, not {frame_format}; {wide} can store them."
    if max(frame_format.width, frame_format.height) > longest_side:
        return f"{name} stores at most {longest_side} pixels per side, not {frame_format}; PNG or TIFF can store them."
    return None
