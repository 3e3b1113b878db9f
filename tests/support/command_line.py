"""What end-to-end tests share."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midframe.cli.application import app, guarded
from midframe.media.images.codecs import codec_for
from midframe.types import Frame, FrameFormat

Midframe = Callable[..., "subprocess.CompletedProcess[str]"]
"""Calls the command line: arguments, and the exit code that is expected as `code`. Fails where it is another one."""

Called = Callable[[Callable[[], int], int], "subprocess.CompletedProcess[str]"]
"""Calls something that returns an exit code, which must be the second argument, and tells what it printed."""


def write_png(path: Path, samples: NDArray[np.uint8]) -> None:
    """One RGB picture."""
    height, width, channels = samples.shape
    codec_for(path).write(path, Frame(samples, FrameFormat(width, height, channels, samples.dtype)))


def run_in_process(*arguments: object, code: int | None = 0) -> int:
    """The command line without a new process.

    Args:
        arguments: Of the command line.
        code: The exit code that is expected; None for any.

    Returns:
        The exit code.
    """
    got = guarded(lambda: app([str(argument) for argument in arguments]))
    assert code is None or got == code, f"exit code {got}, not {code}"
    return got
