"""What a job would do, found out without doing it."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from midframe.pipeline.job import Job
from midframe.pipeline.reader import Preparation
from midframe.pipeline.run import Network, fit_view
from midframe.pipeline.workers import InlineExecutor, PairTask


@dataclass(frozen=True)
class JobPlan:
    """A job in figures.

    Attributes:
        sources: Source frames.
        format: What each of them is, in words.
        codec: Their file format.
        outputs: Output frames.
        synthesised: Those of them that lie between source frames; in static pairs they will be copies.
        output: Where they go.
        first_name: Name of the first output frame.
        last_name: Name of the last one.
        end: "drop" or "hold".
        disk_bytes: What the output needs if its frames compress like the source's.
        free_bytes: What is free there.
        seconds: Time that drawing takes, from drawing the first pair; None if it was not tried.
        device: What it was tried on, or None.
        notes: Sentences for the user.
    """

    sources: int
    format: str
    codec: str
    outputs: int
    synthesised: int
    output: str
    first_name: str
    last_name: str
    end: str
    disk_bytes: int
    free_bytes: int
    seconds: float | None
    device: str | None
    notes: tuple[str, ...]


def preflight(job: Job, network: Network | None) -> JobPlan:
    """Work out the figures of a job.

    Args:
        job: Resolved.
        network: To time the first pair with; None to leave the time out.

    Raises:
        MidframeError: What the job itself would raise on its first pair.
    """
    timeline = job.timeline
    mean_size = sum(file.stat().st_size for file in job.source.files) / timeline.sources
    disk_bytes = round(mean_size * timeline.count)
    free_bytes = shutil.disk_usage(_existing(job.place)).free
    notes = [*job.notes, *(network.notes if network else ())]
    if disk_bytes > free_bytes:
        notes.append(
            f"The output needs about {disk_bytes / 1e6:,.0f} MB, but only {free_bytes / 1e6:,.0f} MB are free there."
        )
    seconds, device = None, None
    if network is not None and job.needs_network:
        seconds, device = _estimate(job, network)
    first_name, last_name = job.output.planned_names()
    return JobPlan(
        sources=timeline.sources,
        format=str(job.source.format),
        codec=job.source.codec_name,
        outputs=timeline.count,
        synthesised=timeline.synthesised,
        output=str(job.place),
        first_name=first_name,
        last_name=last_name,
        end=timeline.end,
        disk_bytes=disk_bytes,
        free_bytes=free_bytes,
        seconds=seconds,
        device=device,
        notes=tuple(notes),
    )


def _estimate(job: Job, network: Network) -> tuple[float, str]:
    """Draw one frame of the first pair twice; the first time pays for warming up."""
    engine = network.make_engine()
    transform = fit_view(job.source)
    prepare = Preparation(transform, None)
    left, right = prepare(job.source.read(0)), prepare(job.source.read(1))
    executor = InlineExecutor(engine, transform, job.mode)
    index, times = next(
        (index, slots.times) for index in range(job.timeline.pairs) if (slots := job.timeline.pair(index)).times
    )
    started = 0.0
    for _ in range(2):
        started = time.perf_counter()
        for _ in executor.run([PairTask(index, left, right, times)]):
            pass
    return (time.perf_counter() - started) / len(times) * job.timeline.synthesised, engine.device_name


def _existing(path: Path) -> Path:
    """The nearest folder above a path that exists."""
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path
