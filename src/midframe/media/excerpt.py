"""Part of a source, or a source that comes round to its first frame again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from pathlib import Path

from midframe.media.protocols import FrameSource, FrameStream
from midframe.types import Frame, FrameFormat


class Excerpt:
    """Some frames of a source, counted from 0.

    Attributes:
        source: The whole of it.
        frames: Which frames of it.
        looped: Whether the first of them comes once more at the end.
    """

    def __init__(self, source: FrameSource, frames: range, *, looped: bool = False) -> None:
        self.source = source
        self.frames = frames
        self.looped = looped

    @property
    def format(self) -> FrameFormat:
        """What every frame is."""
        return self.source.format

    @property
    def codec_name(self) -> str:
        """The format of the files behind the frames."""
        return self.source.codec_name

    @property
    def files(self) -> tuple[Path, ...]:
        """The files behind the frames."""
        return self.source.files

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        return self.source.notes

    def __len__(self) -> int:
        return len(self.frames) + int(self.looped)

    def read(self, index: int) -> Frame:
        """See `FrameSource.read`."""
        if not 0 <= index < len(self):
            raise IndexError(f"frame {index} of {len(self)}")
        # The frame that comes round again has a number of its own: the next pair must not take it for the first.
        return replace(self.source.read(self.frames[index % len(self.frames)]), index=index)

    def close(self) -> None:
        """Let go of open files."""
        self.source.close()


class StreamPart:
    """Some frames of a stream, counted from 0. What comes behind them is not read.

    Attributes:
        stream: The whole of it.
        first: Number of its first frame that is used.
        stop: Number of its first frame that is not; None for all that comes.
    """

    def __init__(self, stream: FrameStream, first: int, stop: int | None) -> None:
        self.stream = stream
        self.first = first
        self.stop = stop

    @property
    def format(self) -> FrameFormat:
        """What every frame is."""
        return self.stream.format

    @property
    def codec_name(self) -> str:
        """What the frames come as."""
        return self.stream.codec_name

    @property
    def rate(self) -> Fraction | None:
        """Frames per second; None where the pipe does not say."""
        return self.stream.rate

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        return self.stream.notes

    def frames(self) -> Iterator[Frame]:
        """See `FrameStream.frames`."""
        for index, frame in enumerate(islice(self.stream.frames(), self.first, self.stop)):
            yield replace(frame, index=index)

    def close(self) -> None:
        """Read no more."""
        self.stream.close()
