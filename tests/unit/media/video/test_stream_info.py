"""What a video says about its pictures, from file to file."""

from __future__ import annotations

from pathlib import Path

from tests.support.clips import write_clip
from tests.support.jobs import FakeNetwork

from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.media.video.reading.source import VideoSource
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.runtime.events import Reporter

MASTERING = "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
LIGHT = "1000,400"


def test_high_dynamic_range_is_passed_on(tmp_path: Path) -> None:
    words = f"log-level=error:hdr10=1:master-display={MASTERING}:max-cll={LIGHT}"
    clip = write_clip(
        tmp_path / "clip.mp4", 3, codec="libx265", pixels="yuv420p10le", tags=(9, 9, 16, 1),
        options={"preset": "ultrafast", "x265-params": words},
    )  # fmt: skip
    assert VideoSource(clip).video_info.mastering == MASTERING
    assert VideoSource(clip).video_info.light_level == LIGHT

    job = resolve_job(JobOptions(clip, tmp_path / "out.mp4", encoding=EncodingOptions(preset="ultrafast")))
    run_job(job, FakeNetwork(), Reporter())

    facts = VideoSource(tmp_path / "out.mp4").video_info
    assert (facts.mastering, facts.light_level, facts.colour) == (MASTERING, LIGHT, VideoSource(clip).video_info.colour)
