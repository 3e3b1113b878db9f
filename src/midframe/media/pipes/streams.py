"""The two ends of a pipeline of programs."""

from __future__ import annotations

import io
import os
import select
import sys
from dataclasses import dataclass
from typing import BinaryIO

from midframe.errors import OptionError, UnreadableFileError, WriteError
from midframe.signals import interruptible_wait

PIPE = "-"
"""What stands for standard input as an input, and for standard output as an output."""

CHUNK = 1 << 20
"""Bytes that are asked for at once."""


@dataclass(frozen=True)
class Pipes:
    """Where pipes come from and go to.

    Attributes:
        input: Standard input, or what stands for it; binary.
        output: Standard output, or what stands for it; binary, and not buffered.
    """

    input: BinaryIO
    output: BinaryIO

    @staticmethod
    def standard() -> Pipes:
        """Standard input and output of the process.

        Raises:
            OptionError: It has no standard output.
        """
        if sys.stdout is None:
            raise OptionError("Standard output is closed. Name a file with `output`.", option="output")
        # Nothing comes from an input that was closed before the process began.
        return Pipes(io.BytesIO() if sys.stdin is None else sys.stdin.buffer, sys.stdout.buffer)


def require_pipe(stream: BinaryIO, *, writes: bool) -> None:
    """Make sure that a program is at the other end, and no person.

    Raises:
        OptionError: It is a terminal.
    """
    if not stream.isatty():
        return
    if writes:
        raise OptionError(
            "Refusing to write frames to a terminal. Pipe them to a program: midframe run clip.mp4 -o - | ffplay -",
            option="output",
        )
    raise OptionError(
        "Standard input is a terminal. Pipe frames into it: "
        "ffmpeg -i in.mkv -f yuv4mpegpipe - | midframe run - -o out.mp4",
        option="source",
    )


class PipeReader:
    """Bytes from a pipe, in whole pieces. `close` may be called from another thread, and ends a read that waits."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._closed = False
        self._waiting = bytearray()
        self._descriptor = _descriptor(stream)

    def line(self, longest: int) -> bytes | None:
        """Up to the next end of a line, without it; None where no line ends within `longest` bytes."""
        while b"\n" not in self._waiting:
            if len(self._waiting) > longest or not self._more():
                return None
        end = self._waiting.index(b"\n")
        return self._take(end + 1)[:-1] if end <= longest else None

    def exactly(self, count: int) -> bytes:
        """The next `count` bytes; fewer at the end."""
        while len(self._waiting) < count and self._more():
            pass
        return self._take(count)

    @property
    def ended(self) -> bool:
        """Whether nothing more comes. Waits until that is known."""
        return not self._waiting and not self._more()

    def close(self) -> None:
        """Read no more; a read that waits sees an end. The caller that opened the stream closes it."""
        self._closed = True

    def _take(self, count: int) -> bytes:
        with memoryview(self._waiting) as view:
            piece = bytes(view[:count])
        del self._waiting[:count]
        return piece

    def _more(self) -> bool:
        """Read what has arrived, waiting for at least one byte; return whether there was one.

        Raises:
            UnreadableFileError: The system refuses.
        """
        try:
            piece = self._read()
        except OSError as error:
            raise UnreadableFileError(f"The pipe cannot be read: {error.strerror}.") from error
        self._waiting += piece
        return bool(piece)

    def _read(self) -> bytes:
        descriptor = self._descriptor
        if descriptor is None:
            return b"" if self._closed else self._stream.read(CHUNK)

        def is_readable(seconds: float) -> bool:
            return self._closed or bool(select.select([descriptor], [], [], seconds)[0])

        # Windows cannot wait for pipes like this; there a read ends when the sender does something.
        if os.name != "nt" and not interruptible_wait(is_readable):
            return b""
        return b"" if self._closed else os.read(descriptor, CHUNK)


def _descriptor(stream: BinaryIO) -> int | None:
    """The system's number of a stream; None for streams in memory."""
    try:
        return stream.fileno()
    except OSError:
        return None


class PipeWriter:
    """Bytes into a pipe, at once."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, *pieces: bytes) -> None:
        """Write all of it, and wait until the other end has read it.

        Raises:
            WriteError: The other end has gone.
        """
        try:
            for piece in pieces:
                rest = memoryview(piece)
                while rest:
                    rest = rest[self._stream.write(rest) :]
            self._stream.flush()
        except BrokenPipeError as error:
            raise WriteError("The program that read the frames has ended; interpolation stops.") from error
        except OSError as error:
            raise WriteError(f"The pipe cannot be written: {error.strerror}.") from error
