"""Interpolated frames are coded so that no other picture refers to them, as far as the encoder can do that."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.clips import packets, write_clip
from tests.support.jobs import FakeNetwork

from midframe.jobs.job import Job
from midframe.jobs.run import run_job
from midframe.media.video.codecs import codec_to_write
from midframe.media.video.writing.encoders import EncodingOptions, choose_encoding
from midframe.media.video.writing.recovery import SEGMENT_FRAMES, find_segments
from midframe.runtime.events import Reporter
from midframe.timing.clock import OpenClock, OpenSchedule, ResampledTimeline, Schedule, SourceClock
from midframe.timing.timeline import OpenTimeline, Timeline


def is_alone(codec: str, packet: bytes) -> bool:
    from midframe.media.video import h264_pictures, h265_pictures

    return h264_pictures.is_alone(packet) if codec == "h264" else h265_pictures.is_alone(packet)


@pytest.mark.parametrize("codec", ["h264", "h265"])
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_no_picture_refers_to_interpolated_ones(tmp_path: Path, codec: str, factor: int) -> None:
    clip, out = write_clip(tmp_path / "clip.mkv", 75), tmp_path / "out.mkv"
    run_job(Job(clip, out, factor=factor, codec=codec, cuts="off").open(), FakeNetwork(), Reporter())
    found = find_segments(out, 75 * factor, complete=True)
    referred = {number for number, _, packet in found.packets(0) if not is_alone(codec, bytes(packet))}
    assert len(packets(out, "video")) == 75 * factor
    # At the end of a segment there is nothing behind that they could refer to.
    stops = [*range(SEGMENT_FRAMES, 75 * factor, SEGMENT_FRAMES), 75 * factor]
    ends = {stop - each for stop in stops for each in range(1, factor)}
    assert not [number for number in referred - ends if number % factor]
    assert {0, SEGMENT_FRAMES} <= referred


def test_the_last_pictures_of_a_segment_are_coded_last(tmp_path: Path) -> None:
    clip, out = write_clip(tmp_path / "clip.mkv", 75), tmp_path / "out.mkv"
    run_job(Job(clip, out, factor=2, codec="h264", cuts="off").open(), FakeNetwork(), Reporter())
    order = [number for number, _, _ in find_segments(out, 150, complete=True).packets(0)]
    assert order[SEGMENT_FRAMES - 1] == SEGMENT_FRAMES - 1
    assert order[-1] == 149


def test_presets_without_such_pictures_are_left_alone() -> None:
    plain = choose_encoding(".mp4", None, "yuv420p", EncodingOptions(preset="ultrafast"))
    assert not plain.looks_ahead
    assert plain.flat(3) is plain
    usual = choose_encoding(".mp4", None, "yuv420p", EncodingOptions())
    assert usual.flat(1) is usual
    assert usual.flat(3).options["b-pyramid"] == "none"
    assert usual.flat(9) is usual
    deep = choose_encoding(".mp4", None, "yuv420p10le", EncodingOptions(codec="h265"))
    assert deep.flat(2).options["x265-params"] == f"{deep.options['x265-params']}:b-pyramid=0"
    assert codec_to_write("ffv1").options["g"] == "1"


def test_the_period_of_output_frames() -> None:
    clock = SourceClock.steady(5, Fraction(25))
    uneven = SourceClock((Fraction(0), Fraction(1), Fraction(3)), Fraction(4), None)

    def period(timeline: Timeline | ResampledTimeline) -> int | None:
        return Schedule(timeline, clock).period

    assert period(Timeline(5, Fraction(3))) == 3
    assert period(Timeline(5, Fraction(5, 2))) is None
    assert period(ResampledTimeline(clock, Fraction(50))) == 2
    assert period(ResampledTimeline(clock, Fraction(60))) is None
    assert period(ResampledTimeline(uneven, Fraction(60))) is None
    open_timeline = OpenTimeline(Fraction(4))
    assert OpenSchedule(open_timeline, OpenClock(Fraction(25))).period == 4
