"""Annotations as PNG's chunks (PNG, third edition, 11.3)."""

from __future__ import annotations

import zlib
from fractions import Fraction
from typing import BinaryIO

from midframe.media.images.annotations import exif_for, profile_for
from midframe.media.images.exif import UPRIGHT, bare_exif, exif_orientation, exif_texts
from midframe.media.images.formats.png_chunks import content_of, make_chunk, read_content
from midframe.types import Annotations, FrameFormat, Resolution

CODED_COLOURS = {b"cICP": "coded colours (cICP)", b"gAMA": "gamma (gAMA)", b"cHRM": "primaries (cHRM)"}
"""What only PNG says of colours, in words; not counted next to a profile, which says the same."""

READ = frozenset({b"iCCP", b"pHYs", b"eXIf", b"tEXt", b"iTXt", *CODED_COLOURS})
"""Chunks that annotations are read from."""

XMP_KEYWORD = b"XML:com.adobe.xmp"
PER_METRE = 1
LARGEST_PROFILE = 1 << 26
LARGEST = (1 << 32) - 1

KEYWORDS = {
    "ImageDescription": b"Description",
    "Artist": b"Author",
    "Copyright": b"Copyright",
    "Software": b"Software",
    "DateTime": b"Creation Time",
    "Make": b"Make",
    "Model": b"Model",
}
"""PNG's keywords, by the names of TIFF's tags."""

_NAMES = {keyword: name for name, keyword in KEYWORDS.items()} | {b"Source": "Model", b"Comment": "ImageDescription"}


def orientation_of(stream: BinaryIO) -> int:
    """How the picture is turned, from the Exif chunk wherever it stands."""
    return exif_orientation(bare_exif(read_content(stream, b"eXIf")))


def annotations_of(chunks: tuple[bytes, ...]) -> Annotations:
    """Read annotations from whole chunks of the kinds in `READ`; broken ones count as none."""
    content = {chunk[4:8]: content_of(chunk) for chunk in reversed(chunks)}
    exif = bare_exif(content.get(b"eXIf"))
    words, xmp = _text([content_of(chunk) for chunk in chunks if chunk[4:8] == b"tEXt"]), None
    for text in (content_of(chunk) for chunk in chunks if chunk[4:8] == b"iTXt"):
        keyword, _, rest = text.partition(b"\0")
        if rest[:1] != b"\0":
            # Compressed texts are the long ones that programs keep for themselves.
            continue
        value = rest[2:].split(b"\0", 2)[-1]
        if keyword == XMP_KEYWORD:
            xmp = value
        elif keyword in _NAMES:
            words.setdefault(_NAMES[keyword], value.decode("utf-8", "replace"))
    profile = _profile(content.get(b"iCCP"))
    return Annotations(
        icc_profile=profile,
        resolution=_resolution(content.get(b"pHYs")),
        exif=exif,
        xmp=xmp or None,
        text=tuple(words.items()) or exif_texts(exif),
        own=() if profile else tuple(name for kind, name in CODED_COLOURS.items() if kind in content),
    )


def chunks_for(annotations: Annotations, frame_format: FrameFormat) -> tuple[bytes, ...]:
    """Whole chunks, for directly after the header."""
    made = []
    profile, resolution = profile_for(annotations, frame_format), annotations.resolution
    if profile is not None:
        made.append(make_chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(profile)))
    if resolution is not None:
        made.append(make_chunk(b"pHYs", _physical(resolution)))
    if annotations.exif is not None or frame_format.orientation != UPRIGHT:
        exif = exif_for(annotations, frame_format)
        if exif is not None:
            made.append(make_chunk(b"eXIf", exif))
    if annotations.xmp is not None:
        made.append(make_chunk(b"iTXt", XMP_KEYWORD + b"\0\0\0\0\0" + annotations.xmp))
    # What Exif data say, too, is said once.
    for name, words in annotations.text if annotations.text != exif_texts(annotations.exif) else ():
        keyword = KEYWORDS.get(name, b"Comment")
        made.append(make_chunk(b"iTXt", keyword + b"\0\0\0\0\0" + words.replace("\0", " ").encode()))
    return tuple(made)


def _text(contents: list[bytes]) -> dict[str, str]:
    words: dict[str, str] = {}
    for content in contents:
        keyword, _, value = content.partition(b"\0")
        if keyword in _NAMES and value:
            words.setdefault(_NAMES[keyword], value.decode("latin-1"))
    return words


def _profile(content: bytes | None) -> bytes | None:
    if content is None:
        return None
    unpacker = zlib.decompressobj()
    try:
        return unpacker.decompress(content.partition(b"\0")[2][1:], LARGEST_PROFILE) or None
    except zlib.error:
        return None


def _resolution(content: bytes | None) -> Resolution | None:
    if content is None or len(content) != 9:
        return None
    across, down = int.from_bytes(content[:4], "big"), int.from_bytes(content[4:8], "big")
    if not across or not down:
        return None
    if content[8] != PER_METRE:
        return Resolution(Fraction(across), Fraction(down), "none")
    return Resolution(Fraction(across, 100), Fraction(down, 100), "cm")


def _physical(resolution: Resolution) -> bytes:
    factor = {"inch": Fraction(10_000, 254), "cm": Fraction(100), "none": Fraction(1)}[resolution.unit]
    values = [min(LARGEST, max(1, round(value * factor))) for value in (resolution.across, resolution.down)]
    return b"".join(value.to_bytes(4, "big") for value in values) + bytes([resolution.unit != "none"])
