"""What a job would do, determined without doing it."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from fractions import Fraction

from midframe.engines.protocols import JobModel
from midframe.executors.base import ClassifiedPair, PairTask
from midframe.executors.inline import InlineExecutor
from midframe.jobs.facts import output_facts, source_facts
from midframe.jobs.resolve import ResolvedJob
from midframe.media.output_paths import existing_folder
from midframe.media.protocols import FrameSource
from midframe.runtime.analysis import Analysis, analyse
from midframe.runtime.events import Reporter
from midframe.runtime.held_pairs import held_note
from midframe.runtime.job_plan import JobPlan
from midframe.runtime.similarity import prepare
from midframe.runtime.view_fitting import fit_view
from midframe.signals import CancelToken
from midframe.timing.output_slots import slots_between

TIMED_FRAMES = 3
"""Frames of a pair that are timed for the estimate, where there are as many."""


def preflight(
    job: ResolvedJob, model: JobModel | None, reporter: Reporter | None = None, cancel: CancelToken | None = None
) -> JobPlan:
    """Work out the figures of a job.

    Args:
        job: Resolved.
        model: Model to time the first pair with; None to leave the time out.
        reporter: Receives the events of looking for cuts and so on; None to leave that out.
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
    seconds, device, analysis, interpolated = None, None, None, None
    frames = source.seekable
    if job.needs_network and frames is not None:
        if reporter is not None:
            analysis = analyse(frames, job.rules, reporter, cancel, job.channels, job.decisions.by_frame)
            interpolated = _frames_to_interpolate(job, analysis)
            held = held_note(Counter(pair.verdict for pair in analysis.pairs)) if timeline.synthesised else None
            notes += [held] if held is not None else []
            # What was found while all frames were read, such as flicker.
            notes += [note for note in frames.notes if note not in notes]
        if model is not None:
            wanted = timeline.synthesised if interpolated is None else interpolated
            seconds, device = _estimate(job, frames, model, wanted or 0)
    first_name, last_name = job.output.planned_names()
    return JobPlan(
        source_facts=source_facts(job),
        output_facts=output_facts(job),
        sources=timeline.sources,
        format=str(source.format),
        codec=source.codec_name,
        outputs=timeline.count,
        synthesised=timeline.synthesised,
        interpolated=interpolated,
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
        replaces_repeats=job.rules.dedup,
        view_channels=tuple(source.format.channel_names[number] for number in job.channels.view),
        channel_rules=dict(zip(source.format.channel_names, job.channels.rules, strict=True)),
    )


def _disk_bytes(job: ResolvedJob) -> int | None:
    """What the output needs if its frames compress like the source's."""
    count, length = job.timeline.count, job.source.length
    if count is None or length is None or not job.output.fills_disk:
        return None
    return round(sum(file.stat().st_size for file in job.source.files) / length * count)


def _frames_to_interpolate(job: ResolvedJob, analysis: Analysis) -> int:
    """How many frames the model will be asked for."""
    timeline = job.timeline
    held = ("hold", "blend")
    moving = [pair for pair in analysis.pairs if pair.verdict == "moving" and pair.choice not in held]
    neighbours = [pair.left for pair in moving if pair.right - pair.left == 1]
    count = sum(timeline.interpolated_before(left + 1) - timeline.interpolated_before(left) for left in neighbours)
    spans = [pair for pair in moving if pair.right - pair.left > 1]
    for pair in spans:
        count += sum(slot.time > 0 for slot in slots_between(timeline, job.schedule.clock, pair.left, pair.right))
    return count


def _estimate(job: ResolvedJob, source: FrameSource, model: JobModel, to_interpolate: int) -> tuple[float, str]:
    """Interpolate a few frames of the first pair.

    What the first one takes longer is spent once in a job: graphs, and programs for a GPU, are compiled then.

    What is done once for a pair is distinguished from what is done for each of its frames, because there may be a
    thousand.
    """
    model = model.fitted(source.format, job.timeline.most_times, job.mode, job.decisions.pair_options)
    started = time.perf_counter()
    engine = model.make_engine()
    preparation = time.perf_counter() - started
    transform = fit_view(source, job.channels, job.options.alpha)
    pair = ClassifiedPair(prepare(source.read(0), transform), prepare(source.read(1), transform))
    executor = InlineExecutor(engine, transform, job.mode)
    # Without any, frames are only interpolated in place of repeated ones.
    times = next(filter(None, (job.timeline.pair(index).times for index in range(len(source) - 1))), (Fraction(1, 2),))

    def seconds(count: int) -> float:
        started = time.perf_counter()
        for _ in executor.run([PairTask(pair, (), times[:count])]):
            pass
        return time.perf_counter() - started

    first, one = seconds(1), seconds(1)
    preparation += max(0.0, first - one)
    each = (seconds(TIMED_FRAMES) - one) / (TIMED_FRAMES - 1) if len(times) >= TIMED_FRAMES else one
    pairs = to_interpolate / len(times)
    # Several devices are taken as all like the first.
    several = max(1, len(model.makers))
    device = engine.device_name if several == 1 else f"{several} devices like {engine.device_name}"
    return preparation + max(0.0, pairs * (one - each) + to_interpolate * each) / several, device
