"""Tries FFmpeg as it is inside PyAV: which encoders it has, and whether what is encoded is decoded again."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO

import av
import numpy as np
from av.codec import Codec
from av.codec.codec import UnknownCodecError
from av.video.stream import VideoStream
from numpy.typing import NDArray

from midframe.media.video.codecs import VIDEO_CODECS
from midframe.media.video.planes import rgb_array

_GPU_ENDINGS = ("_nvenc", "_amf", "_qsv", "_vaapi", "_videotoolbox", "_vulkan", "_mf")


class TrialError(Exception):
    """A picture did not come back; the message says why, as the end of a sentence."""


def ffmpeg_version() -> str:
    """Version of FFmpeg."""
    return str(av.ffmpeg_version_info)


def ffmpeg_libraries() -> dict[str, str]:
    """Versions of FFmpeg's libraries, by name."""
    return {name: ".".join(map(str, numbers)) for name, numbers in av.library_versions.items()}


def usual_encoders() -> dict[str, bool]:
    """Whether FFmpeg has an encoder, for each one that midframe chooses by itself."""
    names = [encoder for row in VIDEO_CODECS.values() for encoder in (row.encoder, row.whole_encoder) if encoder]
    return {name: _exists(name) for name in names}


def gpu_encoders() -> tuple[str, ...]:
    """Encoders of GPUs that FFmpeg was built with."""
    codecs = dict.fromkeys(row.name for row in VIDEO_CODECS.values())
    names = (f"{codec}{ending}" for codec in codecs for ending in _GPU_ENDINGS)
    return tuple(name for name in names if _exists(name))


def video_round_trip(codec: str, pictures: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """Encode pictures to a Matroska file in memory, and decode them.

    Args:
        codec: A name of `VIDEO_CODECS`.
        pictures: (height, width, 3) RGB, of one size with even sides.

    Returns:
        As many pictures of the same size.

    Raises:
        TrialError: FFmpeg refuses, or returns another number of pictures.
    """
    row = VIDEO_CODECS[codec]
    file = BytesIO()
    try:
        with av.open(file, "w", format="matroska") as output:
            stream = output.add_stream(row.encoder, rate=Fraction(25), options=dict(row.options))
            assert isinstance(stream, VideoStream)
            stream.height, stream.width, _ = pictures[0].shape
            stream.pix_fmt = "bgr0" if row.takes_rgb else "yuv420p"
            for picture in pictures:
                output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            output.mux(stream.encode(None))
        file.seek(0)
        with av.open(file, "r") as written:
            decoded = [rgb_array(frame) for frame in written.decode(video=0)]
    except (av.FFmpegError, UnknownCodecError, ValueError) as error:
        raise TrialError(str(error)) from error
    if len(decoded) != len(pictures):
        raise TrialError(f"{len(pictures)} pictures were encoded, and {len(decoded)} decoded")
    return decoded


def _exists(encoder: str) -> bool:
    try:
        Codec(encoder, "w")
    except UnknownCodecError:
        return False
    return True
