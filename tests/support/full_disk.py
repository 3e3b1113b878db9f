"""A disk on which some files can be started and not written."""

from __future__ import annotations

import builtins
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
    real = builtins.open

    def opened(path: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        full = isinstance(path, Path) and word in path.name and mode == "w"
        return FullFile() if full else real(path, mode, *arguments, **options)

    monkeypatch.setattr(builtins, "open", opened)
    monkeypatch.setattr(Path, "open", opened)
