"""Where an output grows until it is finished."""

from __future__ import annotations

from pathlib import Path

from midframe.atomic import is_temporary_name


def partial_files(output: Path) -> list[Path]:
    """Temporary files next to an output, visible ones."""
    return sorted(path for path in output.parent.iterdir() if is_temporary_name(path.name, output, hidden=False))


def partial_file(output: Path) -> Path:
    """The only one."""
    (path,) = partial_files(output)
    return path
