"""The right to write a job's output, and that of no other job, for as long as the job runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from midframe.atomic import is_stream, unlink_quietly
from midframe.jobs.resolve import ResolvedJob, require_not_begun
from midframe.media.output_lock import exclusive_output
from midframe.media.output_paths import left_over


@contextmanager
def claimed(job: ResolvedJob) -> Iterator[None]:
    """Be the only writer of a job's output, flow and report.

    Existing files are checked again: another job may have ended since the job was resolved.

    Raises:
        OutputInUseError: Another job writes to one of them.
        OutputExistsError: The output is there by now.
        InputError: The output can no longer be written, for another reason.
        WriteError: The output folder cannot be written.
    """
    with ExitStack() as claims:
        if job.output.fills_disk:
            claims.enter_context(exclusive_output(job.path, is_folder=job.output.is_folder))
            job.output.require_free()
            if job.journal is not None:
                require_not_begun(job.options, job.output, job.journal)
        flow = job.options.flow
        if flow is not None:
            claims.enter_context(exclusive_output(flow.folder, is_folder=True))
        report = job.options.report
        if report is not None and not is_stream(report):
            claims.enter_context(exclusive_output(report))
            for path in left_over(report, hidden=True):
                unlink_quietly(path)
        yield
