"""What a codec, a source, an output plan and a sink are.

A **codec** reads and writes one file format. A **source** is a numbered sequence of frames, a **stream** gives them
once and in order. A **plan** says where output frames go, and opens the **sink** that takes them. Everything outside
this package uses these interfaces only.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from midframe.errors import OptionError
from midframe.media.facts import MediaFacts, picture_facts
from midframe.types import AnnotationKind, Annotations, Frame, FrameFormat

if TYPE_CHECKING:
    from midframe.media.images.tiff.description import StackProperties
    from midframe.media.pipes.y4m import PipeFormat
    from midframe.media.video.reading.index import VideoIndex
    from midframe.media.video.stream_info import VideoStreamInfo

DEFAULT_NAME = "{:07d}"
"""Pattern of names of output frames."""


class ImageCodec(Protocol):
    """Reads and writes single images of one file format. Stateless; every method may be called from any thread."""

    name: str
    """Name for messages, such as "PNG"."""

    suffixes: tuple[str, ...]
    """File name endings in lower case with the dot; the first one is used for new files."""

    writable: bool
    """Whether frames can be written at all; where not, `refusal` says so of every format."""

    carries: frozenset[AnnotationKind]
    """The annotations that files can hold. How a picture is turned belongs to `FrameFormat` and is carried by all that
    hold Exif data, and by TIFF."""

    def probe(self, path: Path) -> FrameFormat:
        """Return the format that `read` would give, from the headers and a cheap check that the file is whole.

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
        """Encode `frame.samples` into `path`, with its annotations, and as `frame.metadata` says if this codec made it.

        Raises:
            WriteError: The file could not be written.
        """
        ...


@runtime_checkable
class SequenceCodec(ImageCodec, Protocol):
    """A codec whose files may differ in layout and still be frames of one sequence."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about what differs between the files of the sequence."""
        ...

    def for_sequence(self, paths: Sequence[Path]) -> SequenceCodec:
        """A codec that reads these files alone, and gives all of them one format.

        Files that cannot have it are found by its `probe`, which raises a `SequenceError`.
        """
        ...


class FrameInput(ABC):
    """What sources and streams have in common. All frames have one format.

    Members that only some inputs can fill have a default here, so that callers ask the input and not its class.
    """

    @property
    @abstractmethod
    def format(self) -> FrameFormat:
        """What every frame is."""

    @property
    @abstractmethod
    def codec_name(self) -> str:
        """The format of the files of the frames, such as "PNG", or what a stream carries, such as "Y4M"."""

    @property
    @abstractmethod
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about what was left out and what is missing."""

    @abstractmethod
    def close(self) -> None:
        """Release files or the pipe. Closing twice is allowed."""

    @property
    def length(self) -> int | None:
        """How many frames there are; None where only the end of the input shows it."""
        return None

    @property
    def seekable(self) -> FrameSource | None:
        """The input as frames that can be read in any order; None for a stream."""
        return None

    @abstractmethod
    def frames_from(self, start: int) -> Iterator[Frame]:
        """The frames in order, from frame `start` on; a stream can only start at 0.

        Raises:
            UnreadableFileError: A frame cannot be decoded; all frames before it were yielded.
        """

    @abstractmethod
    def interrupt(self) -> None:
        """End a read that waits for data; may be called from another thread."""

    @abstractmethod
    def as_pictures(self) -> FrameInput:
        """The frames as plain pictures, for outputs that are not videos: the input itself where they are."""

    @property
    def rate(self) -> Fraction | None:
        """Frames per second as a stream states it; None where it does not, and for all sources."""
        return None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of the frames: one each, or one for all; empty for a stream."""
        return ()

    @property
    def image_files(self) -> tuple[Path, ...]:
        """The `files` that are images; empty for a video."""
        return ()

    @property
    def annotations(self) -> Annotations:
        """What the file of the first frame says besides its samples."""
        return Annotations()

    @property
    def frame_numbers(self) -> tuple[int, ...] | None:
        """The numbers in the file names of the frames, ascending; None where no single number counts them."""
        return None

    @property
    def suffix(self) -> str | None:
        """Suffix in lower case that new image files take over; None where the codec's own is taken."""
        return None

    @property
    def video_info(self) -> VideoStreamInfo | None:
        """What a video says about its pictures as a whole; None where frames are plain images."""
        return None

    @property
    def video_file(self) -> Path | None:
        """The video file that the frames and their sound come from; None for images and streams."""
        return None

    @property
    def times_played(self) -> int | None:
        """How often an animation is played, 0 for ever; None where `video_file` says it, or nothing does."""
        return None

    @property
    def video_index(self) -> VideoIndex | None:
        """Times of the frames as a video file states them; None for images, streams, and part of a video."""
        return None

    @property
    def stack(self) -> StackProperties | None:
        """How a multi-page TIFF lays out its frames; None for all other inputs."""
        return None

    @property
    def pipe_format(self) -> PipeFormat | None:
        """How pictures come through a pipe; None where they do not."""
        return None


class FrameSource(FrameInput):
    """A sequence of frames that can be read in any order."""

    @property
    @abstractmethod
    def files(self) -> tuple[Path, ...]:
        """The files of the frames: one each, or one for all."""

    @abstractmethod
    def __len__(self) -> int:
        """How many frames there are."""

    @abstractmethod
    def read(self, index: int) -> Frame:
        """Decode frame `index` (its `index` is set). May be called from any thread.

        Raises:
            UnreadableFileError: The file cannot be decoded, or no longer has the format that it had at the start.
        """

    def read_roughly(self, index: int) -> Frame:
        """Frame `index` for statistics: as `read` gives it, or off by little where that takes reading many frames."""
        return self.read(index)

    @property
    def length(self) -> int:
        """How many frames there are."""
        return len(self)

    @property
    def seekable(self) -> FrameSource:
        """The source itself."""
        return self

    def frames_from(self, start: int) -> Iterator[Frame]:
        """See `FrameInput.frames_from`."""
        return map(self.read, range(start, len(self)))

    def interrupt(self) -> None:
        """Do nothing: reads do not wait for other programs."""

    def as_pictures(self) -> FrameSource:
        """See `FrameInput.as_pictures`."""
        return self


class FrameStream(FrameInput):
    """Frames that come once, in order, and in a number that only the end shows: a pipe."""

    @property
    @abstractmethod
    def rate(self) -> Fraction | None:
        """Frames per second; None where the pipe does not state it."""

    @abstractmethod
    def frames(self) -> Iterator[Frame]:
        """The frames, with their `index` set. May be asked for once.

        Raises:
            UnreadableFileError: What comes is not a frame, or only part of one.
        """

    def frames_from(self, start: int) -> Iterator[Frame]:
        """See `FrameInput.frames_from`."""
        assert start == 0
        return self.frames()

    def interrupt(self) -> None:
        """End a read that waits for data."""
        self.close()

    def as_pictures(self) -> FrameStream:
        """See `FrameInput.as_pictures`."""
        return self


@dataclass(frozen=True)
class EarlierOutput:
    """What an earlier run has put into the place of an output.

    Attributes:
        frames: How many frames it has written.
        partial: The unfinished file that they are in; None where they are in the output itself.
        written: When it has written last, as a file's time in nanoseconds; None where that is not known.
    """

    frames: int = 0
    partial: Path | None = None
    written: int | None = None

    def changed(self, path: Path) -> bool:
        """Whether a file has been written, replaced or put there since then, as far as that is known."""
        if self.written is None:
            return False
        try:
            return path.stat().st_ctime_ns > self.written
        except OSError:
            return True


NOTHING = EarlierOutput()


@dataclass(frozen=True, kw_only=True)
class OutputPlan(ABC):
    """Where output frames will go and in what form; made and checked before anything is created.

    Attributes:
        path: The output folder or file; what stands for the pipe where there is one.
        count: How many frames there will be; None where only the end of the input shows it.
    """

    path: Path
    count: int | None

    @property
    @abstractmethod
    def settings(self) -> dict[str, object]:
        """What decides what the output is, in types that JSON has."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """What people call the compression or the format of the files, such as "H.264" or "PNG"."""

    def facts(self, frame_format: FrameFormat) -> MediaFacts:
        """What the output holds, but for its time, if it is made of frames of this format."""
        return picture_facts(str(self.path), self.kind, frame_format)

    @property
    def is_folder(self) -> bool:
        """Whether the output is a folder."""
        return False

    @abstractmethod
    def planned_names(self) -> tuple[str, str]:
        """File names of the first and the last frame, for a dry run; one name twice where one file holds both."""

    @abstractmethod
    def open_sink(self, earlier: EarlierOutput = NOTHING) -> FrameSink:
        """Create the output place, and remove what a killed run has left there.

        Args:
            earlier: What an earlier run has written; the sink's `safe` says how many frames it continues after.

        Raises:
            WriteError: It cannot be created.
        """

    def open_redo(self, numbers: frozenset[int]) -> Redo:  # noqa: ARG002 - of outputs that are made as a whole
        """Open the finished output to replace some of its frames.

        Args:
            numbers: The frames.

        Raises:
            OptionError: Outputs of this kind are only made as a whole.
            ResumeError: What is there is not the finished output.
            WriteError: It cannot be written.
        """
        raise OptionError(
            f"`redo` is for videos and folders of images; {self.path} can only be made as a whole: use `choices` and "
            "`overwrite`.",
            option="redo",
            path=self.path,
        )

    @property
    def partial_path(self) -> Path:
        """Where finished frames are while the output is not complete: the output folder, or a new file next to it."""
        return self.path

    def require_free(self) -> None:  # noqa: B027 - in a pipe there is nothing to check
        """Check that no file of the user's is in the way: when planned, and again right before the work.

        Raises:
            OutputExistsError: There are files that must not be replaced.
            InputError: The place is taken by something that is never replaced, or is the input.
        """

    def whole_frames(self, earlier: EarlierOutput) -> int:
        """How many frames of a finished output are there and whole, up to the first that is not.

        A quick look at each file; what has changed since the earlier run is decoded.
        """
        return earlier.frames

    @property
    def is_timed(self) -> bool:
        """Whether the output says when each frame is shown."""
        return False

    @property
    def resumable(self) -> bool:
        """Whether another run can continue after the frames that are in an unfinished output."""
        return False

    @property
    def fills_disk(self) -> bool:
        """Whether the output takes space on a disk of this machine."""
        return True

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        return ()

    @property
    def status_message(self) -> str:
        """A sentence for the user about an output that stops early."""
        return f"The frames finished so far are in {self.partial_path}."

    def frame_stem(self, index: int) -> str:
        """Name of output frame `index` without a suffix, for files that belong to it."""
        return DEFAULT_NAME.format(index)

    def require_index(self, index: int) -> None:
        """Check a frame number.

        Raises:
            IndexError: The output has no frame of this number.
        """
        if index < 0 or (self.count is not None and index >= self.count):
            raise IndexError(f"frame {index} of {self.count}")


@dataclass(frozen=True, eq=False)
class Redo:
    """A finished output whose frames are being replaced.

    Attributes:
        sink: Takes frames in ascending order; what it does not get is unchanged.
        needed: The frames that it must get: those that were asked for, and perhaps more.
        note: A sentence for the user where there are more; else None.
    """

    sink: FrameSink
    needed: frozenset[int]
    note: str | None = None


class StagedFrame(Protocol):
    """A frame on its way into a sink: encoded, not yet visible under its final name."""

    @property
    def index(self) -> int:
        """Its number in the output."""
        ...


class FrameSink(Protocol):
    """Takes output frames 0, 1, 2, ...: `stage` in any order from any thread, `commit` in order from one."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about problems with anything but the frames; complete once the sink is finished."""
        ...

    @property
    def safe(self) -> int:
        """Frames 0 … safe − 1 are on disk, and another sink that is opened in the same place can continue after them.

        A sink that continues starts with as many of them as it has found whole.
        """
        ...

    def stage(self, index: int, frame: Frame) -> StagedFrame:
        """Do the slow part (encode or copy, flush to disk) under a temporary name.

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
