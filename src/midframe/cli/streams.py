"""The standard streams of the command line's process: closed, full or gone, they end no job in the middle.

What is said on the error stream is worth less than the frames: where it cannot be written, it is left out. Output that
cannot be written is reported once, at the end. Libraries' own words are kept off both.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import signal
import sys
import threading
import warnings
from typing import TYPE_CHECKING, TextIO

from midframe.cli.status_line import erase_status
from midframe.text import printable

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

STANDARD_STREAMS = (0, 1, 2)

REPEAT_SECONDS = 0.05
"""After which an interrupt that arrived where it could not be raised is sent again."""


class CommandLineStreams:
    """The streams of this process, made ready for the command line.

    Args:
        debug: Whether libraries may speak on the error stream.
    """

    def __init__(self, *, debug: bool) -> None:
        _open_missing()
        self._output: _Output | None = None
        if sys.stdout is not None:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
            self._output = _Output(1)
            sys.stdout = _text(self._output, sys.stdout, line_buffering=os.isatty(1))
        kept = os.dup(2)
        sys.stderr = _text(_Errors(kept), sys.stderr, line_buffering=True)
        if not debug:
            _silence_libraries()

    def close(self) -> str | None:
        """Write what is still waiting.

        Returns:
            Why output was lost, if any was for another reason than a reader that has gone.
        """
        erase_status()
        if sys.stdout is not None:
            with contextlib.suppress(OSError, ValueError):
                sys.stdout.flush()
        return self._output.failure if self._output is not None else None

    @property
    def reader_gone(self) -> bool:
        """Whether the reader of the output has closed it."""
        return self._output is not None and self._output.reader_gone


class _Errors(io.RawIOBase):
    """Writes to a descriptor what can be written, and never fails."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: ReadableBuffer, /) -> int:
        erase_status()
        try:
            return os.write(self._descriptor, data)
        except OSError:
            return len(memoryview(data).cast("B"))


class _Output(_Errors):
    """Writes to a descriptor, and fails once, where the reader has gone.

    Attributes:
        failure: The first other reason for which something could not be written.
        reader_gone: Whether the reader has gone.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        self.failure: str | None = None
        self.reader_gone = False

    def write(self, data: ReadableBuffer, /) -> int:
        erase_status()
        if self.failure is None and not self.reader_gone:
            try:
                return os.write(self._descriptor, data)
            except BrokenPipeError:
                self.reader_gone = True
                raise
            except OSError as error:
                self.failure = error.strerror or str(error)
        return len(memoryview(data).cast("B"))


def _open_missing() -> None:
    """Take the places of streams that were closed: the next file that is opened would be taken for one of them."""
    for descriptor in STANDARD_STREAMS:
        if not _is_open(descriptor):
            # The lowest number that is free is the one that is missing.
            os.open(os.devnull, os.O_RDWR)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _text(raw: io.RawIOBase, previous: TextIO | None, *, line_buffering: bool) -> TextIO:
    """A text stream that takes every character, whatever its encoding."""
    encoding = getattr(previous, "encoding", None) or "utf-8"
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding, errors="backslashreplace", line_buffering=line_buffering)


def _silence_libraries() -> None:
    """Let nothing but midframe speak: not C libraries, nor warnings, loggers, or destructors that fail."""
    null = os.open(os.devnull, os.O_WRONLY)
    # The error stream has another number by now.
    os.dup2(null, 2)
    os.close(null)
    warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("midframe").addHandler(_Notices())
    sys.unraisablehook = _ignore_unraisable


class _Notices(logging.Handler):
    """Prints midframe's own warnings as lines on the error stream."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        sys.stderr.write(f"{printable(record.getMessage())}\n")


def _ignore_unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    """Say nothing of errors in destructors. An interrupt that hit one would be lost: send it again, outside it."""
    if issubclass(unraisable.exc_type, KeyboardInterrupt):
        again = threading.Timer(REPEAT_SECONDS, os.kill, (os.getpid(), signal.SIGINT))
        again.daemon = True
        again.start()
