"""Opening video files: local ones only, and nothing that they point to."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import av
from av.codec.codec import UnknownCodecError
from av.codec.context import CodecContext, ThreadType
from av.container import InputContainer
from av.stream import Disposition
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

LOOKED_AT = 500
"""Packets of pictures among which a second picture of a stream is looked for."""


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
        raise UnreadableFileError(f"{path} is empty (0 bytes). Copy it again from its source.", path=path)
    options = {"protocol_whitelist": "file", "format_whitelist": DEMUXERS, "fflags": "+genpts"}
    with reading_video(path):
        try:
            return av.open(f"file:{path.absolute()}", options=options, metadata_errors="replace")
        except (av.error.InvalidDataError, av.error.ArgumentError) as error:
            raise UnreadableFileError(
                f"{path} cannot be read as a video: {why_unreadable(path)}.", path=path
            ) from error


def main_video(container: InputContainer, path: Path) -> VideoStream:
    """The stream that is interpolated: the first that is a film; a cover or another single picture is none.

    Raises:
        UnreadableFileError: There is none.
        UnsupportedFormatError: There is no decoder for it.
    """
    aside = Disposition.attached_pic | Disposition.timed_thumbnails
    candidates = [stream for stream in container.streams.video if not stream.disposition & aside]
    if candidates:
        stream = candidates[0] if len(candidates) == 1 else _film(candidates, path)
        if stream.codec_context is None:
            raise UnsupportedFormatError(
                f"{path} is compressed with a codec for which no decoder is available.", path=path
            )
        return stream
    kinds = sorted({stream.type for stream in container.streams})
    held = f"only {' and '.join(kinds)}" if kinds else "nothing"
    raise UnreadableFileError(f"{path} contains no video, {held}. Give a file with a video stream.", path=path)


def _film(candidates: Sequence[VideoStream], path: Path) -> VideoStream:
    """The first stream with several pictures for which there is a decoder; the first of all if there is none."""
    state = path.stat()
    pictures = _first_pictures(path, state.st_mtime_ns, state.st_size)
    for stream in candidates:
        if stream.codec_context is not None and pictures.get(stream.index, 0) > 1:
            return stream
    return candidates[0]


@lru_cache(maxsize=64)
def _first_pictures(path: Path, changed: int, size: int) -> dict[int, int]:
    """How many pictures each video stream has near the beginning, by its index: 2 stands for more.

    The time of change and the size of the file are there so that a different file of the same name is read again.
    """
    del changed, size
    found: dict[int, int] = {}
    with open_input(path) as container, contextlib.suppress(av.FFmpegError):
        wanted = list(container.streams.video)
        found = {stream.index: min(stream.frames, 2) for stream in wanted}
        if all(found.values()):
            return found
        for number, packet in enumerate(container.demux(wanted)):
            if packet.size:
                found[packet.stream_index] = found.get(packet.stream_index, 0) + 1
            if number > LOOKED_AT or all(count > 1 for count in found.values()):
                break
    return found


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
