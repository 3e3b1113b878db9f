"""Small text files that are whole or not there."""

from __future__ import annotations

from pathlib import Path

from midframe.atomic import write_text_atomically
from midframe.errors import WriteError


def write_text(path: Path, text: str) -> None:
    """Write a file in UTF-8 with the line ends that `text` has, whole or not at all.

    Raises:
        WriteError: It cannot be written.
    """
    try:
        write_text_atomically(path, text)
    except OSError as error:
        raise WriteError(
            f"{path} cannot be written: {error.strerror or error}. Name a place in a folder that exists and is yours.",
            path=path,
        ) from error
