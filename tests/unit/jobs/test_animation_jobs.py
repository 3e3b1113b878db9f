"""Animated GIF, WebP and APNG through whole jobs; what was written is looked at with Pillow."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from tests.support.clips import write_clip
from tests.support.jobs import FakeNetwork, Recorder

from midframe.detection.rules import PairRules
from midframe.errors import OptionError
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.jobs.time import TimeOptions
from midframe.media.video.reading.rgb_source import RgbVideoSource
from midframe.media.video.reading.source import VideoSource
from midframe.media.video.writing.encoders import EncodingOptions
from midframe.runtime.events import Notice, Reporter

ANIMATIONS = [".gif", ".webp", ".apng"]
SIZE = (48, 36)


def run(source: Path, output: Path | None = None, **options: object) -> list[str]:
    """A whole job; gives its notes."""
    recorder = Recorder()
    run_job(resolve_job(JobOptions(source, output, **options)), FakeNetwork(), Reporter([recorder]))  # type: ignore[arg-type]
    return [event.text for event in recorder.events if isinstance(event, Notice)]


def picture(number: int, hole: bool = False) -> NDArray[np.uint8]:
    """A disc that moves over four flat colours; `hole` makes a part see-through."""
    width, height = SIZE
    rows, columns = np.mgrid[:height, :width]
    samples = np.zeros((height, width, 4), np.uint8)
    samples[...] = (30, 60, 200, 255)
    samples[: height // 2, : width // 2] = (250, 240, 20, 255)
    samples[(columns - 10 - 4 * number) ** 2 + (rows - 18) ** 2 < 50] = (255, 40, 10, 255)
    if hole:
        samples[:, : 6 + number] = 0
    return samples


def write_animation(path: Path, pictures: list[NDArray[np.uint8]], duration: int | list[int], **options: Any) -> Path:
    first, *others = [Image.fromarray(samples, "RGBA") for samples in pictures]
    # Every frame replaces all of the one before.
    options |= {"disposal": 2} if path.suffix == ".gif" else {"disposal": 0, "blend": 0}
    first.save(path, save_all=True, append_images=others, duration=duration, **options)
    return path


def frames(path: Path) -> tuple[list[NDArray[np.uint8]], list[float], int | None]:
    """Decoded RGBA pictures, their durations in milliseconds, and the loop count as the file has it."""
    pictures, durations = [], []
    with Image.open(path) as image:
        loop = image.info.get("loop")
        for number in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(number)
            image.load()
            durations.append(float(image.info["duration"]))
            pictures.append(np.array(image.convert("RGBA")))
    return pictures, durations, loop


@pytest.mark.parametrize("suffix", ANIMATIONS)
def test_a_video_becomes_an_animation(suffix: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 5, Fraction(10), sound=True, tags=(1, 1, 1, 1))
    source = RgbVideoSource(VideoSource(clip))
    expected = [source.read(number).samples.astype(int) for number in range(4)]

    notes = run(clip, tmp_path / f"out{suffix}", rules=PairRules(None, "off"))

    pictures, durations, loop = frames(tmp_path / f"out{suffix}")
    assert len(pictures) == 10 - (suffix == ".webp")  # The held last frame is merged into the one before.
    assert sum(durations) == 500
    assert durations[:8] == [50] * 8
    assert loop == 0
    assert any(note.startswith("Left out audio") and "only pictures" in note for note in notes)
    # Colours survive matrix and range; 256 of them, or the chroma of lossy WebP, cost a little.
    allowed = {".gif": 6, ".webp": 8, ".apng": 0.1}[suffix]
    for number in range(4):
        assert np.abs(pictures[2 * number][..., :3] - expected[number]).mean() < allowed
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", f"out{suffix}"]


@pytest.mark.parametrize("suffix", ANIMATIONS)
def test_frames_of_a_gif_come_out_as_they_were(suffix: str, tmp_path: Path) -> None:
    originals = [picture(number) for number in range(4)]
    clip = write_animation(tmp_path / "clip.gif", originals, 80, loop=0)

    run(clip, tmp_path / f"out{suffix}", rules=PairRules(None, "off"), end="drop")

    pictures, durations, _ = frames(tmp_path / f"out{suffix}")
    assert durations[:6] == [40] * 6
    for original, copied in zip(originals, pictures[::2], strict=True):
        np.testing.assert_array_equal(copied, original)
    drawn = (originals[0].astype(int) + originals[1]) // 2
    assert np.abs(pictures[1].astype(int) - drawn).max() <= 1


@pytest.mark.parametrize("suffix", ANIMATIONS)
def test_holes_stay_holes(suffix: str, tmp_path: Path) -> None:
    """Also where the frame before was opaque: it must not show through."""
    originals = [picture(0), picture(1, hole=True), picture(2, hole=True), picture(3)]
    clip = write_animation(tmp_path / "clip.apng", originals, 100)

    notes = run(clip, tmp_path / f"out{suffix}", rules=PairRules(None, "off"), end="drop")

    pictures, _, _ = frames(tmp_path / f"out{suffix}")
    for original, copied in zip(originals, pictures[::2], strict=True):
        np.testing.assert_array_equal(copied[..., 3], original[..., 3])
        np.testing.assert_array_equal(copied[original[..., 3] > 0], original[original[..., 3] > 0])
    half = pictures[1][:, 0, 3]
    assert set(half) == ({255} if suffix == ".gif" else {128}), "half seen between seen and not"
    assert any("becomes opaque or transparent" in note for note in notes) == (suffix == ".gif")


def test_the_default_name_stays_a_gif(tmp_path: Path) -> None:
    clip = write_animation(tmp_path / "clip.gif", [picture(number) for number in range(3)], 100, loop=0)
    run(clip)
    assert (tmp_path / "clip_2x.gif").exists()


@pytest.mark.parametrize(
    ("given", "suffix", "loop"),
    [({"loop": 2}, ".gif", 2), ({"loop": 2}, ".apng", 3), ({"loop": 2}, ".webp", 3), ({}, ".gif", None),
     ({}, ".apng", 1), ({"loop": 0}, ".gif", 0)],
)  # fmt: skip
def test_it_is_played_as_often_as_before(given: dict[str, int], suffix: str, loop: int | None, tmp_path: Path) -> None:
    clip = write_animation(tmp_path / "clip.gif", [picture(number) for number in range(3)], 100, **given)
    run(clip, tmp_path / f"out{suffix}")
    assert frames(tmp_path / f"out{suffix}")[2] == loop


@pytest.mark.parametrize("rate", [30, 24, Fraction(30000, 1001)])
def test_hundredths_are_rounded_without_drift(rate: Fraction, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 40, Fraction(rate), options={"preset": "ultrafast"})

    run(clip, tmp_path / "out.gif", factor=Fraction(1))

    _, durations, _ = frames(tmp_path / "out.gif")
    starts = np.cumsum([0, *durations])
    assert len(durations) == 40
    assert np.abs(starts - [1000 * float(k / rate) for k in range(41)]).max() <= 5 + 1e-6


def test_a_gif_that_is_too_fast_keeps_its_time(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 60, Fraction(60), options={"preset": "ultrafast"})

    notes = run(clip, tmp_path / "out.gif", factor=Fraction(1))

    _, durations, _ = frames(tmp_path / "out.gif")
    assert sum(durations) == 1000
    assert min(durations) >= 20
    assert any(f"{60 - len(durations)} of 60 frames are left out" in note and "`fps=50`" in note for note in notes)


@pytest.mark.parametrize("suffix", ANIMATIONS)
def test_uneven_times_are_kept_to_the_end(suffix: str, tmp_path: Path) -> None:
    clip = write_animation(tmp_path / "clip.gif", [picture(number) for number in range(4)], [100, 300, 50, 720])

    run(clip, tmp_path / f"out{suffix}", factor=Fraction(1))

    assert frames(tmp_path / f"out{suffix}")[1] == [100, 300, 50, 720]


def test_pictures_become_a_gif_with_their_own_colours(tmp_path: Path) -> None:
    folder = tmp_path / "shots"
    folder.mkdir()
    originals = [picture(number)[..., :3] for number in range(3)]
    for number, samples in enumerate(originals):
        Image.fromarray(np.ascontiguousarray(samples)).save(folder / f"{number}.png")

    run(folder, tmp_path / "out.gif", time=TimeOptions(source_fps=Fraction(10)), end="drop")

    pictures, durations, _ = frames(tmp_path / "out.gif")
    assert durations[0] == 50
    for original, copied in zip(originals, pictures[::2], strict=True):
        np.testing.assert_array_equal(copied[..., :3], original)


def test_deep_pixels_stay_deep_in_apng(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 3, codec="ffv1", pixels="yuv444p10le", options={})
    run(clip, tmp_path / "out.apng")
    with av.open(str(tmp_path / "out.apng")) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "rgb48be"


def test_webp_quality(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mkv", 3, codec="ffv1", pixels="yuv444p", options={})
    with av.open(str(clip)) as container:
        exact = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    sizes = []
    for quality in (10, 90, 100):
        output = tmp_path / f"{quality}.webp"
        run(clip, output, encoding=EncodingOptions(quality=quality))
        sizes.append(output.stat().st_size)
        error = np.abs(frames(output)[0][0][..., :3] - exact).mean()
        assert (error <= 1) == (quality == 100)
    assert sizes[0] < sizes[1]


@pytest.mark.parametrize(
    ("name", "encoding", "message"),
    [
        ("out.gif", EncodingOptions("h264"), r"\.gif file stores gif, not h264"),
        ("out.mp4", EncodingOptions("gif"), "not gif"),
        ("out.apng", EncodingOptions(quality=3), "`crf` has no meaning"),
        ("out.webp", EncodingOptions(quality=101), "101"),
    ],
)
def test_wrong_options_are_told_before_work(name: str, encoding: EncodingOptions, message: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 3)
    with pytest.raises(OptionError, match=message):
        resolve_job(JobOptions(clip, tmp_path / name, encoding=encoding))


def test_a_name_pattern_still_makes_pictures(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", 2)
    run(clip, tmp_path / "folder", name="x_{:d}.webp")
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["x_0.webp", "x_1.webp", "x_2.webp"]


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """Three pictures in a folder."""
    folder = tmp_path / "shots"
    folder.mkdir()
    for number in range(3):
        Image.fromarray(picture(number)[..., :3]).save(folder / f"{number}.png")
    return folder


@pytest.mark.parametrize(
    ("name", "rate", "longest"),
    [
        ("a.gif", "1/3600", "655.35 s, but one of this video for 1800 s"),
        ("a.webp", "1/1000000", "16777.2 s, but one of this video for 500000 s"),
        ("a.apng", "1/1000000", "65535 s, but one of this video for 500000 s"),
        ("a.mp4", "1/1000000", "131072 s, but one of this video for 500000 s"),
        ("a.mov", "1/1000000", "131072 s, but one of this video for 500000 s"),
    ],
)
def test_a_frame_that_lasts_longer_than_the_file_can_say_is_refused(
    shots: Path, tmp_path: Path, name: str, rate: str, longest: str
) -> None:
    with pytest.raises(OptionError, match=longest) as caught:
        run(shots, tmp_path / name, time=TimeOptions(source_fps=Fraction(rate)))
    assert caught.value.option == "fps"
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.apng"])
def test_a_frame_an_hour(shots: Path, tmp_path: Path, name: str) -> None:
    run(shots, tmp_path / name, time=TimeOptions(source_fps=Fraction(1, 3600)))
    with av.open(str(tmp_path / name)) as container:
        times = [picture.time for picture in container.decode(video=0)]
    assert times == [1800.0 * number for number in range(6)]


def test_a_frame_an_hour_in_webp(shots: Path, tmp_path: Path) -> None:
    run(shots, tmp_path / "a.webp", time=TimeOptions(source_fps=Fraction(1, 3600)))
    _, durations, _ = frames(tmp_path / "a.webp")
    assert sum(durations) == 6 * 1_800_000


def test_absurdly_many_frames_between_two_are_refused_before_any_work(shots: Path, tmp_path: Path) -> None:
    time = TimeOptions(source_fps=Fraction(1, 10**6), fps=Fraction(10**6))
    with pytest.raises(OptionError, match="Up to 999999999999 frames would be interpolated between two") as caught:
        run(shots, tmp_path / "a.mkv", time=time)
    assert caught.value.option == "fps"
