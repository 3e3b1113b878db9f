"""What earlier runs have left in the place of a job's output: what the job continues, and what it removes.

Only files of our own are removed: temporary files by their names, which no other file has, and frames by the journal of
an interrupted run on the same input.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from midframe.atomic import special_kind, unlink_quietly
from midframe.errors import ResumeError
from midframe.jobs.journal import JournalRecord, read_journal
from midframe.jobs.resolve import ResolvedJob
from midframe.media.images.folder_sink import FolderPlan
from midframe.media.images.numbering import NamePattern
from midframe.media.output_paths import left_over
from midframe.media.protocols import EarlierOutput

NAMED = 3
"""Files that a notice lists."""

_INPUT_KEYS = ("input_frames", "input_files", "input_bytes", "input_names_sizes_and_times")


@dataclass(frozen=True)
class Leftovers:
    """Files of earlier runs.

    Attributes:
        partial: The unfinished file that the job continues; None for none.
        stale: Files to remove.
    """

    partial: Path | None
    stale: tuple[Path, ...]

    def remove(self) -> str | None:
        """Remove them all, as soon as the job no longer needs them; a sentence for the user about those that are stale.

        Call it when the journal names the new file: until then a killed job is continued from the old one.
        """
        if self.partial is not None:
            unlink_quietly(self.partial)
        for path in self.stale:
            unlink_quietly(path)
        gone = [path.name for path in self.stale if not path.exists()]
        if not gone:
            return None
        return f"Removed files of an interrupted run: {_listed(gone)}."


def find_leftovers(job: ResolvedJob, record: JournalRecord | None, settings: dict[str, Any] | None) -> Leftovers:
    """Look for files of earlier runs. Call it while no other job can write to the output.

    Args:
        job: The job.
        record: What an earlier run has done that the job continues; None if it begins.
        settings: Everything that decides what the output is; None for a job without a journal.
    """
    if not job.output.fills_disk:
        return Leftovers(None, ())
    if isinstance(job.output, FolderPlan):
        stale = () if record is not None or settings is None else tuple(_frames(job, job.output, settings))
        return Leftovers(None, stale)
    partial = None if record is None else record.partial_file(job.path)
    kept = [*job.source.files, job.output.partial_path, *([] if partial is None else [partial])]
    return Leftovers(partial, tuple(left_over(job.path, hidden=False, kept=kept)))


def others_note(plan: FolderPlan, count: int) -> str | None:
    """A sentence for the user about files that look like frames of the output and are none of its `count` frames."""
    names = sorted(path.name for path in plan.others(count))
    if not names:
        return None
    return (
        f"{len(names)} file{'s' if len(names) > 1 else ''} in {plan.path} with names like those of the frames "
        f"{'do' if len(names) > 1 else 'does'} not belong to this job, and {'were' if len(names) > 1 else 'was'} kept: "
        f"{_listed(names)}."
    )


def _frames(job: ResolvedJob, plan: FolderPlan, settings: dict[str, Any]) -> Iterator[Path]:
    """Frames of an interrupted run on the same input that get no frame of this job."""
    if job.journal is None or not job.journal.exists():
        return
    try:
        record = read_journal(job.journal)
        if record is None or record.complete or any(record.settings.get(key) != settings[key] for key in _INPUT_KEYS):
            return
        pattern = NamePattern(*record.settings["output_pattern"])
        first = pattern.number(record.settings["output_first"])
    except (ResumeError, OSError, KeyError, TypeError):
        return
    for path in sorted(plan.path.iterdir()):
        number = pattern.number(path.name)
        if number is None or first is None or not 0 <= number - first < record.outputs or plan.writes(path.name):
            continue
        # What has changed or come since then is not what the run has written.
        if special_kind(path) is None and not EarlierOutput(written=record.written).changed(path):
            yield path


def _listed(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
