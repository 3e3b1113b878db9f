"""Resuming where an interrupted run has stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from midframe.engines.protocols import JobModel
from midframe.errors import OptionError, ResumeError
from midframe.jobs.fingerprint import identity
from midframe.jobs.journal import FileStamp, Journal, JournalRecord, ResumePoint, differences, read_journal
from midframe.jobs.resolve import ResolvedJob
from midframe.media.protocols import EarlierOutput, FrameSink
from midframe.runtime.events import Reporter


def identity_of(job: ResolvedJob, network: JobModel | None) -> dict[str, Any] | None:
    """Everything that decides what the output is; None where there is no journal to write it into.

    Raises:
        OptionError: The job is to resume, but cannot.
    """
    source = job.source.seekable
    if job.journal is None or source is None:
        if job.resume:
            raise OptionError(
                "`resume` needs files: a pipe or an unfinished TIFF stack cannot be resumed.", option="resume"
            )
        return None
    return identity(job, source, network)


def earlier_run(job: ResolvedJob, settings: dict[str, Any] | None) -> JournalRecord | None:
    """What an earlier run of the same job has done; None if the job begins.

    Raises:
        ResumeError: Input or settings are not those of the earlier run.
    """
    if not job.resume or job.journal is None or settings is None:
        return None
    record = read_journal(job.journal)
    if record is None:
        return None
    changed = differences(record.settings, settings)
    if changed:
        raise ResumeError(
            f"The output {job.path} was started with another input or other settings ({'; '.join(changed)}). Use "
            "those, or start again with `overwrite` and without `resume`.",
            option="resume",
            path=job.path,
        )
    _require_sound(job, record)
    return record


def finished_part(job: ResolvedJob, record: JournalRecord) -> int:
    """How many frames of an output are there and whole that its journal calls complete, as a quick look shows.

    Raises:
        ResumeError: Another file has the name of the output.
    """
    expected = EarlierOutput(job.timeline.count or record.outputs, None, record.written)
    if record.stamp is None:
        return job.output.whole_frames(expected)
    try:
        stamp = FileStamp.of(job.path)
    except OSError:
        return 0
    if stamp == record.stamp and not expected.changed(job.path):
        return expected.frames
    whole = job.output.whole_frames(expected)
    if not whole and stamp.size and stamp.head != record.stamp.head:
        raise ResumeError(
            f"{job.path} is neither the file that the job wrote nor a complete video of {expected.frames} frames. "
            "Move it away, or start again with `overwrite` and without `resume`.",
            option="resume",
            path=job.path,
        )
    return whole


def _require_sound(job: ResolvedJob, record: JournalRecord) -> None:
    """Refuse checkpoints that the job cannot have written.

    Raises:
        ResumeError: There are such.
    """
    count, length = job.timeline.count, job.source.length
    for point in record.checkpoints:
        if (count is not None and point.outputs > count) or (
            length is not None and max(point.left, point.restart) >= length
        ):
            raise ResumeError(
                f"The journal {job.journal} is damaged: it names frames that the job does not have. Remove it to "
                "start again.",
                path=job.journal,
            )


@contextmanager
def journalled(
    job: ResolvedJob, settings: dict[str, Any] | None, begin: ResumePoint, sink: FrameSink, reporter: Reporter
) -> Iterator[None]:
    """Keep a journal while a job runs, if it can have one."""
    if job.journal is None or settings is None:
        yield
        return
    # Made before the first frame: what an older run says does not hold any more as soon as its frames are replaced.
    partial = None if job.output.is_folder else job.output.partial_path.name
    journal = Journal(job.journal, settings, begin, lambda: sink.safe, partial)
    reporter.add(journal)
    try:
        yield
    except BaseException:
        journal.close()
        if not sink.safe:
            # Nothing to resume: leave no trace, and no folder that is empty but for the journal.
            with contextlib.suppress(OSError):
                job.journal.unlink(missing_ok=True)
            sink.abort()
        raise
    # What was chosen and masked is kept, to see what is chosen again; see `midframe.jobs.redo`.
    keep = job.resume or bool(job.decisions.by_frame) or job.mask is not None
    journal.complete(keep=keep, output=None if job.output.is_folder else job.path)
