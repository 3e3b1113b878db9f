"""What a video says about its pictures as a whole, and must say again when it is written."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.stream import Disposition
from av.video.stream import VideoStream

from midframe.media.video.captions import SIDE_DATA, CaptionTrack
from midframe.media.video.chroma import chroma_place
from midframe.media.video.containers.mp4_boxes import mp4_tracks
from midframe.media.video.orientation import Orientation, orientation_of
from midframe.media.video.picture_marks import PictureMarks, read_marks
from midframe.media.video.planes import FULL_RANGE, PlaneLayout, is_opaque
from midframe.media.ycbcr import named_matrix
from midframe.types import Alpha, FrameFormat, Matrix, SampleCoding, Samples

KEPT_METADATA = frozenset({"language", "title", "handler_name", "comment", "creation_time"})
"""What a video stream says for people. The rest is about its old form: length, number of bytes, encoder."""

MASTERING_DATA = "MASTERING_DISPLAY_METADATA"
"""FFmpeg's name of what is said about the mastering display."""

LEFT_BEHIND = {"DYNAMIC_HDR_PLUS": "HDR10+", "DYNAMIC_HDR_VIVID": "HDR Vivid"}
"""Data of each picture that no encoder here writes, by FFmpeg's name."""

LIMITED_RANGE = 1
"""FFmpeg's code; 0, unknown, is taken as limited for Y, Cb, Cr too."""

STRANGE_MATRICES = {8: "YCgCo", 11: "Y'D'zD'x", 14: "ICtCp", 15: "IPT-C2", 16: "YCgCo-Re", 17: "YCgCo-Ro"}
"""Matrix coefficients with which no picture can be made here, and their names."""


@dataclass(frozen=True)
class ColourTags:
    """Codes of ITU-T H.273, as the file has them.

    Attributes:
        matrix: Matrix coefficients.
        primaries: Colour primaries.
        transfer: Transfer characteristics.
        range: FFmpeg's code: 0 unknown, 1 limited, 2 full.
    """

    matrix: int
    primaries: int
    transfer: int
    range: int

    @staticmethod
    def of(picture: av.VideoFrame) -> ColourTags:
        """Read them."""
        return ColourTags(
            int(picture.colorspace), int(picture.color_primaries), int(picture.color_trc), int(picture.color_range)
        )

    def put_on(self, picture: av.VideoFrame) -> None:
        """Write them."""
        picture.colorspace = self.matrix
        picture.color_primaries = self.primaries
        picture.color_trc = self.transfer
        picture.color_range = self.range


BT709 = ColourTags(1, 1, 1, LIMITED_RANGE)
"""What a video that midframe makes from RGB pictures says."""

UNNAMED = ColourTags(2, 2, 2, 0)
"""Nothing said."""

PLAIN_RGB = ColourTags(0, 2, 2, FULL_RANGE)
"""R, G, B of full range and nothing said about them: as image files have it."""


@dataclass(frozen=True)
class VideoStreamInfo:
    """All of it.

    Attributes:
        path: The file.
        codec: Name of its video compression.
        layout: Pixel format of its pictures.
        chroma_location: Where chroma samples lie, in FFmpeg's words; None if that does not matter.
        colour: Colour tags.
        aspect: Sample aspect ratio; None if unknown.
        display_matrix: Rotation and mirroring for display; None if there is none.
        mastering: HDR mastering display in the words of x265's ``master-display``; None if there is none.
        light_level: HDR content light level in the words of x265's ``max-cll``; None if there is none.
        interlaced: Whether rows belong to two times.
        disposition: FFmpeg's flags of the stream, such as "default".
        metadata: What it says about the stream for people, such as its language.
        timecode: SMPTE time code of the first frame; None if there is none.
        rate: Frames per second as the container states them; None if it does not.
        start: Seconds at which the pictures begin.
        marks: What else the container says about them.
        opaque: Whether the first picture has no alpha, or nothing in it is transparent.
        has_captions: Whether closed captions come with the first picture.
        left_behind: What is said for each picture and not carried over, in words.
        sound_tracks: Indices of the sound streams next to the pictures.
        subtitle_tracks: Indices of the subtitle streams.
        chroma_on_pictures: Whether decoded pictures say themselves where their chroma lies.
    """

    path: Path
    codec: str
    layout: PlaneLayout
    chroma_location: str | None
    colour: ColourTags
    aspect: Fraction | None
    display_matrix: tuple[int, ...] | None
    mastering: str | None
    light_level: str | None
    interlaced: bool
    disposition: Disposition
    metadata: tuple[tuple[str, str], ...]
    timecode: str | None = None
    rate: Fraction | None = None
    start: Fraction = Fraction(0)
    marks: PictureMarks = field(default_factory=PictureMarks)
    opaque: bool = False
    has_captions: bool = False
    left_behind: tuple[str, ...] = ()
    sound_tracks: tuple[int, ...] = ()
    subtitle_tracks: tuple[int, ...] = ()
    chroma_on_pictures: bool = True

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what is not carried over."""
        kinds = [*(["Dolby Vision"] if self.marks.dolby_vision is not None else []), *self.left_behind]
        if not kinds:
            return ()
        return (
            (
                f"Left out the metadata of {' and '.join(kinds)}; the pictures are those of players without support "
                "for it."
            ),
        )

    @property
    def picture_notes(self) -> tuple[str, ...]:
        """Sentences about what is wrong in plain pictures that are made of these."""
        notes = []
        name = STRANGE_MATRICES.get(self.colour.matrix)
        if name is not None and not self.layout.rgb:
            notes.append(
                f"Pictures have wrong colours: those of the video are in {name}, which midframe cannot convert."
            )
        if self.aspect is not None:
            notes.append(
                f"Pixels of the video are {self.aspect.numerator}:{self.aspect.denominator} as wide as high; in the "
                "pictures they are square, so everything is narrower or wider."
            )
        return tuple(notes)

    @property
    def orientation(self) -> Orientation | None:
        """How pictures are turned and mirrored for display."""
        return orientation_of(self.display_matrix)


@dataclass(frozen=True, eq=False)
class DecodedPicture:
    """Rides along in `Frame.metadata`, so that an original can be encoded as it was decoded.

    Attributes:
        picture: As the decoder gave it, or repacked into planes without loss.
        samples: What was made of it; a frame that still has these very samples is an original.
        number: The number of the frame in its video.
        captions: What goes with the frames of the video; None where they come without.
    """

    picture: av.VideoFrame
    samples: Samples
    number: int = 0
    captions: CaptionTrack | None = None


def side_data_of(picture: av.VideoFrame) -> dict[str, bytes]:
    """What comes with a picture besides its pixels, by FFmpeg's name."""
    # PyAV's stubs call this a dictionary of names; it is a row of blocks, each with a type.
    blocks = cast("Iterable[Any]", picture.side_data)
    return {block.type.name: bytes(block) for block in blocks}


def read_stream_info(path: Path, stream: VideoStream, picture: av.VideoFrame, layout: PlaneLayout) -> VideoStreamInfo:
    """Collect them from the stream and its first picture, which is written over."""
    side_data = side_data_of(picture)
    opaque = is_opaque(picture, layout)
    matrix = side_data.get("DISPLAYMATRIX")
    aspect = stream.sample_aspect_ratio
    marks = read_marks(mp4_tracks(path), stream, side_data)
    chroma = chroma_place(picture, layout, marks.chroma_location)
    return VideoStreamInfo(
        path=path,
        codec=stream.codec_context.name,
        layout=layout,
        chroma_location=chroma.location,
        colour=ColourTags.of(picture),
        aspect=aspect if aspect and aspect != 1 else None,
        display_matrix=struct.unpack("9i", matrix) if matrix is not None else None,
        mastering=_mastering(side_data.get(MASTERING_DATA)),
        light_level=_light_level(side_data.get("CONTENT_LIGHT_LEVEL")),
        interlaced=picture.interlaced_frame,
        disposition=stream.disposition,
        metadata=tuple((key, value) for key, value in stream.metadata.items() if key.lower() in KEPT_METADATA),
        timecode=_timecode(stream),
        rate=stream.average_rate or stream.guessed_rate,
        start=(stream.start_time or 0) * (stream.time_base or Fraction(1)),
        marks=marks,
        opaque=opaque,
        has_captions=SIDE_DATA in side_data,
        left_behind=tuple(words for name, words in LEFT_BEHIND.items() if name in side_data),
        sound_tracks=tuple(sound.index for sound in stream.container.streams.audio),
        subtitle_tracks=tuple(subtitles.index for subtitles in stream.container.streams.subtitles),
        chroma_on_pictures=chroma.on_pictures,
    )


def picture_format(picture: av.VideoFrame, layout: PlaneLayout) -> FrameFormat:
    """What the samples of such pictures are."""
    channels = len(layout.planes)
    return FrameFormat(
        picture.width,
        picture.height,
        channels,
        layout.dtype,
        Alpha(channels - 1, premultiplied=False) if layout.alpha else None,
        coding=SampleCoding(
            _matrix(picture, layout),
            layout.rgb or int(picture.color_range) == FULL_RANGE,
            layout.bits,
        ),
    )


def rgb_format(coded: FrameFormat) -> FrameFormat:
    """The format of the same pictures as plain RGB or grey: 8 bit, or 16 where there are more than 8."""
    coding = coded.coding
    assert coding is not None
    return FrameFormat(
        coded.width, coded.height, coded.channels, np.dtype(np.uint8 if coding.bits == 8 else np.uint16), coded.alpha
    )


def _timecode(stream: VideoStream) -> str | None:
    """That of the stream, or of the whole file, as formats of recordings have it."""
    found = [
        {key.lower(): value for key, value in tags.items()} for tags in (stream.metadata, stream.container.metadata)
    ]
    return next((tags["timecode"] for tags in found if "timecode" in tags), None)


def _matrix(picture: av.VideoFrame, layout: PlaneLayout) -> Matrix:
    if layout.rgb:
        return "rgb"
    return named_matrix(int(picture.colorspace), int(picture.color_primaries), picture.width, picture.height)


def _mastering(data: bytes | None) -> str | None:
    """FFmpeg's structure: ten rationals (x and y of red, green, blue and white; darkest, brightest) and two flags."""
    if data is None or len(data) < 88:
        return None
    numbers = struct.unpack("22i", data[:88])
    if not (numbers[20] and numbers[21]):
        return None
    values = [Fraction(numbers[i], numbers[i + 1] or 1) for i in range(0, 20, 2)]
    place = [round(value * 50000) for value in values[:8]]
    dark, bright = (round(value * 10000) for value in values[8:])
    red, green, blue, white = (f"({place[i]},{place[i + 1]})" for i in (0, 2, 4, 6))
    return f"G{green}B{blue}R{red}WP{white}L({bright},{dark})"


def _light_level(data: bytes | None) -> str | None:
    if data is None or len(data) < 8:
        return None
    most, average = struct.unpack("2I", data[:8])
    return f"{most},{average}"
