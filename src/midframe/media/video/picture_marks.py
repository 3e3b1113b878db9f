"""What a container says about pictures and PyAV neither shows nor lets be set: 360°, 3D, HDR, crop, Dolby Vision.

FFmpeg's Matroska muxer and demuxer have an element for each. So the stream of a source is described in memory as
Matroska (RFC 9559) and read from there; and a stream that such a description was read as is the pattern for others.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import av
from av.bitstream import BitStreamFilterContext
from av.video.stream import VideoStream

from midframe.media.video.chroma import Y4M_CHROMA_LOCATIONS
from midframe.media.video.codecs import codec_of_stream
from midframe.media.video.containers.ebml import (
    SEGMENT,
    TRACK,
    TRACKS,
    VIDEO,
    element,
    find,
    floating,
    master,
    unsigned,
)
from midframe.media.video.containers.mp4_boxes import Mp4Tracks
from midframe.media.video.copied_stream import add_copy

PROJECTION, PROJECTION_TYPE, STEREO_MODE = b"\x76\x70", b"\x76\x71", b"\x53\xb8"
COLOUR, MASTERING, MOST_LIGHT, MEAN_LIGHT = b"\x55\xb0", b"\x55\xd0", b"\x55\xbc", b"\x55\xbd"
CHROMA_SITINGS = b"\x55\xb7", b"\x55\xb8"
CHROMA_PLACES = {(1, 2): "left", (2, 2): "center", (1, 1): "topleft", (2, 1): "top"}
"""FFmpeg's words for Matroska's numbers: with the first sample of luma, or half way to the next."""

SHOWN_PLACES = frozenset(CHROMA_PLACES.values()) - {"left"}
"""Places of chroma that are not the usual one, and that are found again in every container that keeps them."""

CROPS = (b"\x54\xcc", b"\x54\xbb", b"\x54\xdd", b"\x54\xaa")
"""Pixels that are hidden on the left, at the top, on the right, at the bottom."""

ADDITIONS = b"\x41\xe4"
ADDITION_TYPE, ADDITION_DATA = b"\x41\xe7", b"\x41\xed"
DOLBY_VISION = (b"dvcC", b"dvvC", b"dvwC")
"""Types of additions that configure Dolby Vision."""

STEREO_MODES = {(1, False): 1, (1, True): 11, (2, False): 3, (2, True): 2, (4, False): 5, (4, True): 4}
STEREO_MODES |= {(6, False): 7, (6, True): 6, (7, False): 9, (7, True): 8, (3, False): 13, (3, True): 14}
"""Matroska's modes by FFmpeg's kind of packing and whether the eyes are swapped: side by side, one above the other,
checkerboard, rows, columns, one after the other."""

MP4_STEREO = {1: 3, 2: 1}
"""Matroska's modes by those of MP4."""

INVERTED = 1
"""FFmpeg's flag for swapped eyes."""

Crop = tuple[int, int, int, int]
"""Columns and rows that are not shown: on the left, at the top, on the right, at the bottom."""

Y4M_FORMAT = "yuv4mpegpipe"
"""FFmpeg's name of Y4M."""

HEAD = element(b"\x1a\x45\xdf\xa3", element(b"\x42\x82", b"matroska"))
INFO = element(b"\x15\x49\xa9\x66", unsigned(b"\x2a\xd7\xb1", 1_000_000))
CLUSTER = element(b"\x1f\x43\xb6\x75", unsigned(b"\xe7", 0))


@dataclass(frozen=True)
class PictureMarks:
    """What a container says about pictures besides size, aspect, rotation and colour.

    Attributes:
        projection: Matroska's element about how a sphere lies in the pictures; empty for flat ones.
        stereo_mode: Matroska's number for how two views lie in one picture; 0 for a single view.
        crop: Columns and rows that are not shown: on the left, at the top, on the right, at the bottom.
        chroma_location: Where chroma lies, in FFmpeg's words; None where that is not said.
        dolby_vision: Profile of Dolby Vision; None for none.
        dolby_vision_only: Whether its base pictures are not ordinary ones.
    """

    projection: bytes = b""
    stereo_mode: int = 0
    crop: Crop = (0, 0, 0, 0)
    chroma_location: str | None = None
    dolby_vision: int | None = None
    dolby_vision_only: bool = False


def read_marks(tracks: Mp4Tracks, stream: VideoStream, side_data: Mapping[str, bytes]) -> PictureMarks:
    """What is said about the pictures of a stream.

    Args:
        tracks: The tracks of its file.
        stream: The stream.
        side_data: What comes with its first picture, by FFmpeg's name.
    """
    track = _described(stream)
    video = find(track, VIDEO) or b""
    projection = find(video, PROJECTION) or b""
    kind = int.from_bytes(find(projection, PROJECTION_TYPE) or b"", "big")
    profile, only = _dolby_vision(track)
    return PictureMarks(
        # Rectangular projections are rotations, which have a place of their own.
        element(PROJECTION, projection) if kind else b"",
        _stereo_mode(side_data.get("STEREO3D")) or MP4_STEREO.get(tracks.stereo.get(stream.id, 0), 0),
        _crop(video),
        _chroma_location(find(video, COLOUR) or b"") or _y4m_chroma_location(stream),
        profile,
        only,
    )


def read_crop(stream: VideoStream) -> Crop:
    """Columns and rows of a stream that are not shown: on the left, at the top, on the right, at the bottom."""
    return _crop(find(_described(stream), VIDEO) or b"")


def put_marks(stream: VideoStream, marks: PictureMarks, mastering: str | None, light_level: str | None) -> bool:
    """Say it of a stream that is to be written, before anything else is said of it.

    Args:
        stream: A new stream of a container.
        marks: What is said.
        mastering: Mastering display; see `VideoStreamInfo`.
        light_level: Content light level; see `VideoStreamInfo`.

    Returns:
        Whether that was possible; true where there is nothing to say.
    """
    said = [marks.projection]
    if marks.stereo_mode:
        said.append(unsigned(STEREO_MODE, marks.stereo_mode))
    light = [*_mastering(mastering), *_light_level(light_level)]
    if light:
        said.append(master(COLOUR, light))
    if not any(said):
        return True
    context = stream.codec_context
    identity = codec_of_stream(context.codec.canonical_name).matroska_name
    if identity is None:
        return False
    video = master(VIDEO, [unsigned(b"\xb0", context.width), unsigned(b"\xba", context.height), *said])
    numbers = [unsigned(b"\xd7", 1), unsigned(b"\x73\xc5", 1), unsigned(b"\x83", 1)]
    track = master(TRACK, [*numbers, element(b"\x86", identity.encode()), video])
    content = HEAD + element(SEGMENT, INFO + element(TRACKS, track) + CLUSTER)
    try:
        with av.open(io.BytesIO(content), format="matroska") as pattern:
            BitStreamFilterContext("null", in_stream=pattern.streams.video[0], out_stream=stream)
    except av.FFmpegError:
        return False
    return True


def _described(stream: VideoStream) -> bytes:
    """What FFmpeg's Matroska muxer says of a track; empty where it does not take the stream."""
    content = io.BytesIO()
    try:
        with av.open(content, "w", format="matroska", container_options={"strict": "unofficial"}) as output:
            add_copy(stream, output)
            output.start_encoding()
    except (av.FFmpegError, ValueError):
        return b""
    return find(content.getvalue(), SEGMENT, TRACKS, TRACK) or b""


def _chroma_location(colour: bytes) -> str | None:
    across, down = (int.from_bytes(find(colour, identity) or b"", "big") for identity in CHROMA_SITINGS)
    return CHROMA_PLACES.get((across, down))


def _y4m_chroma_location(stream: VideoStream) -> str | None:
    """That of a Y4M file, which Matroska does not take: FFmpeg's muxer writes the header that its demuxer read."""
    if stream.container.format.name != Y4M_FORMAT:
        return None
    content = io.BytesIO()
    with av.open(content, "w", format=Y4M_FORMAT, container_options={"strict": "unofficial"}) as output:
        add_copy(stream, output)
        output.start_encoding()
    samples = re.search(rb" C(\w+)", content.getvalue())
    return Y4M_CHROMA_LOCATIONS.get(samples[1].decode()) if samples else None


def _crop(video: bytes) -> Crop:
    left, top, right, bottom = (int.from_bytes(find(video, identity) or b"", "big") for identity in CROPS)
    return left, top, right, bottom


def _dolby_vision(track: bytes) -> tuple[int | None, bool]:
    additions = find(track, ADDITIONS) or b""
    if (find(additions, ADDITION_TYPE) or b"") not in DOLBY_VISION:
        return None, False
    configuration = find(additions, ADDITION_DATA) or b""
    if len(configuration) < 5:
        return None, False
    profile, compatibility = configuration[2] >> 1, configuration[4] >> 4
    return profile, profile == 5 or (profile >= 8 and compatibility == 0)


def _stereo_mode(data: bytes | None) -> int:
    """FFmpeg's structure begins with the kind of packing and flags."""
    if data is None or len(data) < 8:
        return 0
    kind, flags = struct.unpack("2i", data[:8])
    return STEREO_MODES.get((kind, bool(flags & INVERTED)), 0)


def _mastering(words: str | None) -> list[bytes]:
    """Matroska's element from x265's words: coordinates in 50,000ths, luminance in 10,000ths."""
    numbers = [int(number) for number in re.findall(r"\d+", words or "")]
    if len(numbers) != 10:
        return []
    green, blue, red, white = (numbers[at : at + 2] for at in (0, 2, 4, 6))
    values = [Fraction(number, 50_000) for number in (*red, *green, *blue, *white)]
    values += [Fraction(number, 10_000) for number in numbers[8:]]
    return [master(MASTERING, [floating(bytes([0x55, 0xD1 + at]), float(value)) for at, value in enumerate(values)])]


def _light_level(words: str | None) -> list[bytes]:
    most, _, mean = (words or "").partition(",")
    return [unsigned(MOST_LIGHT, int(most)), unsigned(MEAN_LIGHT, int(mean))] if mean else []
