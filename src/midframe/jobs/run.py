"""Running a job: reader → engine → writer, all at once, in bounded memory."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from midframe.engines.memory_plan import BUFFER_BYTES, buffer_bytes, must_drop_views
from midframe.engines.protocols import JobModel
from midframe.errors import CancelledError
from midframe.executors.base import FlowWriter
from midframe.executors.options import ExecutorKind
from midframe.executors.selection import make_executor
from midframe.jobs.dataflow import JobOutcome, carry_out
from midframe.jobs.leftovers import find_leftovers
from midframe.jobs.redo import find_work, redo
from midframe.jobs.resolve import ResolvedJob
from midframe.jobs.resume import earlier_run, finished_part, identity_of
from midframe.jobs.stopped import stopped_message
from midframe.runtime.classification import PairClassifier
from midframe.runtime.deflickered import AHEAD
from midframe.runtime.events import Finished, JobSummary, Notice, Reporter
from midframe.runtime.previews import PreviewReporter
from midframe.runtime.view_fitting import fit_view
from midframe.signals import CancelRequested, CancelToken, handle_stop_signals


def run_job(
    job: ResolvedJob,
    model: JobModel | None,
    reporter: Reporter,
    *,
    executor_kind: ExecutorKind = "auto",
    buffered: int | None = None,
    motions: FlowWriter | None = None,
    cancel: CancelToken | None = None,
    preview_interval: float | None = None,
) -> JobSummary:
    """Carry out a job.

    Args:
        job: The job, from `resolve_job`.
        model: May be None if the job does not need one.
        reporter: Receives all events.
        executor_kind: Which executor interpolates; a model on a cluster has one of its own.
        buffered: Bytes that may wait before the engine, and as many after it; None for what memory allows.
        motions: Takes the motion of interpolated frames; None where it is not requested. Needs the direct mode.
        cancel: Stops the job, from any thread.
        preview_interval: Seconds between two events with a preview frame, at least; None for none.

    Raises:
        CancelledError: The user interrupted, or `cancel` was cancelled; whole frames are on disk.
        MidframeError: Of the kind that fits. Frames finished before are on disk.
    """
    try:
        with handle_stop_signals():
            fitted = None
            if model and job.needs_network:
                fitted = model.fitted(job.source.format, job.timeline.most_times, job.mode, job.decisions.pair_options)
            for note in (*job.notes, *(fitted.notes if fitted else ())):
                reporter(Notice(note))
            # Taking out flicker alone is a purpose of its own.
            if not job.needs_network and not job.options.deflicker:
                reporter(Notice("No output frame falls between source frames, so nothing is interpolated."))
            summary = _run(job, fitted, reporter, executor_kind, buffered, motions, cancel, preview_interval)
        reporter(Finished(summary))
    except (KeyboardInterrupt, CancelRequested) as interrupt:
        raise CancelledError(stopped_message(job)) from interrupt
    finally:
        job.source.close()
        reporter.close()
    return summary


def _run(
    job: ResolvedJob,
    model: JobModel | None,
    reporter: Reporter,
    executor_kind: ExecutorKind,
    buffered: int | None,
    motions: FlowWriter | None,
    cancel: CancelToken | None,
    preview_interval: float | None,
) -> JobSummary:
    if job.options.redo:
        return _redo(job, model, reporter, executor_kind, cancel)
    settings = identity_of(job, model)
    if settings is not None and motions is not None:
        settings |= motions.settings
    record = earlier_run(job, settings)
    executor = None
    started = time.perf_counter()
    if record is not None and record.complete:
        whole = finished_part(job, record)
        if whole < (job.timeline.count or record.outputs):
            first = f"frame {whole} is" if job.output.is_folder else "it is"
            reporter(
                Notice(f"The output {job.path} was complete, but {first} missing or damaged; it is written again.")
            )
            record = replace(record, complete=False) if job.output.is_folder else None
    leftovers = find_leftovers(job, record, settings)
    if record is not None and record.complete:
        again = "`overwrite` without `resume` makes it again."
        reporter(Notice(f"{job.path} is already complete; there is nothing to do. {again}"))
        done = JobOutcome(0, resumed=job.timeline.count or 0)
    else:
        transform = fit_view(job.source, job.channels, job.options.alpha) if model else None
        if model and transform:
            executor = make_executor(
                model,
                transform,
                job.mode,
                lambda sentence: reporter(Notice(sentence)),
                executor_kind,
                keep_motion=motions is not None,
            )
        spare = model.spare if model else BUFFER_BYTES * 2
        if job.options.deflicker:
            spare = max(0, spare - (AHEAD + 1) * job.source.format.nbytes)
        without_views = must_drop_views(job.source.format, spare)
        waiting = buffer_bytes(job.source.format, spare, without_views=without_views) if buffered is None else buffered
        previews = None
        if transform is not None and preview_interval is not None:
            previews = PreviewReporter(transform, reporter, preview_interval)
        classifier = PairClassifier(transform, job.rules, without_views=without_views)
        done = carry_out(
            job, classifier, executor, record, leftovers, settings, reporter, waiting, motions, previews, cancel
        )
    device = executor.device_name if executor else "none"
    return _summary(job, model, device, done, time.perf_counter() - started)


def _redo(
    job: ResolvedJob,
    model: JobModel | None,
    reporter: Reporter,
    executor_kind: ExecutorKind,
    cancel: CancelToken | None,
) -> JobSummary:
    started = time.perf_counter()
    transform = fit_view(job.source, job.channels, job.options.alpha) if model else None
    make = None
    if model and transform:
        make = partial(
            make_executor, model, transform, job.mode, lambda sentence: reporter(Notice(sentence)), executor_kind
        )
    classifier = PairClassifier(transform, job.rules)
    work = find_work(job, model, classifier)
    done = redo(job, classifier, make, work, reporter, cancel)
    return _summary(job, model, done.device or "none", done, time.perf_counter() - started)


def _summary(job: ResolvedJob, model: JobModel | None, device: str, done: JobOutcome, seconds: float) -> JobSummary:
    origins, verdicts = done.origins, done.verdicts
    return JobSummary(
        output=str(job.path),
        sources=done.sources,
        outputs=done.resumed + origins.total(),
        resumed=done.resumed,
        copied=origins["copied"],
        synthesised=origins["synthesised"] + origins["replaced"],
        held=sum(origins[origin] for origin in ("held_static", "held_cut", "held_choice", "held_end")),
        blended=origins["blended_cut"] + origins["blended_choice"],
        replaced=origins["replaced"],
        static_pairs=verdicts["static"],
        cuts=verdicts["cut"],
        seconds=seconds,
        engine_seconds=done.engine_seconds,
        frames_per_second=origins.total() / seconds,
        device=device,
        model=model.name if model else "none",
        model_sha256=model.sha256 if model else "",
    )
