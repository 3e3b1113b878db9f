"""What went wrong, and what to do about it, in words for the page."""

from __future__ import annotations

from collections.abc import Callable

from midframe.app.items import Failure
from midframe.errors import (
    DeviceError,
    DiskFullError,
    DownloadError,
    EngineError,
    MidframeError,
    OutOfMemoryError,
    OutputInUseError,
    ResumeError,
    UnreadableFileError,
    WriteError,
)
from midframe.text import printable

ADVICE: tuple[tuple[type[MidframeError], str], ...] = (
    (DiskFullError, "Free some space on that disk, then resume: the frames that are finished are kept."),
    (OutOfMemoryError, "Close other programs, or set the flow scale to 0.5 under More, then resume."),
    (ResumeError, "Start it again: remove this job and add the input again."),
    (OutputInUseError, "Wait until the other job has ended, then resume."),
    (DownloadError, "Check the connection, then resume."),
    (DeviceError, "Choose another device under More."),
    (EngineError, "Choose cpu as the device under More, then resume."),
    (UnreadableFileError, "Play the file to see whether it is whole, and export it again if it is not."),
    (WriteError, "See whether the folder can be written to, then resume."),
)
"""What to do about errors of each kind; the first kind that fits counts."""


def failure_of(error: Exception, spell: Callable[[str], str]) -> Failure:
    """An error as the page shows it.

    Args:
        error: The error.
        spell: Makes messages name options as the page does.
    """
    if not isinstance(error, MidframeError):
        kind = type(error).__name__
        message = printable(f"Internal error ({kind}: {error}).")
        return Failure(message, "Please report it, with what the terminal of the app shows. Resuming may work.")
    advice = next((text for kind, text in ADVICE if isinstance(error, kind)), "")
    return Failure(spell(str(error)), advice, error.option)
