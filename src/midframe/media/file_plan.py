"""What plans of an output in one file have in common."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from midframe.media.output_paths import require_free_file
from midframe.media.protocols import OutputPlan


@dataclass(frozen=True, kw_only=True)
class FilePlan(OutputPlan):
    """All frames in one file, which grows under another name and gets its own when it is finished.

    Attributes:
        temporary: Where the file grows: a new name next to it.
        inputs: Files that must not be replaced.
        overwrite: Whether an older file is replaced.
    """

    temporary: Path
    inputs: tuple[Path, ...] = ()
    overwrite: bool = False

    @property
    def partial_path(self) -> Path:
        """Where the file grows; a video can be played from there if the job is stopped."""
        return self.temporary

    def require_free(self) -> None:
        """See `OutputPlan.require_free`."""
        require_free_file(self.path, self.inputs, self.overwrite)

    def planned_names(self) -> tuple[str, str]:
        """The file name twice: first and last frame are in the same file."""
        return self.path.name, self.path.name
