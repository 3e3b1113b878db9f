"""Annotations in the forms that Pillow reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from PIL.Image import Exif

from midframe.media.images.exif import TEXT_TAGS, bare_exif, exif_texts, exif_with_orientation
from midframe.types import Annotations, FrameFormat, Resolution

LARGEST_DENOMINATOR = 10_000
COLOUR_SPACES = {b"GRAY": (1, 2), b"RGB ": (3, 4), b"CMYK": (4, 5)}
"""Channels, with alpha and without, of the pictures that an ICC profile is for, by the name in its header."""


def annotations_from(info: Mapping[Any, Any], *, dpi: bool = True) -> Annotations:
    """What Pillow's `Image.info` holds of a file.

    Args:
        info: The dictionary.
        dpi: Whether its resolution is one; some formats give a ratio there.
    """
    exif = bare_exif(info.get("exif"))
    xmp = info.get("xmp")
    across, down = (info.get("dpi") if dpi else None) or (0, 0)
    known = across > 0 and down > 0
    return Annotations(
        icc_profile=info.get("icc_profile") or None,
        resolution=Resolution(_fraction(across), _fraction(down)) if known else None,
        exif=exif,
        xmp=xmp.encode() if isinstance(xmp, str) else xmp or None,
        text=exif_texts(exif),
    )


def profile_for(annotations: Annotations, frame_format: FrameFormat) -> bytes | None:
    """The ICC profile, unless it is one for another number of channels."""
    profile = annotations.icc_profile
    if profile is None:
        return None
    fitting = COLOUR_SPACES.get(profile[16:20])
    return profile if fitting is None or frame_format.channels in fitting else None


def exif_for(annotations: Annotations, frame_format: FrameFormat) -> bytes | None:
    """The Exif data of a picture of this format: with its orientation, and made of the words if there are none."""
    exif = annotations.exif
    if exif is None and annotations.text:
        tags = {name: tag for tag, name in TEXT_TAGS.items()}
        made = Exif()
        for name, words in annotations.text:
            made[tags.get(name, tags["ImageDescription"])] = words.encode()
        exif = bare_exif(made.tobytes())
    return exif_with_orientation(exif, frame_format.orientation)


def dpi_for(annotations: Annotations) -> tuple[float, float] | None:
    """Pixels per inch, where a unit is known."""
    return None if annotations.resolution is None else annotations.resolution.pixels_per_inch()


def _fraction(value: float) -> Fraction:
    return Fraction(value).limit_denominator(LARGEST_DENOMINATOR)
