"""Whether a video file that was finished once still is."""

from __future__ import annotations

from pathlib import Path

import av

from midframe.errors import InputError
from midframe.media.video.container import main_video, make_decoder, open_input
from midframe.media.video.reading.index import index_video


def holds_whole_video(path: Path, frames: int, *, decode: bool) -> bool:
    """Whether a file holds a video of that many frames, and no packet of it is damaged.

    Args:
        path: The file; it may not exist.
        frames: How many it should have.
        decode: Whether to look at the pictures too, which takes longer.
    """
    try:
        index = index_video(path)
        if index.packets < frames or index.damaged_packets:
            return False
        return not decode or _decodes(path)
    except (InputError, av.FFmpegError):
        return False


def _decodes(path: Path) -> bool:
    with open_input(path) as container:
        stream = main_video(container, path)
        decoder = make_decoder(stream)
        pictures = (picture for packet in container.demux(stream) for picture in decoder.decode(packet))
        return not any(picture.is_corrupt for picture in pictures)
