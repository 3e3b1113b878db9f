"""Opening video files: local ones only, and nothing that they point to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.codec.codec import UnknownCodecError
from av.codec.context import CodecContext, ThreadType
from av.container import InputContainer
from av.stream import Discard, Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from midframe.errors import UnreadableFileError, UnsupportedFormatError
from midframe.media.video.codecs import codec_of_stream
from midframe.media.video.diagnostics import why_unreadable

DEMUXERS = (
    "mov,matroska,avi,mpegts,mpeg,flv,ogg,mxf,gif,apng,yuv4mpegpipe,nut,asf,ivf,h264,hevc,obu,av1,m4v,mjpeg,"
    "mpegvideo,dv,vc1,wtv,rm,swf,webp_anim"
)
"""Formats that hold their pictures themselves. Playlists (HLS, DASH, concat, ...) name other files."""

VIDEO_SUFFIXES = frozenset(
    {
        *(".mp4", ".m4v", ".mov", ".3gp", ".mkv", ".webm", ".avi", ".ts", ".m2ts", ".mts", ".mpg", ".mpeg", ".vob"),
        *(".flv", ".ogv", ".mxf", ".gif", ".apng", ".y4m", ".nut", ".wmv", ".asf", ".ivf", ".dv"),
        *(".h264", ".264", ".h265", ".265", ".hevc", ".obu"),
    }
)
"""Endings of video files. Files with others are tried too."""


@contextmanager
def reading_video(path: Path) -> Iterator[None]:
    """Turn what PyAV raises while `path` is read into one sentence.

    Raises:
        UnreadableFileError: The file cannot be read as a video.
    """
    try:
        yield
    except av.FFmpegError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFileError(f"{path} cannot be read as a video: {reason}.", path=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(f"{path} cannot be read as a video: {error}.", path=path) from error


def open_input(path: Path) -> InputContainer:
    """Open a local file. Names of other files and addresses inside it are not followed.

    Raises:
        UnreadableFileError: No such file, an empty one, or no video format.
    """
    if not path.is_file():
        raise UnreadableFileError(f"{path} does not exist.", path=path)
    if path.stat().st_size == 0:
        raise UnreadableFileError(f"{path} is empty (0 bytes). Copy it again from where it came from.", path=path)
    options = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS, "fflags": "+genpts"}
    with reading_video(path):
        try:
            return av.open(f"file:{path.absolute()}", options=options, metadata_errors="replace")
        except (av.error.InvalidDataError, av.error.ArgumentError) as error:
            raise UnreadableFileError(
                f"{path} cannot be read as a video: {why_unreadable(path)}.", path=path
            ) from error


def main_video(container: InputContainer, path: Path) -> VideoStream:
    """The stream that is interpolated: the first that is not a cover picture.

    Raises:
        UnreadableFileError: There is none.
        UnsupportedFormatError: There is no decoder for it.
    """
    for stream in container.streams.video:
        if not stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails):
            if stream.codec_context is None:
                raise UnsupportedFormatError(
                    f"{path} is compressed in a way for which there is no decoder here.", path=path
                )
            return stream
    kinds = sorted({stream.type for stream in container.streams})
    held = f"only {' and '.join(kinds)}" if kinds else "nothing"
    raise UnreadableFileError(f"{path} holds no video, {held}. Give a file with a video stream.", path=path)


def make_decoder(stream: VideoStream) -> VideoCodecContext:
    """The decoder for a stream, ready to be fed with its packets."""
    stream.thread_type = ThreadType.AUTO
    own = stream.codec_context
    other = codec_of_stream(own.name).alpha_decoder
    if other is None or stream.metadata.get("alpha_mode") != "1":
        return own
    try:
        decoder = CodecContext.create(other, "r")
    except UnknownCodecError:
        return own
    assert isinstance(decoder, VideoCodecContext)
    decoder.extradata = own.extradata
    return decoder


@dataclass(frozen=True)
class VideoIndex:
    """What the packets of a video stream state without decoding.

    Attributes:
        stamps: Presentation times of the frames in units of `time_base`, strictly ascending; None where the file has
            none, and frames can only be counted.
        count: How many frames there are.
        last_duration: Duration of the last frame in units of `time_base`; 0 if unknown.
        time_base: Seconds.
        rates: Frames per second as the container states them, best first.
        begin: Seconds at which the earliest of all streams begins.
        packets: How many packets were read, with those that are not shown.
        damaged_packets: How many of them the container calls damaged.
        stated_frames: How many packets there should be; 0 if it is not stated.
        stated_end: Seconds at which the last frame should end; None if it is not stated.
    """

    stamps: tuple[int, ...] | None
    count: int
    last_duration: int
    time_base: Fraction
    rates: tuple[Fraction, ...]
    begin: Fraction
    packets: int = 0
    damaged_packets: int = 0
    stated_frames: int = 0
    stated_end: Fraction | None = None


def index_video(path: Path) -> VideoIndex:
    """Walk over the packets of the main video stream.

    Raises:
        UnreadableFileError: As for `open_input` and `main_video`, or the file has no frame.
    """
    with open_input(path) as container, reading_video(path):
        stream = main_video(container, path)
        for other in container.streams:
            if other.index != stream.index:
                other.discard = Discard.all
        durations: dict[int, int] = {}
        count, unstamped, packets, damaged = 0, False, 0, 0
        try:
            for packet in container.demux(stream):
                packets += bool(packet.size)
                damaged += bool(packet.size) and packet.is_corrupt
                if not packet.size or packet.is_discard:
                    continue
                count += 1
                if packet.pts is None:
                    unstamped = True
                else:
                    durations[packet.pts] = packet.duration or 0
        except av.FFmpegError:
            # A file that was cut off: what lies before the cut can be used.
            if not count:
                raise
            damaged += 1
        if not count:
            raise UnreadableFileError(f"{path} holds no video frame; it may have been cut off.", path=path)
        rates = [stream.guessed_rate, stream.average_rate, stream.base_rate]
        time_base = stream.time_base or Fraction(1, 90000)
        begins = [
            stream.start_time * stream.time_base
            for stream in container.streams
            if stream.start_time and stream.time_base
        ]
        all_known = len(begins) == len(container.streams)
        begin = min(begins) if begins and all_known else Fraction(0)
        known = tuple(dict.fromkeys(rate for rate in rates if rate))
        stated = (packets, damaged, stream.frames, _stated_end(container, stream))
    if unstamped:
        return VideoIndex(None, count, 0, time_base, known, begin, *stated)
    stamps = tuple(sorted(durations))
    return VideoIndex(stamps, len(stamps), durations[stamps[-1]], time_base, known, begin, *stated)


def _stated_end(container: InputContainer, stream: VideoStream) -> Fraction | None:
    """When the container says that a stream ends, where it says so itself and does not guess."""
    matroska = container.format.name.startswith("matroska")
    length = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    if matroska and length is not None:
        hours, minutes, seconds = length.groups()
        return int(hours) * 3600 + int(minutes) * 60 + Fraction(seconds)
    if (matroska or container.format.name == "flv") and len(container.streams) == 1 and container.duration:
        return Fraction(container.duration, 1_000_000)
    return None
