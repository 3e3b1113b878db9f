"""Pictures in memory as a source, for outputs that take frames from one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from midframe.media.protocols import FrameSource
from midframe.types import Frame, FrameFormat, Samples


class PicturesInMemory(FrameSource):
    """Frames that a caller has.

    Args:
        count: How many there are, at least one.
        frame_format: What each of them is.
        samples: Gives the samples of a frame by its number; may be called from any thread.
    """

    def __init__(self, count: int, frame_format: FrameFormat, samples: Callable[[int], Samples]) -> None:
        self._count = count
        self._format = frame_format
        self._samples = samples

    @property
    def format(self) -> FrameFormat:
        """What every frame is."""
        return self._format

    @property
    def codec_name(self) -> str:
        """What the frames come as."""
        return "frames in memory"

    @property
    def files(self) -> tuple[Path, ...]:
        """None."""
        return ()

    @property
    def notes(self) -> tuple[str, ...]:
        """None."""
        return ()

    def __len__(self) -> int:
        return self._count

    def read(self, index: int) -> Frame:
        """See `FrameSource.read`."""
        return Frame(self._samples(index), self._format, index)

    def close(self) -> None:
        """Nothing stays open."""
