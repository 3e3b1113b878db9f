"""What a job would do, found out without doing it."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from fractions import Fraction

from midframe.engines.protocols import JobModel
from midframe.executors.base import ClassifiedPair, PairTask
from midframe.executors.inline import InlineExecutor
from midframe.jobs.analysis import Analysis, analyse
from midframe.jobs.job import Job
from midframe.media.output_paths import existing_folder
from midframe.media.protocols import FrameSource
from midframe.runtime.events import Reporter
from midframe.runtime.similarity import prepare
from midframe.runtime.views import fit_view
from midframe.timing.output_slots import slots_between


@dataclass(frozen=True)
class JobPlan:
    """A job in figures.

    Attributes:
        sources: Source frames; None where only the end of the input tells.
        format: What each of them is, in words.
        codec: Their file format.
        outputs: Output frames; None where only the end of the input tells.
        synthesised: Those of them that lie between source frames; in static pairs and at cuts they are not drawn.
        output: Where they go.
        first_name: Name of the first output frame.
        last_name: Name of the last one.
        end: "drop" or "hold".
        disk_bytes: What the output needs if its frames compress like the source's; None if unknown.
        free_bytes: What is free there.
        seconds: Time that drawing takes, from drawing the first pair; None if it was not tried.
        device: What it was tried on, or None.
        analysis: Cuts, still pairs and repeated frames; None if they were not looked for.
        notes: Sentences for the user.
    """

    sources: int | None
    format: str
    codec: str
    outputs: int | None
    synthesised: int | None
    output: str
    first_name: str
    last_name: str
    end: str
    disk_bytes: int | None
    free_bytes: int
    seconds: float | None
    device: str | None
    analysis: Analysis | None
    notes: tuple[str, ...]


def preflight(job: Job, network: JobModel | None, reporter: Reporter | None = None) -> JobPlan:
    """Work out the figures of a job.

    Args:
        job: Resolved.
        network: To time the first pair with; None to leave the time out.
        reporter: Hears how far looking for cuts and the like is; None to leave that out.

    Raises:
        MidframeError: What the job itself would raise on its first pair, or when reading.
    """
    timeline, source = job.timeline, job.source
    disk_bytes = _disk_bytes(job)
    free_bytes = shutil.disk_usage(existing_folder(job.path)).free
    notes = [*job.notes, *(network.notes if network else ())]
    if disk_bytes is not None and disk_bytes > free_bytes:
        notes.append(
            f"The output needs about {disk_bytes / 1e6:,.0f} MB, but only {free_bytes / 1e6:,.0f} MB are free there."
        )
    seconds, device, analysis = None, None, None
    frames = source.seekable
    if job.needs_network and frames is not None:
        if reporter is not None:
            analysis = analyse(frames, job.rules, reporter)
        if network is not None:
            seconds, device = _estimate(job, frames, network, _to_draw(job, analysis))
    first_name, last_name = job.output.planned_names()
    return JobPlan(
        sources=timeline.sources,
        format=str(source.format),
        codec=source.codec_name,
        outputs=timeline.count,
        synthesised=timeline.synthesised,
        output=str(job.path),
        first_name=first_name,
        last_name=last_name,
        end=timeline.end,
        disk_bytes=disk_bytes,
        free_bytes=free_bytes,
        seconds=seconds,
        device=device,
        analysis=analysis,
        notes=tuple(notes),
    )


def _disk_bytes(job: Job) -> int | None:
    """What the output needs if its frames compress like the source's."""
    count, length = job.timeline.count, job.source.length
    if count is None or length is None or not job.output.fills_disk:
        return None
    return round(sum(file.stat().st_size for file in job.source.files) / length * count)


def _to_draw(job: Job, analysis: Analysis | None) -> int:
    """How many frames the network will be asked for."""
    if analysis is None:
        return job.timeline.synthesised or 0
    moving = [pair for pair in analysis.pairs if pair.verdict == "moving"]
    spans = [slots_between(job.timeline, job.schedule.clock, pair.left, pair.right) for pair in moving]
    return sum(slot.time > 0 for slots in spans for slot in slots)


def _estimate(job: Job, source: FrameSource, network: JobModel, to_draw: int) -> tuple[float, str]:
    """Draw the frames of the first pair twice; the first time pays for warming up."""
    network = network.fitted(source.format, job.timeline.most_times, job.mode)
    engine = network.make_engine()
    transform = fit_view(source)
    pair = ClassifiedPair(prepare(source.read(0), transform), prepare(source.read(1), transform))
    executor = InlineExecutor(engine, transform, job.mode)
    # Without any, frames are only drawn in place of repeated ones.
    times = next(filter(None, (job.timeline.pair(index).times for index in range(len(source) - 1))), (Fraction(1, 2),))
    started = 0.0
    for _ in range(2):
        started = time.perf_counter()
        for _ in executor.run([PairTask(pair, (), times)]):
            pass
    # Several devices are taken as all like the first.
    several = max(1, len(network.makers))
    device = engine.device_name if several == 1 else f"{several} devices like {engine.device_name}"
    return (time.perf_counter() - started) / len(times) * to_draw / several, device
