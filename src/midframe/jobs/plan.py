"""What a job would do, found out without doing it."""

from __future__ import annotations

import shutil
import time
from fractions import Fraction

from midframe.engines.protocols import JobModel
from midframe.executors.base import ClassifiedPair, PairTask
from midframe.executors.inline import InlineExecutor
from midframe.jobs.resolve import ResolvedJob
from midframe.media.output_paths import existing_folder
from midframe.media.protocols import FrameSource
from midframe.runtime.analysis import Analysis, analyse
from midframe.runtime.events import Reporter
from midframe.runtime.job_plan import JobPlan
from midframe.runtime.similarity import prepare
from midframe.runtime.view_fitting import fit_view
from midframe.signals import CancelToken
from midframe.timing.output_slots import slots_between


def preflight(
    job: ResolvedJob, model: JobModel | None, reporter: Reporter | None = None, cancel: CancelToken | None = None
) -> JobPlan:
    """Work out the figures of a job.

    Args:
        job: Resolved.
        model: Model to time the first pair with; None to leave the time out.
        reporter: Receives the events of looking for cuts and the like; None to leave that out.
        cancel: Stops reading.

    Raises:
        CancelRequested: `cancel` was cancelled.
        MidframeError: What the job itself would raise on its first pair, or when reading.
    """
    timeline, source = job.timeline, job.source
    disk_bytes = _disk_bytes(job)
    free_bytes = shutil.disk_usage(existing_folder(job.path)).free
    notes = [*job.notes, *(model.notes if model else ())]
    if disk_bytes is not None and disk_bytes > free_bytes:
        notes.append(
            f"The output needs about {disk_bytes / 1e6:,.0f} MB, but only {free_bytes / 1e6:,.0f} MB are free there."
        )
    seconds, device, analysis = None, None, None
    frames = source.seekable
    if job.needs_network and frames is not None:
        if reporter is not None:
            analysis = analyse(frames, job.rules, reporter, cancel)
        if model is not None:
            seconds, device = _estimate(job, frames, model, _frames_to_interpolate(job, analysis))
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


MOST_TIMED = 64
"""Frames of the first pair that are timed."""


def _disk_bytes(job: ResolvedJob) -> int | None:
    """What the output needs if its frames compress like the source's."""
    count, length = job.timeline.count, job.source.length
    if count is None or length is None or not job.output.fills_disk:
        return None
    return round(sum(file.stat().st_size for file in job.source.files) / length * count)


def _frames_to_interpolate(job: ResolvedJob, analysis: Analysis | None) -> int:
    """How many frames the model will be asked for."""
    if analysis is None:
        return job.timeline.synthesised or 0
    moving = [pair for pair in analysis.pairs if pair.verdict == "moving"]
    spans = [slots_between(job.timeline, job.schedule.clock, pair.left, pair.right) for pair in moving]
    return sum(slot.time > 0 for slots in spans for slot in slots)


def _estimate(job: ResolvedJob, source: FrameSource, model: JobModel, to_interpolate: int) -> tuple[float, str]:
    """Interpolate the frames of the first pair twice; the first time pays for warming up."""
    model = model.fitted(source.format, job.timeline.most_times, job.mode)
    engine = model.make_engine()
    transform = fit_view(source)
    pair = ClassifiedPair(prepare(source.read(0), transform), prepare(source.read(1), transform))
    executor = InlineExecutor(engine, transform, job.mode)
    # Without any, frames are only interpolated in place of repeated ones.
    times = next(filter(None, (job.timeline.pair(index).times for index in range(len(source) - 1))), (Fraction(1, 2),))
    # Of absurdly many, a few say as much.
    times = times[:MOST_TIMED]
    started = 0.0
    for _ in range(2):
        started = time.perf_counter()
        for _ in executor.run([PairTask(pair, (), times)]):
            pass
    # Several devices are taken as all like the first.
    several = max(1, len(model.makers))
    device = engine.device_name if several == 1 else f"{several} devices like {engine.device_name}"
    return (time.perf_counter() - started) / len(times) * to_interpolate / several, device
