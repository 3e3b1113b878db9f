"""From the source through engines to the sink, all at once, in bounded memory."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from typing import Any

from midframe.detection.rules import PairClass
from midframe.executors.base import Executor, FlowWriter
from midframe.jobs.disk_guard import DiskGuard
from midframe.jobs.journal import JournalRecord, ResumePoint
from midframe.jobs.leftovers import Leftovers, others_note
from midframe.jobs.resolve import ResolvedJob
from midframe.jobs.resume import journalled
from midframe.media.images.folder_sink import FolderPlan
from midframe.media.protocols import NOTHING, EarlierOutput
from midframe.runtime.classification import PairClassifier
from midframe.runtime.decided_pairs import decided_pairs
from midframe.runtime.events import Advanced, Notice, Origin, Reporter, Stage, Started
from midframe.runtime.held_pairs import held_note
from midframe.runtime.output_order import OutputOrder
from midframe.runtime.previews import PreviewReporter
from midframe.runtime.reader import CountedFrames, ReadAhead
from midframe.runtime.tasks import copied_only, pair_tasks
from midframe.runtime.writer import OrderedWriter
from midframe.signals import CancelToken
from midframe.timing.output_slots import tail_slots

MAX_WRITERS = 4
"""Frames that are compressed at once, on machines that have the cores."""


@dataclass(frozen=True)
class JobOutcome:
    """What a run did.

    Attributes:
        sources: Source frames read, by an earlier run or this one.
        resumed: Output frames that an earlier run had finished.
        origins: How many output frames are of each origin.
        verdicts: How many pairs are of each verdict.
        engine_seconds: Wall time inside engines.
        device: What interpolated, where that is known here.
    """

    sources: int
    resumed: int
    origins: Counter[Origin] = field(default_factory=Counter)
    verdicts: Counter[PairClass] = field(default_factory=Counter)
    engine_seconds: float = 0.0
    device: str | None = None


def carry_out(
    job: ResolvedJob,
    classifier: PairClassifier,
    executor: Executor | None,
    record: JournalRecord | None,
    leftovers: Leftovers,
    settings: dict[str, Any] | None,
    reporter: Reporter,
    buffer_bytes: int,
    motions: FlowWriter | None = None,
    previews: PreviewReporter | None = None,
    cancel: CancelToken | None = None,
) -> JobOutcome:
    """Read, classify, interpolate and write, all at once.

    Args:
        job: What is requested.
        classifier: Classifies the pairs.
        executor: Interpolates; None where nothing is interpolated.
        record: What an earlier run has done, to resume after it; None to begin.
        leftovers: Files of earlier runs.
        settings: Everything that decides what the output is, for the journal; None for no journal.
        reporter: Gets all events.
        buffer_bytes: Bytes that may wait before the engine, and as many after it.
        motions: Takes the motion of interpolated frames, if the executor has it.
        previews: Takes interpolated frames to be looked at.
        cancel: Stops the job.

    Raises:
        CancelRequested: `cancel` was cancelled.
        MidframeError: Of the kind that fits. Frames finished before are on disk.
    """
    timeline = job.timeline
    guard = DiskGuard(job.path, job.keep_free, resumable=settings is not None)
    guard.check()
    totals: dict[Stage, int | None]
    totals = {"read": timeline.sources, "interpolate": timeline.synthesised, "write": timeline.count}
    earlier = EarlierOutput(record.outputs, leftovers.partial, record.written) if record else NOTHING
    sink = job.output.open_sink(earlier)
    with ExitStack() as failed:
        failed.callback(sink.abort)
        begin = record.checkpoint(sink.safe) if record else ResumePoint()
        reporter(Started(totals))
        failed.pop_all()

    if begin.outputs:
        reporter(Notice(f"Resumes after the first {begin.outputs} frames, which the earlier run has finished."))
    elif record is not None:
        reporter(Notice("Nothing of the earlier run can be used: the job begins again."))

    def on_write(done: int) -> None:
        reporter(Advanced("write", done))
        guard.check()

    frames = CountedFrames(job.source, lambda done: reporter(Advanced("read", done)), begin.restart)
    classified = decided_pairs(classifier.classify(frames), job.decisions.by_frame)
    pairs = ReadAhead(classified, budget=buffer_bytes, stop=job.source.interrupt, cancel=cancel)
    writer = OrderedWriter(
        sink,
        budget=buffer_bytes,
        workers=min(MAX_WRITERS, os.cpu_count() or 1),
        on_write=on_write,
        first=begin.outputs,
    )
    between = timeline.interpolated_before(begin.left)
    order = OutputOrder(
        writer,
        job.rules.cuts,
        reporter,
        first=begin.outputs,
        between=between,
        motions=motions,
        previews=previews,
        cancel=cancel,
        channels=classifier.channels,
        mask=job.mask,
    )
    tasks = pair_tasks(pairs, timeline, job.schedule.clock, begin.left)
    results = executor.run(tasks, cancel=cancel) if executor else copied_only(tasks)
    with journalled(job, settings, begin, sink, reporter), writer, pairs, closing(results):
        removed = leftovers.remove()
        if removed is not None:
            reporter(Notice(removed))
        for result in results:
            order.place(result)
            if cancel is not None:
                cancel.raise_if_cancelled()
        order.place_tail(frames.last, tail_slots(timeline, frames.done))
    others = None
    if isinstance(job.output, FolderPlan) and job.options.overwrite:
        others = others_note(job.output, begin.outputs + order.origins.total())
    held = held_note(order.verdicts) if timeline.synthesised else None
    for note in (*job.source.notes, *(executor.notes if executor else ()), *sink.notes, held, others):
        if note is not None and note not in job.notes:
            reporter(Notice(note))
    seconds = executor.engine_seconds if executor else 0.0
    return JobOutcome(frames.done, begin.outputs, order.origins, order.verdicts, seconds)
