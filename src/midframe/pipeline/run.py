"""Running a job: reader → engine → writer, all at once, in bounded memory."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import closing, contextmanager

from midframe.errors import CancelledError
from midframe.media.sinks import open_sink
from midframe.pipeline.events import Advanced, Finished, Note, Reporter, Stage, Started, Summary
from midframe.pipeline.executors import make_executor
from midframe.pipeline.job import Job
from midframe.pipeline.judging import Judge
from midframe.pipeline.network import Network
from midframe.pipeline.placing import Placement
from midframe.pipeline.reader import CountedFrames, ReadAhead
from midframe.pipeline.tasks import JudgedPair, PairResult, PairTask
from midframe.pipeline.views import fit_view
from midframe.pipeline.writer import OrderedWriter
from midframe.policy.spans import slots_between, tail_slots

BUFFER_BYTES = 256 << 20
"""Bytes that may wait before the engine, and as many behind it."""

MAX_WRITERS = 4
"""Frames that are compressed at once, on machines that have the cores."""


def run_job(job: Job, network: Network | None, reporter: Reporter, *, buffer_bytes: int = BUFFER_BYTES) -> Summary:
    """Carry out a job.

    Args:
        job: From `resolve_job`.
        network: May be None if the job does not need one.
        reporter: Gets all events.
        buffer_bytes: Bytes that may wait before the engine, and as many behind it.

    Raises:
        CancelledError: The user interrupted; whole frames are on disk.
        MidframeError: Of the kind that fits. Frames finished before are on disk.
    """
    for note in (*job.notes, *(network.notes if network else ())):
        reporter(Note(note))
    if not job.needs_network:
        reporter(Note("No frames are wanted between the source frames: they are copied as they are."))
    try:
        with _interruptible():
            summary = _run(job, network, reporter, buffer_bytes)
        reporter(Finished(summary))
    except KeyboardInterrupt as interrupt:
        raise CancelledError(f"Stopped. The frames finished so far are in {job.finished_place}.") from interrupt
    finally:
        job.source.close()
        reporter.close()
    return summary


def _run(job: Job, network: Network | None, reporter: Reporter, buffer_bytes: int) -> Summary:
    timeline = job.timeline
    drawing = network if job.needs_network else None
    transform = fit_view(job.source) if drawing else None
    executor = make_executor(drawing, transform, job.mode) if drawing and transform else None
    totals: dict[Stage, int | None]
    totals = {"read": timeline.sources, "interpolate": timeline.synthesised, "write": timeline.count}
    reporter(Started(totals))
    started = time.perf_counter()
    frames = CountedFrames(job.source, lambda done: reporter(Advanced("read", done)))
    pairs = ReadAhead(Judge(transform, job.rules).pairs(frames), budget=buffer_bytes)
    sink = open_sink(job.output)
    writer = OrderedWriter(
        sink,
        budget=buffer_bytes,
        workers=min(MAX_WRITERS, os.cpu_count() or 1),
        on_write=lambda done: reporter(Advanced("write", done)),
    )
    placement = Placement(writer, job.rules.cuts, reporter)
    tasks = _tasks(job, pairs)
    with writer, pairs, closing(executor.run(tasks) if executor else _nothing_drawn(tasks)) as results:
        for result in results:
            placement.place(result)
            last = result.task.pair.right.frame
        placement.place_tail(last, tail_slots(timeline, frames.done))
    for note in (*job.source.notes, *(executor.notes if executor else ()), *sink.notes):
        if note not in job.notes:
            reporter(Note(note))
    seconds = time.perf_counter() - started
    origins, verdicts = placement.origins, placement.verdicts
    return Summary(
        output=str(job.place),
        sources=frames.done,
        outputs=origins.total(),
        copied=origins["copied"],
        synthesised=origins["synthesised"] + origins["replaced"],
        held=origins["held_static"] + origins["held_cut"] + origins["held_end"],
        blended=origins["blended_cut"],
        replaced=origins["replaced"],
        static_pairs=verdicts["static"],
        cuts=verdicts["cut"],
        seconds=seconds,
        engine_seconds=executor.engine_seconds if executor else 0.0,
        frames_per_second=origins.total() / seconds,
        device=executor.device_name if executor else "none",
        model=drawing.name if drawing else "none",
        model_sha256=drawing.sha256 if drawing else "",
    )


def _tasks(job: Job, pairs: Iterable[JudgedPair]) -> Iterator[PairTask]:
    """What is wanted of each pair; those in which nothing moves and those with a cut ask the network for nothing."""
    for pair in pairs:
        slots = slots_between(job.timeline, job.schedule.clock, pair.left.frame.index, pair.right.frame.index)
        times = tuple(slot.time for slot in slots if slot.time > 0) if pair.verdict == "moving" else ()
        yield PairTask(pair, slots, times)


def _nothing_drawn(tasks: Iterator[PairTask]) -> Generator[PairResult, None, None]:
    """What an executor gives where no pair wants a frame."""
    for task in tasks:
        yield PairResult(task, ())


@contextmanager
def _interruptible() -> Iterator[None]:
    """Treat SIGTERM as Ctrl+C while a job runs, so that a stopped service also leaves whole frames only."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
