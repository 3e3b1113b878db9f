"""A disk on which some files can be begun and not written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest


class FullFile(io.StringIO):
    """A file on a full disk."""

    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def fill_disk(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """From here on, nothing can be written into new files whose names contain a word."""
    real = Path.open

    def opened(path: Path, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        return FullFile() if word in path.name and mode == "w" else real(path, mode, *arguments, **options)

    monkeypatch.setattr(Path, "open", opened)
