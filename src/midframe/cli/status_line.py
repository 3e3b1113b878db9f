"""A line on the terminal that says what keeps the user waiting, until there is something else to read.

Whatever is printed next takes its place: the streams of the command line erase it first. Nothing is shown where a
stream is not a terminal: another program may read it, or write on the same terminal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

_shown: tuple[int, int] | None = None
"""Descriptor of the terminal and columns of the line; None while there is none."""


def show_status(text: str) -> None:
    """Show a line, in characters that take one column each."""
    global _shown
    erase_status()
    if not all(stream is not None and stream.isatty() for stream in (sys.stdout, sys.stderr)):
        return
    sys.stderr.write(text)
    sys.stderr.flush()
    _shown = (sys.stderr.fileno(), len(text))


def erase_status() -> None:
    """Erase the line, if there is one."""
    global _shown
    if _shown is None:
        return
    (descriptor, columns), _shown = _shown, None
    try:
        os.write(descriptor, b"\r" + b" " * columns + b"\r")
    except OSError:
        return


def loading_words(words: Sequence[str], default: str) -> str:
    """What is said while a command loads: "Loading RIFE 4.25 …".

    Args:
        words: The command line, in which the model may be named.
        default: The model that is used where it is not.
    """
    model = default
    for number, word in enumerate(words):
        flag, equals, value = word.partition("=")
        if flag in ("-m", "--model"):
            model = value if equals else next(iter(words[number + 1 :]), default)
    return f"Loading {f'RIFE {model}' if model.replace('.', '').isdigit() else Path(model).name[:40]} …"
