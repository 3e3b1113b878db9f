"""Resuming where an interrupted run has stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from midframe.engines.protocols import JobModel
from midframe.errors import OptionError, ResumeError
from midframe.jobs.fingerprint import identity
from midframe.jobs.journal import Journal, JournalRecord, ResumePoint, differences, read_journal
from midframe.jobs.resolve import ResolvedJob
from midframe.media.protocols import FrameSink
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
                "`resume` needs files: a pipe or an unfinished TIFF stack cannot be continued.", option="resume"
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
    if record is None or (record.complete and not job.path.exists()):
        return None
    changed = differences(record.settings, settings)
    if changed:
        raise ResumeError(
            f"The output {job.path} was begun with another input or other settings ({'; '.join(changed)}). Use those, "
            "or begin again with `overwrite` and without `resume`.",
            option="resume",
            path=job.path,
        )
    return record


@contextmanager
def journalled(
    job: ResolvedJob, settings: dict[str, Any] | None, begin: ResumePoint, sink: FrameSink, reporter: Reporter
) -> Iterator[None]:
    """Keep a journal while a job runs, if it can have one."""
    if job.journal is None or settings is None:
        yield
        return
    # Made before the first frame: what an older run says does not hold any more as soon as its frames are replaced.
    journal = Journal(job.journal, settings, begin, lambda: sink.safe)
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
    journal.complete(keep=job.resume)
