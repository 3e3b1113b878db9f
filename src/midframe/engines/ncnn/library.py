"""Loads ncnn, and keeps what it prints out of the terminal."""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from midframe.extras import require_package

_logger = logging.getLogger(__name__)


def load_ncnn(purpose: str, *, option: str | None = None) -> Any:
    """The library, which has no types.

    Args:
        purpose: What needs it, as the beginning of a sentence.
        option: Name of the option that asks for it.

    Raises:
        OptionError: It is not installed.
    """
    require_package("ncnn", purpose, option=option)
    import ncnn

    return ncnn


@contextmanager
def logged_output() -> Iterator[None]:
    """Send what ncnn prints, which goes past Python to the process's standard error, to the log of this module.

    What other threads print there in the meantime goes the same way, so this is for short calls.
    """
    try:
        before = os.dup(2)
    except OSError:  # a program without a terminal
        yield
        return
    _flush()
    with tempfile.TemporaryFile() as printed:
        try:
            os.dup2(printed.fileno(), 2)
            try:
                yield
            finally:
                _flush()
                os.dup2(before, 2)
        finally:
            os.close(before)
        printed.seek(0)
        for line in printed.read().decode(errors="replace").splitlines():
            _logger.debug("%s", line)


def _flush() -> None:
    """Have Python write what it still holds back."""
    if sys.stderr is not None:
        sys.stderr.flush()
