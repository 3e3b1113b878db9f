"""Videos through whole jobs, with an engine that cross-fades: every pixel and every time stamp can be told."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from tests.support.clips import moving, packets, planes, times, write_clip
from tests.support.jobs import FakeNetwork, Recorder, frame

from midframe.detection.rules import PairRules
from midframe.errors import OptionError, OutputExistsError, SequenceError, UnsupportedFormatError
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.jobs.time import TimeOptions
from midframe.media.images.codecs import codec_for_suffix
from midframe.media.sources import open_source
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.media.video.writing.plan import VideoPlan
from midframe.runtime.events import JobSummary, Notice, Reporter

LOSSLESS = EncodingOptions(codec="ffv1")

Run = Callable[..., JobSummary]


def still(number: int, height: int, width: int) -> np.ndarray:
    """A picture in which nothing moves."""
    return moving(0, height, width)


@pytest.fixture
def run(network: FakeNetwork) -> Run:
    def go(source: Path, output: Path | None = None, **options: object) -> JobSummary:
        recorder = Recorder()
        job = resolve_job(JobOptions(source, output, **options))  # type: ignore[arg-type]
        summary = run_job(job, network, Reporter([recorder]))
        go.notes = [event.text for event in recorder.events if isinstance(event, Notice)]  # type: ignore[attr-defined]
        return summary

    return go


def test_twice_the_rate_beside_the_input(tmp_path: Path, run: Run) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 6, sound=True)

    summary = run(clip)

    output = tmp_path / "clip_2x.mp4"
    assert summary.output == str(output)
    assert (summary.copied, summary.synthesised, summary.held) == (6, 5, 1)
    assert times(output) == [Fraction(k, 50) for k in range(12)]
    assert packets(output, "audio") == packets(clip, "audio")
    with av.open(str(output)) as container:
        video = container.streams.video[0]
        assert video.codec_context.name == "h264"
        assert video.codec_context.pix_fmt == "yuv420p"
        assert video.average_rate == 50
        assert video.duration * video.time_base == Fraction(6, 25)  # type: ignore[operator]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "clip_2x.mp4"]


def test_film_rates_stay_exact(tmp_path: Path, run: Run) -> None:
    rate = Fraction(24000, 1001)
    clip = write_clip(tmp_path / "clip.mp4", 9, rate)

    run(clip, tmp_path / "out.mp4", time=TimeOptions(fps=Fraction(60000, 1001)))

    assert times(tmp_path / "out.mp4") == [k * Fraction(1001, 60000) for k in range(23)]


def test_originals_are_untouched_and_the_others_lie_between(tmp_path: Path, run: Run) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 5)
    before = planes(clip)

    run(clip, tmp_path / "out.mkv", factor=Fraction(3), encoding=LOSSLESS, rules=PairRules(None, "off"))

    after = planes(tmp_path / "out.mkv")
    assert len(after) == 15
    for number, original in enumerate(before):
        for plane, copied in zip(original, after[3 * number], strict=True):
            np.testing.assert_array_equal(plane, copied)
    for place in range(3):
        mixed = before[0][place] * (2 / 3) + before[1][place] * (1 / 3)
        assert np.abs(after[1][place] - mixed).max() <= 1
        assert not np.array_equal(after[1][place], before[0][place])


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p10le", "yuv444p12le", "yuva420p", "gray", "gbrp10le"])
def test_every_kind_of_pixels_is_kept(pixels: str, tmp_path: Path, run: Run) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 3, codec="ffv1", pixels=pixels, options={})

    run(clip)

    output = tmp_path / "clip_2x.mkv"
    with av.open(str(output)) as container:
        assert container.streams.video[0].codec_context.name == "ffv1"
        assert container.streams.video[0].codec_context.pix_fmt == pixels
    for original, copied in zip(planes(clip), planes(output)[::2], strict=True):
        assert all(np.array_equal(*pair) for pair in zip(original, copied, strict=True))


def test_ten_bits_become_h265_of_ten_bits(tmp_path: Path, run: Run) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 3, codec="ffv1", pixels="yuv420p10le", options={}, tags=(9, 9, 16, 1))

    run(clip, tmp_path / "out.mp4", encoding=EncodingOptions(preset="ultrafast"))

    with av.open(str(tmp_path / "out.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt, context.codec_tag) == ("hevc", "yuv420p10le", "hvc1")
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (9, 9, 16, 1)


def test_down_to_a_lower_rate(tmp_path: Path, run: Run) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 10, Fraction(60))

    summary = run(clip, tmp_path / "out.mkv", time=TimeOptions(fps=Fraction(30)), encoding=LOSSLESS)

    assert (summary.copied, summary.synthesised, summary.held) == (5, 0, 0)
    before, after = planes(clip), planes(tmp_path / "out.mkv")
    assert all(np.array_equal(after[k][0], before[2 * k][0]) for k in range(5))


def test_uneven_times_are_divided_or_resampled(tmp_path: Path, run: Run) -> None:
    ticks = [0, 3, 4, 9, 10]
    clip = write_clip(tmp_path / "clip.mp4", 5, ticks=ticks, unit=Fraction(1, 90))

    run(clip, tmp_path / "keep.mp4", end="drop")
    run(clip, tmp_path / "even.mp4", end="drop", time=TimeOptions(fps=Fraction(60)))

    doubled: list[int | Fraction] = [0, Fraction(3, 2), 3, Fraction(7, 2), 4, Fraction(13, 2), 9, Fraction(19, 2), 10]
    assert times(tmp_path / "keep.mp4") == [Fraction(tick) / 90 for tick in doubled]
    assert times(tmp_path / "even.mp4") == [Fraction(k, 60) for k in range(7)]


def test_slow_motion_keeps_the_rate_and_leaves_the_sound(tmp_path: Path, run: Run) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 5, sound=True)

    run(clip, factor=Fraction(4), time=TimeOptions(slowmo=True))

    output = tmp_path / "clip_4x_slow.mp4"
    assert times(output) == [Fraction(k, 25) for k in range(20)]
    with av.open(str(output)) as container:
        assert not container.streams.audio
    assert any("Sound" in note for note in run.notes)  # type: ignore[attr-defined]


def test_a_loop_goes_on_to_the_first_frame(tmp_path: Path, run: Run) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 4)

    summary = run(clip, tmp_path / "out.mkv", end="loop", encoding=LOSSLESS)

    assert (summary.outputs, summary.synthesised) == (8, 4)
    before, after = planes(clip), planes(tmp_path / "out.mkv")
    mixed = (before[3][0].astype(float) + before[0][0]) / 2
    assert np.abs(after[7][0] - mixed).max() <= 1


def test_a_part_has_its_own_frames_and_sound(tmp_path: Path, run: Run) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 50, sound=True)
    part = TimeOptions(start=Fraction(1), end=Fraction(3, 2))

    run(clip, tmp_path / "out.mkv", time=part, encoding=LOSSLESS)

    before, after = planes(clip), planes(tmp_path / "out.mkv")
    assert len(after) == 26
    assert np.array_equal(after[0][0], before[25][0])
    assert np.array_equal(after[24][0], before[37][0])
    whole, kept = packets(clip, "audio"), packets(tmp_path / "out.mkv", "audio")
    assert 22 <= len(kept) <= 25
    first = whole.index(kept[0])
    assert kept == whole[first : first + len(kept)]
    # A packet of 1024 samples, with 1024 of priming before the first.
    assert 0 <= Fraction((first - 1) * 1024, 48000) - 1 < Fraction(1024, 48000)


def test_pictures_to_video_and_back(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    codec = codec_for_suffix(".png")
    assert codec is not None
    for number in range(4):
        codec.write(folder / f"{number}.png", frame(40 + 50 * number))
    run(folder, tmp_path / "out.mp4", time=TimeOptions(source_fps=Fraction(10)))

    assert times(tmp_path / "out.mp4") == [Fraction(k, 20) for k in range(8)]
    assert any("12×10" in note for note in run.notes)  # type: ignore[attr-defined]
    run(tmp_path / "out.mp4", tmp_path / "back", factor=Fraction(1))

    back = open_source(tmp_path / "back")
    assert len(back) == 8
    for number in range(4):
        samples = back.read(2 * number).samples.astype(int)
        assert np.abs(samples - (40 + 50 * number)).max() <= 3


def test_more_than_eight_bits_become_pictures_of_sixteen(tmp_path: Path, run: Run) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 3, codec="ffv1", pixels="yuv444p10le", options={})

    run(clip, tmp_path / "pictures")

    assert open_source(tmp_path / "pictures").format.dtype == np.uint16


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"time": TimeOptions(fps=Fraction(60), slowmo=True)}, "either `fps` or `slowmo`"),
        ({"time": TimeOptions(source_fps=Fraction(30))}, "its own times"),
        ({"time": TimeOptions(start=Fraction(99))}, "`start_time` is after the end"),
        ({"time": TimeOptions(end=Fraction(1, 50))}, "Fewer than two frames"),
        ({"encoding": EncodingOptions(codec="vhs")}, "codec 'vhs'"),
        ({"encoding": EncodingOptions(codec="aac")}, "not a video codec"),
        ({"encoding": EncodingOptions(preset="lightspeed")}, "lightspeed"),
        ({"encoding": EncodingOptions(pixels="yuv999p")}, "yuv999p"),
        ({"encoding": EncodingOptions(codec="ffv1", quality=3)}, "no meaning"),
        ({"name": "a_{:d}"}, "one file"),
    ],
)
def test_wrong_options_are_told_before_work(options: dict[str, object], message: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 3)

    with pytest.raises(OptionError, match=message):
        resolve_job(JobOptions(clip, tmp_path / "out.mkv", **options))  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["clip.mp4"]


def test_outputs_that_are_in_the_way(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 3)
    with pytest.raises(SequenceError, match="is the input"):
        resolve_job(JobOptions(clip, clip, overwrite=True))
    (tmp_path / "clip_2x.mp4").write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match="`overwrite`"):
        resolve_job(JobOptions(clip))


@pytest.mark.parametrize("name", ["out.avi", "out.wmv", "out.xyz"])
def test_suffixes_that_are_not_written_make_no_folders(name: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 3)

    with pytest.raises(OptionError, match=r"Name out\.mp4 or out\.mkv instead.*create it first"):
        resolve_job(JobOptions(clip, tmp_path / name))
    (tmp_path / name).mkdir()
    resolve_job(JobOptions(clip, tmp_path / name))
    resolve_job(JobOptions(clip, tmp_path / "frames.v2"))


@pytest.mark.parametrize(
    ("name", "codec"), [("o.webm", "h264"), ("o.mp4", "prores"), ("o.mov", "vp9"), ("o.mov", "ffv1")]
)
def test_codecs_that_a_container_cannot_hold(name: str, codec: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 3, sound=True)

    with pytest.raises(OptionError, match=f"{name[1:]} files cannot store the output"):
        resolve_job(JobOptions(clip, tmp_path / name, encoding=EncodingOptions(codec)))


def test_float_pictures_make_no_video(tmp_path: Path) -> None:
    from tests.support.samples import Sample, write_sequence

    write_sequence(tmp_path / "in", Sample(".exr", "float16", 3, None))
    with pytest.raises(UnsupportedFormatError, match="display_transform=srgb"):
        resolve_job(JobOptions(tmp_path / "in", tmp_path / "out.mp4"))


@pytest.mark.parametrize(
    ("pixels", "name", "codec", "kept"),
    [
        ("yuv420p", "a.mp4", None, ("libx264", "yuv420p")),
        ("yuv422p10le", "a.mp4", None, ("libx265", "yuv422p10le")),
        ("yuv422p10le", "a.mkv", "h264", ("libx264", "yuv422p10le")),
        ("yuva420p", "a.webm", None, ("libvpx-vp9", "yuva420p")),
        ("yuva444p10le", "a.mov", None, ("prores_ks", "yuva444p10le")),
        ("yuv420p10le", "a.webm", None, ("libsvtav1", "yuv420p10le")),
        ("yuv444p12le", "a.mp4", "av1", ("libsvtav1", "yuv420p10le")),
        ("gbrp10le", "a.mp4", None, ("libx265", "yuv420p10le")),
        ("gray", "a.webm", "vp9", ("libvpx-vp9", "yuv420p")),
        ("gray", "a.mkv", "ffv1", ("ffv1", "gray")),
        ("yuva420p", "a.webm", "libvpx-vp9", ("libvpx-vp9", "yuva420p")),
    ],
)
def test_what_is_taken_where_nothing_was_asked_for(
    pixels: str, name: str, codec: str | None, kept: tuple[str, str], tmp_path: Path, run: Run
) -> None:
    clip = write_clip(tmp_path / "clip.nut", 3, codec="ffv1", pixels=pixels, options={}, size=(96, 64))
    job = resolve_job(JobOptions(clip, tmp_path / name, encoding=EncodingOptions(codec)))

    assert isinstance(job.output, VideoPlan)
    assert (job.output.encoding.encoder, job.output.encoding.pixels) == kept
    assert bool(job.notes) == (pixels in ("yuv444p12le", "gbrp10le"))


def test_alpha_comes_back_from_webm_and_is_told_of_where_it_is_lost(tmp_path: Path, run: Run) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 3, codec="ffv1", pixels="yuva420p", options={})

    run(clip, tmp_path / "out.webm", encoding=EncodingOptions(quality=4))
    assert run.notes == []  # type: ignore[attr-defined]
    run(tmp_path / "out.webm", tmp_path / "again.mkv", encoding=LOSSLESS)
    run(clip, tmp_path / "out.mp4", encoding=EncodingOptions("vp9"))

    assert any("alpha is left out" in note for note in run.notes)  # type: ignore[attr-defined]
    assert open_source(tmp_path / "out.webm").format.alpha is not None
    before, after = planes(clip), planes(tmp_path / "again.mkv")
    assert len(after[0]) == 4
    assert np.abs(before[1][3].astype(int) - after[4][3]).max() <= 12


def test_rgb_stays_exact_in_ffv1_and_is_told_of_where_it_is_not(tmp_path: Path, run: Run) -> None:
    from tests.support.samples import Sample, write_sequence

    write_sequence(tmp_path / "in", Sample(".png", "uint8", 3, None))
    source, output = open_source(tmp_path / "in"), tmp_path / "out.mkv"

    run(tmp_path / "in", output, encoding=LOSSLESS)
    assert not any("coarser" in note for note in run.notes)  # type: ignore[attr-defined]
    run(tmp_path / "in", tmp_path / "out.mp4")
    assert any("the colour resolution of the RGB input is reduced" in note for note in run.notes)  # type: ignore[attr-defined]

    written = open_source(output)
    for number in range(3):
        np.testing.assert_array_equal(written.read(2 * number).samples, source.read(number).samples)


def test_rotation_shape_subtitles_and_chapters_are_kept(tmp_path: Path, run: Run) -> None:
    def set_up(stream: av.VideoStream) -> None:
        stream.codec_context.sample_aspect_ratio = Fraction(4, 3)
        stream.set_display_rotation(90)

    def extend(container: av.container.OutputContainer) -> None:
        container.metadata["title"] = "Waves"
        container.set_chapters(
            [{"id": 1, "start": 0, "end": 100, "time_base": Fraction(1, 1000), "metadata": {"title": "One"}}]
        )

    clip = write_clip(tmp_path / "clip.mp4", 6, sound=True, prepare=extend, stream_set=set_up)
    run(clip)

    with av.open(str(tmp_path / "clip_2x.mp4")) as container:
        assert container.metadata["title"] == "Waves"
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["One"]
        video = container.streams.video[0]
        assert video.sample_aspect_ratio == Fraction(4, 3)
        assert next(container.decode(video)).rotation == 90


def test_sound_that_does_not_fit_is_encoded_anew(tmp_path: Path, run: Run) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 3, sound=True)

    run(clip, tmp_path / "out.webm")

    assert any(note.startswith("The audio stream 1 (aac") and "re-encoded" in note for note in run.notes)  # type: ignore[attr-defined]
    assert len(times(tmp_path / "out.webm")) == 6


def test_held_frames_may_be_converted_in_several_threads(tmp_path: Path, run: Run) -> None:
    """The same picture comes once for each time it is held; converting it twice at once used to crash."""
    clip = write_clip(tmp_path / "clip.mkv", 4, codec="ffv1", options={}, size=(320, 240), paint=still)

    summary = run(clip, tmp_path / "out.mkv", factor=Fraction(16), encoding=EncodingOptions("ffv1", pixels="yuv444p"))

    assert (summary.copied, summary.held) == (4, 60)
    first, *others = planes(tmp_path / "out.mkv")
    assert all(np.array_equal(*pair) for other in others for pair in zip(first, other, strict=True))
