"""What is left of a job that was stopped, and what the same command makes of it."""

from __future__ import annotations

from midframe.errors import ResumeError
from midframe.jobs.journal import read_journal
from midframe.jobs.resolve import ResolvedJob


def stopped_message(job: ResolvedJob) -> str:
    """Sentences for the user: where the finished frames are, and whether another run can continue after them."""
    output = job.output
    finished = _frames_to_resume_after(job)
    if finished:
        last = "the first frame" if finished == 1 else f"the first {finished} frames"
        return f"Stopped. {output.status_message} The same command with `resume` continues after {last}."
    if not output.fills_disk:
        return f"Stopped. {output.status_message}"
    if output.is_folder or not output.partial_path.exists():
        kept = "No frame was finished" if output.is_folder else "Nothing of an unfinished file was kept"
        return f"Stopped. {kept}; the same command begins again."
    reason = "They are too few to resume from" if job.journal is not None else "A file of this kind cannot be resumed"
    return f"Stopped. {output.status_message} {reason}: the same command begins again."


def _frames_to_resume_after(job: ResolvedJob) -> int:
    if job.journal is None:
        return 0
    try:
        record = read_journal(job.journal)
    except ResumeError:
        return 0
    return record.outputs if record is not None and record.resumable(job.path, is_folder=job.output.is_folder) else 0
