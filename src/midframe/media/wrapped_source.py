"""What sources and streams that change another one have in common."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from midframe.media.protocols import FrameInput, FrameSource, FrameStream
from midframe.types import Annotations, FrameFormat

if TYPE_CHECKING:
    from midframe.media.images.tiff.description import StackProperties
    from midframe.media.pipes.y4m import PipeFormat
    from midframe.media.video.stream_info import VideoStreamInfo


class WrappedSource(FrameSource):
    """A source of the frames of another one; what is said of their files is what that one says.

    Attributes:
        source: The other one, which closing this one closes.
    """

    def __init__(self, source: FrameSource) -> None:
        self.source = source

    @property
    def codec_name(self) -> str:
        """The format of the files of the frames."""
        return self.source.codec_name

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the frames."""
        return self.source.files

    @property
    def image_files(self) -> tuple[Path, ...]:
        """The files that are images."""
        return self.source.image_files

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        return self.source.notes

    @property
    def annotations(self) -> Annotations:
        """See `FrameInput.annotations`."""
        return self.source.annotations

    @property
    def suffix(self) -> str | None:
        """See `FrameInput.suffix`."""
        return self.source.suffix

    def close(self) -> None:
        """Release open files."""
        self.source.close()


class SameFormatSource(WrappedSource):
    """A source of frames that have the format of those of another one, and belong to the same video or stack."""

    @property
    def format(self) -> FrameFormat:
        """What every frame is."""
        return self.source.format

    @property
    def video_info(self) -> VideoStreamInfo | None:
        """See `FrameInput.video_info`."""
        return self.source.video_info

    @property
    def video_file(self) -> Path | None:
        """See `FrameInput.video_file`."""
        return self.source.video_file

    @property
    def times_played(self) -> int | None:
        """See `FrameInput.times_played`."""
        return self.source.times_played

    @property
    def stack(self) -> StackProperties | None:
        """See `FrameInput.stack`."""
        return self.source.stack


class WrappedStream(FrameStream):
    """A stream of the frames of another one; what is said of them is what that one says.

    Attributes:
        stream: The other one, which closing this one closes.
    """

    def __init__(self, stream: FrameInput) -> None:
        self.stream = stream

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

    @property
    def video_info(self) -> VideoStreamInfo | None:
        """See `FrameInput.video_info`."""
        return self.stream.video_info

    @property
    def pipe_format(self) -> PipeFormat | None:
        """See `FrameInput.pipe_format`."""
        return self.stream.pipe_format

    def close(self) -> None:
        """Read no more."""
        self.stream.close()
