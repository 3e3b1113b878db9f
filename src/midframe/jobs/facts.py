"""What a job reads and what it makes, in the few facts by which people know a video or a sequence."""

from __future__ import annotations

from dataclasses import replace

from midframe.jobs.resolve import ResolvedJob
from midframe.media.facts import MediaFacts, picture_facts
from midframe.media.video.codecs import codec_label
from midframe.timing.clock import Schedule


def source_facts(job: ResolvedJob) -> MediaFacts:
    """What the input is; of a part of it, the time and the frames of that part."""
    source, schedule = job.whole_source, job.schedule
    video = source.video_info
    kind = codec_label(video.codec) if video is not None and source.video_file is not None else source.codec_name
    facts = replace(
        picture_facts(job.input, kind, source.format),
        frames=len(job.used_frames) or None,
        sound=len(video.sound_tracks) if video is not None else 0,
    )
    if not isinstance(schedule, Schedule):
        return replace(facts, rate=float(schedule.clock.rate))
    if source.video_index is None:
        return facts
    clock = schedule.clock
    stop = clock.times[-1] if job.timeline.end == "loop" else clock.end
    return replace(
        facts,
        rate=float(clock.mean_rate),
        steady=clock.rate is not None,
        seconds=float(stop - clock.times[0]),
    )


def output_facts(job: ResolvedJob) -> MediaFacts:
    """What the output becomes."""
    schedule = job.schedule
    facts = replace(job.output.facts(job.source.format), frames=job.timeline.count)
    if not job.output.is_timed:
        return facts
    facts = replace(facts, rate=float(schedule.mean_rate), steady=schedule.rate is not None)
    return facts if schedule.end is None else replace(facts, seconds=float(schedule.end - schedule.time(0)))
