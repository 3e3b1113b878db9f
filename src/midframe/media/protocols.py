"""What a codec, a source and a sink are.

A **codec** knows one file format. A **source** is a numbered row of frames, a **sink** takes numbered frames.
The pipeline knows sources and sinks only.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Protocol, runtime_checkable

from midframe.types import Frame, FrameFormat


class ImageCodec(Protocol):
    """Reads and writes single images of one file format. Stateless; every method may be called from any thread."""

    name: str
    """Name for messages, such as "PNG"."""

    suffixes: tuple[str, ...]
    """File name endings in lower case with the dot; the first one is used for new files."""

    def probe(self, path: Path) -> FrameFormat:
        """Tell what `read` would give, from the headers and a cheap check that the file is whole.

        Raises:
            UnreadableFileError: Damaged, truncated, empty, or not of this format.
            UnsupportedFormatError: A pixel layout that cannot be interpolated; the message says which and what
                to do.
        """
        ...

    def read(self, path: Path) -> Frame:
        """Decode the file. The frame's `path` is `path`, its `index` 0, its `format` equals `probe(path)`.

        Raises:
            UnreadableFileError: As for `probe`, or damage that only shows when decoding.
            UnsupportedFormatError: As for `probe`.
        """
        ...

    def refusal(self, frame_format: FrameFormat) -> str | None:
        """Why frames of this format cannot be written without loss of range, depth or channels; None if they can."""
        ...

    def write(self, path: Path, frame: Frame) -> None:
        """Encode `frame.samples` into `path`, with what `frame.metadata` carries if this codec made it.

        Raises:
            WriteError: The file could not be written.
        """
        ...


class FrameSource(Protocol):
    """A row of frames that all have one format."""

    @property
    def format(self) -> FrameFormat:
        """What every frame is."""
        ...

    @property
    def codec_name(self) -> str:
        """The format of the files behind the frames, such as "PNG"."""
        ...

    @property
    def files(self) -> tuple[Path, ...]:
        """The files behind the frames: one each, or one for all."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about what was left out and what is missing."""
        ...

    def __len__(self) -> int:
        """How many frames there are."""
        ...

    def read(self, index: int) -> Frame:
        """Decode frame `index` (its `index` is set). May be called from any thread.

        Raises:
            UnreadableFileError: The file cannot be decoded, or no longer has the format that it had at the start.
        """
        ...

    def close(self) -> None:
        """Let go of open files. Closing twice is allowed."""
        ...


@runtime_checkable
class FrameStream(Protocol):
    """Frames that come once, in order, and nobody knows how many: a pipe. All of them have one format."""

    @property
    def format(self) -> FrameFormat:
        """What every frame is."""
        ...

    @property
    def codec_name(self) -> str:
        """What the frames come as, such as "Y4M"."""
        ...

    @property
    def rate(self) -> Fraction | None:
        """Frames per second; None where the pipe does not say."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        ...

    def frames(self) -> Iterator[Frame]:
        """The frames, with their `index` set. May be asked for once.

        Raises:
            UnreadableFileError: What comes is no frame, or only part of one.
        """
        ...

    def close(self) -> None:
        """Let go of the pipe. Closing twice is allowed."""
        ...


class StagedFrame(Protocol):
    """A frame on its way into a sink: encoded, not yet visible under its final name."""

    @property
    def index(self) -> int:
        """Its place in the output."""
        ...


class FrameSink(Protocol):
    """Takes output frames 0, 1, 2, ...: `stage` in any order from any thread, `commit` in order from one."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about what went wrong beside the frames; complete once the sink is finished."""
        ...

    @property
    def safe(self) -> int:
        """Frames 0 … safe − 1 are on disk, and another sink that is opened in the same place can go on behind them.

        A sink that goes on starts with as many of them as it has found whole.
        """
        ...

    def stage(self, index: int, frame: Frame) -> StagedFrame:
        """Do the slow part (encode or copy, flush to disk) beside the final place.

        A frame whose `path` is a file of the sink's own format is copied byte for byte.

        Raises:
            WriteError: It could not be written.
        """
        ...

    def commit(self, staged: StagedFrame) -> None:
        """Make a staged frame part of the output, whole or not at all. Called with index 0, 1, 2, ... in order.

        Raises:
            WriteError: It could not be put in place.
        """
        ...

    def finish(self) -> None:
        """All frames are committed: complete the output."""
        ...

    def abort(self) -> None:
        """Stop early: remove what is staged and not committed, keep what is finished. Aborting twice is allowed."""
        ...
