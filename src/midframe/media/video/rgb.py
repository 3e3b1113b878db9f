"""Plain RGB frames from and to video files, for demonstrations and tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Colorspace
from av.video.stream import VideoStream
from numpy.typing import NDArray

from midframe.atomic import atomic_path
from midframe.errors import UnreadableFileError, WriteError
from midframe.media.video.planes import convert, rgb_array


def read_rgb_frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Decode the first video stream to (height, width, 3) RGB frames.

    Raises:
        UnreadableFileError: Not a video file, or damaged.
    """
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                yield rgb_array(frame)
    except (av.FFmpegError, IndexError) as error:
        raise UnreadableFileError(f"{path} cannot be decoded as video ({error}).", path=path) from error


def frame_rate(path: Path) -> Fraction:
    """Average frames per second of the first video stream, exactly.

    Raises:
        UnreadableFileError: Not a video file.
    """
    try:
        with av.open(str(path)) as container:
            rate = container.streams.video[0].average_rate
    except (av.FFmpegError, IndexError) as error:
        raise UnreadableFileError(f"{path} cannot be decoded as video ({error}).", path=path) from error
    if rate is None:
        raise UnreadableFileError(f"{path} does not state its frame rate.", path=path)
    return rate


def write_h264(path: Path, frames: Iterable[NDArray[np.uint8]], rate: Fraction) -> None:
    """Write an MP4 file that plays everywhere: H.264, 4:2:0, BT.709, limited range.

    Args:
        path: Written whole or not at all.
        frames: (height, width, 3) RGB, all of one size with at least 2×2 pixels. An odd last row or column is cut.
        rate: Frames per second.

    Raises:
        WriteError: The file cannot be written.
    """
    try:
        # faststart: players on the web need the index at the front.
        with (
            atomic_path(path) as temporary,
            av.open(str(temporary.absolute()), "w", format="mp4", options={"movflags": "faststart"}) as container,
        ):
            stream: VideoStream | None = None
            for samples in frames:
                even = samples[: samples.shape[0] // 2 * 2, : samples.shape[1] // 2 * 2]
                if stream is None:
                    stream = container.add_stream("libx264", rate=rate, options={"crf": "18"})
                    stream.height, stream.width = even.shape[:2]
                    stream.pix_fmt = "yuv420p"
                    _tag_bt709(stream)
                frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="rgb24")
                container.mux(stream.encode(convert(frame, "yuv420p", dst_colorspace=Colorspace.ITU709)))
            if stream is not None:
                container.mux(stream.encode(None))
    except (av.FFmpegError, OSError) as error:
        raise WriteError(f"{path} cannot be written ({error}).", path=path) from error


def _tag_bt709(stream: VideoStream) -> None:
    """Say what the samples mean, in the codes of ITU-T H.273: BT.709 is 1 everywhere, limited range is 1."""
    context = stream.codec_context
    context.color_primaries = 1
    context.color_trc = 1
    context.colorspace = 1
    context.color_range = 1
