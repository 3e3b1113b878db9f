"""Part of a source, or a source that returns to its first frame at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from midframe.media.protocols import FrameInput, FrameSource
from midframe.media.wrapped_source import SameFormatSource, WrappedStream
from midframe.types import Frame

if TYPE_CHECKING:
    from midframe.media.images.tiff.description import StackProperties


class Excerpt(SameFormatSource):
    """Some frames of a source, counted from 0.

    Attributes:
        source: The whole of it.
        frames: Which frames of it.
        looped: Whether the first of them comes once more at the end.
    """

    def __init__(self, source: FrameSource, frames: range, *, looped: bool = False) -> None:
        super().__init__(source)
        self.frames = frames
        self.looped = looped

    @property
    def stack(self) -> StackProperties | None:
        """See `FrameInput.stack`."""
        stack = self.source.stack
        if stack is None or not self.frames.start:
            return stack
        return replace(stack, description=stack.description.starting_at(self.frames.start))

    def as_pictures(self) -> FrameSource:
        """See `FrameSource.as_pictures`."""
        pictures = self.source.as_pictures()
        return self if pictures is self.source else Excerpt(pictures, self.frames, looped=self.looped)

    def __len__(self) -> int:
        return len(self.frames) + int(self.looped)

    def frames_from(self, start: int) -> Iterator[Frame]:
        """See `FrameInput.frames_from`."""
        rest = max(0, len(self.frames) - start)
        if rest:
            # Sources that compare neighbours know them in order, and not one by one.
            part = islice(self.source.frames_from(self.frames.start + start), rest)
            for index, frame in enumerate(part, start):
                yield replace(frame, index=index)
        if self.looped:
            yield self.read(len(self) - 1)

    def read(self, index: int) -> Frame:
        """See `FrameSource.read`."""
        if not 0 <= index < len(self):
            raise IndexError(f"frame {index} of {len(self)}")
        return self._numbered(self.source.read, index)

    def read_roughly(self, index: int) -> Frame:
        """See `FrameSource.read_roughly`."""
        return self._numbered(self.source.read_roughly, index)

    def _numbered(self, read: Callable[[int], Frame], index: int) -> Frame:
        # The frame that returns has a number of its own: the next pair must not take it for the first.
        return replace(read(self.frames[index % len(self.frames)]), index=index)


class StreamPart(WrappedStream):
    """Some frames of a stream, counted from 0. What comes after them is not read.

    Attributes:
        stream: The whole of it.
        first: Number of its first frame that is used.
        stop: Number of its first frame that is not; None for all that comes.
    """

    def __init__(self, stream: FrameInput, first: int, stop: int | None) -> None:
        super().__init__(stream)
        self.first = first
        self.stop = stop

    def frames(self) -> Iterator[Frame]:
        """See `FrameStream.frames`."""
        for index, frame in enumerate(islice(self.stream.frames_from(0), self.first, self.stop)):
            yield replace(frame, index=index)
