"""Jobs that take flicker out of their source frames."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from tests.support.command_line import write_png
from tests.support.fake_engine import FakeEngine

import midframe
from midframe import Interpolator, Job, OptionError
from midframe.jobs.options import JobOptions
from midframe.jobs.plan import preflight
from midframe.jobs.resolve import resolve_job
from midframe.media.images.codecs import codec_for
from midframe.media.pipes.streams import Pipes
from midframe.runtime.deflickered import DEFLICKER_NOTE
from midframe.runtime.events import Notice, Reporter
from midframe.types import Frame, FrameFormat

COUNT = 24


def pan(flicker: float = 0.0) -> list[NDArray[np.uint8]]:
    """Frames (24, 32, 3) of a texture that moves, and flickers by this much."""
    generator = np.random.default_rng(3)
    wide = np.kron(generator.uniform(40, 200, (6, 16, 3)), np.ones((4, 4, 1)))
    gains = 1 + flicker * generator.standard_normal(COUNT)
    return [np.rint(wide[:, number : number + 32] * gain).astype(np.uint8) for number, gain in enumerate(gains)]


def pngs(folder: Path, flicker: float = 0.0) -> Path:
    folder.mkdir()
    for number, picture in enumerate(pan(flicker)):
        write_png(folder / f"{number:03d}.png", picture)
    return folder


def run(job: Job) -> list[str]:
    """The notices of a job that interpolates nothing."""
    notices: list[str] = []

    def listen(event: Any) -> None:
        if isinstance(event, Notice):
            notices.append(event.text)

    with midframe.Session() as session:
        session.run(job, on_event=listen)
    return notices


def pictures(place: Path) -> NDArray[Any]:
    return np.stack(list(midframe.read_frames(place)))


def test_files_without_flicker_are_copied(tmp_path: Path) -> None:
    shots = pngs(tmp_path / "shots")
    notices = run(Job(shots, tmp_path / "out", factor=1, deflicker=True))
    made = sorted((tmp_path / "out").iterdir())
    assert [file.read_bytes() for file in made] == [file.read_bytes() for file in sorted(shots.iterdir())]
    assert any("no source frame is changed" in notice for notice in notices)


def test_flicker_is_removed_and_reported(tmp_path: Path) -> None:
    shots = pngs(tmp_path / "shots", 0.03)
    notices = run(Job(shots, tmp_path / "out", factor=1, deflicker=True))
    before, after = (
        np.abs(np.diff(np.median(pictures(place), axis=(1, 2, 3)), 2)).mean() for place in (shots, tmp_path / "out")
    )
    assert after < before / 3
    (note,) = (notice for notice in notices if notice.startswith("Flicker: "))
    assert note.endswith("source frames are changed.")
    assert notices[0].startswith("Source frames that flicker are changed")
    assert not any("nothing is interpolated" in notice for notice in notices)


@pytest.mark.parametrize("flicker", [0.0, 0.03])
def test_a_plan_says_what_is_changed(flicker: float, tmp_path: Path) -> None:
    job = resolve_job(JobOptions(pngs(tmp_path / "shots", flicker), tmp_path / "out", deflicker=True))
    assert [note for note in preflight(job, None).notes if "flicker" in note.lower()] == [DEFLICKER_NOTE]

    announced, measured = (note for note in preflight(job, None, Reporter()).notes if "flicker" in note.lower())

    assert announced == DEFLICKER_NOTE
    assert measured.startswith("Flicker: ")
    assert ("no source frame is changed" in measured) == (not flicker)


def test_parts_pipes_and_calls_see_the_same_frames(tmp_path: Path) -> None:
    shots = pngs(tmp_path / "shots", 0.03)
    whole = pictures_of(Job(shots, tmp_path / "whole", factor=1, deflicker=True))
    part = pictures_of(
        Job(shots, tmp_path / "part", factor=1, deflicker=True, start_time="1/3", end_time="5/6", source_fps=24)
    )
    np.testing.assert_array_equal(part, whole[8:20])
    looped = pictures_of(Job(shots, tmp_path / "loop", factor=1, deflicker=True, end="loop"))
    np.testing.assert_array_equal(looped, whole)
    called = midframe.retime(np.stack(pan(0.03)), 24, 24, deflicker=True)
    np.testing.assert_array_equal(called, whole)


def pictures_of(job: Job) -> NDArray[Any]:
    run(job)
    assert job.options.output is not None
    return pictures(job.options.output)


def test_a_pipe_gives_the_same_frames_as_a_file(tmp_path: Path) -> None:
    shots = pngs(tmp_path / "shots", 0.03)
    clip = tmp_path / "clip.mkv"
    run(Job(shots, clip, factor=1, codec="ffv1", pix_fmt="yuv420p"))
    written = io.BytesIO()
    with midframe.Session() as session:
        session.run(Job(clip, "-", factor=1), pipes=Pipes(io.BytesIO(), written))
        made = io.BytesIO()
        session.run(Job("-", "-", factor=1, deflicker=True), pipes=Pipes(io.BytesIO(written.getvalue()), made))
    run(Job(clip, tmp_path / "out.mkv", factor=1, codec="ffv1", deflicker=True))
    (tmp_path / "piped.y4m").write_bytes(made.getvalue())
    piped, filed = decoded(tmp_path / "piped.y4m").astype(int), decoded(tmp_path / "out.mkv").astype(int)
    # Y4M does not name the matrix that brightness is computed by.
    assert np.abs(piped - filed).max() <= 1
    assert np.abs(filed - decoded(clip)).max() > 4


def decoded(path: Path) -> NDArray[Any]:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="yuv420p") for frame in container.decode(video=0)])


def test_previews_and_source_pictures_have_no_flicker_either(tmp_path: Path) -> None:
    job = Job(pngs(tmp_path / "shots", 0.03), tmp_path / "out", factor=1, deflicker=True)
    whole = pictures_of(job)
    for number, shown in zip((0, 9), job.source_frames((0, 9)), strict=True):
        np.testing.assert_array_equal(shown.image, whole[number])


def test_it_is_a_setting_of_the_output(tmp_path: Path) -> None:
    """Resumed with another value, half of the frames would flicker."""
    shots = pngs(tmp_path / "shots")
    for deflicker in (False, True):
        with Job(shots, tmp_path / "out", deflicker=deflicker).open() as resolved:
            assert resolved.settings["deflicker"] is deflicker


def test_a_resumed_job_makes_the_same_frames(tmp_path: Path) -> None:
    shots = pngs(tmp_path / "shots", 0.03)
    job = Job(shots, tmp_path / "out", factor=1, deflicker=True, resume=True)
    run(job)
    made = {file.name: file.read_bytes() for file in (tmp_path / "out").glob("*.png")}
    for name in sorted(made)[11:]:
        (tmp_path / "out" / name).unlink()
    notices = run(job)
    assert any("missing or damaged" in notice for notice in notices)
    assert {file.name: file.read_bytes() for file in (tmp_path / "out").glob("*.png")} == made


def test_interpolated_frames_come_of_steady_ones() -> None:
    fake = Interpolator.from_engine(FakeEngine())
    steady = midframe.retime(np.stack(pan(0.03)), 24, 24, deflicker=True).astype(float)
    made = fake.retime(np.stack(pan(0.03)), 24, 48, deflicker=True, cuts="off", static_threshold="off")
    np.testing.assert_array_equal(made[::2], steady)
    np.testing.assert_allclose(made[1:-1:2], (steady[:-1] + steady[1:]) / 2, atol=0.51)


def test_calls_pass_frames_without_flicker_on(tmp_path: Path) -> None:
    frames = pan()
    made = midframe.retime(frames, 24, 24, deflicker=True)
    assert [one is other for one, other in zip(made, frames, strict=True)] == [True] * COUNT


def test_scene_linear_light_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "shots"
    folder.mkdir()
    frame_format = FrameFormat(64, 48, 3, np.dtype("float32"), transfer="linear")
    for number in range(2):
        path = folder / f"{number}.exr"
        codec_for(path).write(path, Frame(np.full((48, 64, 3), 0.5, np.float32), frame_format))
    with pytest.raises(OptionError, match="`deflicker` is for pictures"):
        Job(folder, tmp_path / "out", deflicker=True).plan(analyze=False)
    assert Job(folder, tmp_path / "out.mp4", deflicker=True, display_transform="srgb").plan(analyze=False).outputs == 4
