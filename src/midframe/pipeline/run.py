"""Running a job: reader → engine → writer, all at once, in bounded memory."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from midframe.engine.base import Engine
from midframe.errors import CancelledError
from midframe.media.base import FrameSource
from midframe.media.pixels import ViewTransform, from_working
from midframe.media.sinks import open_sink
from midframe.pipeline.job import Job
from midframe.pipeline.progress import Advanced, Finished, Note, Reporter, Started, Summary
from midframe.pipeline.reader import Preparation, ReadAhead
from midframe.pipeline.workers import InlineExecutor, PairResult, PairTask, PreparedFrame
from midframe.pipeline.writer import OrderedWriter
from midframe.types import Frame

BUFFER_BYTES = 256 << 20
"""Bytes that may wait before the engine, and as many behind it."""

MAX_WRITERS = 4
"""Frames that are compressed at once, on machines that have the cores."""


VIEW_SAMPLES = 9
"""Source frames that the range of 16-bit and float sequences is fitted on."""


def fit_view(source: FrameSource) -> ViewTransform:
    """The view for a whole sequence: from its format, or from frames spread over it, as a fade-in must not set it."""
    fixed = ViewTransform.fixed(source.format)
    if fixed is not None:
        return fixed
    last = len(source) - 1
    spread = sorted({round(last * part / (VIEW_SAMPLES - 1)) for part in range(VIEW_SAMPLES)})
    return ViewTransform.fit([source.read(index) for index in spread])


class Counts:
    """Tallies of a running job."""

    def __init__(self) -> None:
        self.copied = 0
        self.synthesised = 0
        self.held = 0
        self.static_pairs = 0

    @property
    def outputs(self) -> int:
        """All frames handed to the writer."""
        return self.copied + self.synthesised + self.held


class Network(Protocol):
    """What a job wants of a network; see `midframe.pipeline.setup.LoadedNetwork`."""

    @property
    def name(self) -> str:
        """For the summary."""
        ...

    @property
    def sha256(self) -> str:
        """Of the weights, for the summary."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user."""
        ...

    def make_engine(self) -> Engine[Any]:
        """Called once."""
        ...


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
    engine = network.make_engine() if network and job.needs_network else None
    transform = fit_view(job.source) if engine else None
    executor = InlineExecutor(engine, transform, job.mode) if engine and transform else None
    counts = Counts()
    reporter(Started({"read": timeline.sources, "interpolate": timeline.synthesised, "write": timeline.count}))
    started = time.perf_counter()
    reader = ReadAhead(
        job.source,
        Preparation(transform, job.static_threshold),
        budget=buffer_bytes,
        on_read=lambda done: reporter(Advanced("read", done)),
    )
    sink = open_sink(job.output)
    writer = OrderedWriter(
        sink,
        budget=buffer_bytes,
        workers=min(MAX_WRITERS, os.cpu_count() or 1),
        on_write=lambda done: reporter(Advanced("write", done)),
    )
    with writer, reader:
        decided = 0
        tasks = _tasks(job, reader, counts)
        for result in executor.run(tasks) if executor else _nothing_drawn(tasks):
            last = result.task.right
            slots = timeline.pair(result.task.index)
            left = result.task.left.frame
            if slots.starts_on_source:
                _submit_copy(writer, left, counts)
            if last.static:
                _submit_held(writer, left, len(slots.times), counts)
            for drawn in result.drawn:
                writer.submit(partial(_finished, left, drawn), drawn.nbytes)
                counts.synthesised += 1
            if slots.times:
                decided += len(slots.times)
                reporter(Advanced("interpolate", decided))
        tail = timeline.tail
        if tail.starts_on_source:
            _submit_copy(writer, last.frame, counts)
        _submit_held(writer, last.frame, len(tail.times), counts)
    for note in (*job.source.notes, *sink.notes):
        if note not in job.notes:
            reporter(Note(note))
    seconds = time.perf_counter() - started
    return Summary(
        output=str(job.place),
        sources=timeline.sources,
        outputs=counts.outputs,
        copied=counts.copied,
        synthesised=counts.synthesised,
        held=counts.held,
        static_pairs=counts.static_pairs,
        seconds=seconds,
        engine_seconds=executor.engine_seconds if executor else 0.0,
        frames_per_second=counts.outputs / seconds,
        device=engine.device_name if engine else "none",
        model=network.name if engine and network else "none",
        model_sha256=network.sha256 if engine and network else "",
    )


def _tasks(job: Job, frames: ReadAhead, counts: Counts) -> Iterator[PairTask]:
    """Neighbouring frames as pairs; static ones ask for nothing."""
    left: PreparedFrame | None = None
    for index, right in enumerate(frames):
        if left is not None:
            times = job.timeline.pair(index - 1).times
            if right.static:
                counts.static_pairs += 1
                times = ()
            yield PairTask(index - 1, left, right, times)
        left = right


def _nothing_drawn(tasks: Iterator[PairTask]) -> Iterator[PairResult]:
    """What an executor gives where no pair wants a frame."""
    for task in tasks:
        yield PairResult(task, ())


def _submit_copy(writer: OrderedWriter, frame: Frame, counts: Counts) -> None:
    writer.submit(lambda: frame, frame.samples.nbytes)
    counts.copied += 1


def _submit_held(writer: OrderedWriter, frame: Frame, times: int, counts: Counts) -> None:
    for _ in range(times):
        writer.submit(lambda: frame, frame.samples.nbytes)
    counts.held += times


def _finished(like: Frame, drawn: NDArray[np.float32]) -> Frame:
    return like.with_samples(from_working(drawn, like.format))


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
