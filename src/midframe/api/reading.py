"""The frames of files, as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.media.protocols import FrameSource
from midframe.media.sources import open_source


def read_frames(source: str | Path | Sequence[str | Path]) -> Iterator[NDArray[Any]]:
    """Read the frames of a video or an image sequence, one by one, as `midframe.Interpolator.stream` takes them.

    Args:
        source: What a `midframe.Job` takes as source, but for pipes: a video, an animation, a folder of images, a
            pattern, a stack, or images one by one.

    Yields:
        Arrays (height, width, channels) of one shape and type. Frames of a video are R, G, B in full range, uint8, or
        uint16 where the video has more than 8 bits, with alpha where it has any; those of image files are as they are
        stored.

    Raises:
        InputError: It cannot be opened, which is determined at once, or a frame cannot be read.
    """
    given = source if isinstance(source, (str, Path)) else tuple(map(Path, source))
    return _frames(open_source(given).as_pictures())


def _frames(source: FrameSource) -> Iterator[NDArray[Any]]:
    with closing(source):
        for frame in source.frames_from(0):
            yield np.asarray(frame.samples)
