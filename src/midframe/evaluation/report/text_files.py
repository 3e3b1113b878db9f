"""Small text files that are whole or not there."""

from __future__ import annotations

from pathlib import Path

from midframe.errors import WriteError


def write_text(path: Path, text: str) -> None:
    """Write a file in UTF-8 with the line ends that `text` has, beside its place first.

    Raises:
        WriteError: It cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise WriteError(
            f"{path} cannot be written: {error.strerror or error}. Name a place in a folder that exists and is yours."
        ) from error
