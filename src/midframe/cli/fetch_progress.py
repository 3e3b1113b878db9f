"""Downloads on the console: a bar on a terminal, plain lines anywhere else; always on the error stream."""

from __future__ import annotations

import sys
from typing import Any

import typer
from tqdm import tqdm


def readable_size(size: int | None) -> str:
    """A number of bytes for people: "24.6 MB"; "?" if it is not known."""
    if size is None:
        return "?"
    if size < 1000:
        return f"{size} B"
    return f"{size / 1e3:.1f} kB" if size < 1e6 else f"{size / 1e6:.1f} MB"


class ConsoleProgress:
    """A `midframe.models.download.Progress` for people."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def message(self, text: str) -> None:
        """Print one line."""
        typer.echo(text, err=True)

    def begin(self, label: str, total: int | None) -> None:
        """Show a bar on a terminal, or say once what is coming."""
        if sys.stderr.isatty():
            self._bar = tqdm(desc=label, total=total, unit="B", unit_scale=True, leave=False)
        else:
            typer.echo(f"Getting {label} ({readable_size(total)}) ...", err=True)

    def advance(self, count: int) -> None:
        """Move the bar, if there is one."""
        if self._bar is not None:
            self._bar.update(count)

    def end(self) -> None:
        """Take the bar away, if there is one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
