"""What a job that is stopped says, and that it is true."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.clips import write_clip
from tests.support.jobs import FakeNetwork, frame
from tests.support.partial_files import partial_files

from midframe import Job, Session
from midframe.errors import CancelledError, OutputExistsError
from midframe.jobs import session as session_module
from midframe.media.images.codecs import codec_for
from midframe.media.video.writing.recovery import SEGMENT_FRAMES
from midframe.runtime.events import Advanced, Event, Notice
from midframe.signals import CancelToken

FRAMES = SEGMENT_FRAMES // 2 + 30


@pytest.fixture(autouse=True)
def _fake_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "load_for_execution", lambda *_, **__: FakeNetwork())


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("source") / "clip.mp4", FRAMES)


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for index in range(40):
        codec_for(Path("a.png")).write(folder / f"{index:04d}.png", frame(index))
    return folder


def stop(job: Job, after: int) -> str:
    """Cancel a job when that many frames are in place; what it says then."""
    token = CancelToken()

    def on_event(event: Event) -> None:
        if isinstance(event, Advanced) and event.stage == "write" and event.done >= after:
            token.cancel()

    with Session() as session, pytest.raises(CancelledError) as stopped:
        session.run(job, on_event=on_event, cancel=token)
    return str(stopped.value)


def notices(job: Job) -> list[str]:
    """Carry out a job; what it says."""
    said: list[str] = []
    with Session() as session:
        session.run(job, on_event=lambda event: said.append(event.text) if isinstance(event, Notice) else None)
    return said


def test_frames_in_a_folder(shots: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    said = stop(Job(shots, output, cuts="off", static_threshold="off"), 5)
    written = len(list(output.glob("*.png")))
    assert said == (
        f"Stopped. The frames finished so far are in {output}. The same command with `resume` continues after the "
        f"first {written} frames."
    )
    with pytest.raises(OutputExistsError, match=rf"`resume` continues after {written} frames") as refused:
        notices(Job(shots, output, cuts="off", static_threshold="off"))
    assert refused.value.option == "resume"
    again = notices(Job(shots, output, cuts="off", static_threshold="off", resume=True))
    assert f"Resumes after the first {written} frames, which the earlier run has finished." in again


def test_a_whole_segment_of_a_video(clip: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    said = stop(Job(clip, output, cuts="off"), SEGMENT_FRAMES + 5)
    partial = partial_files(output)[0]
    assert said.startswith(f"Stopped. The frames finished so far are in {partial}. ")
    assert said.endswith(f"with `resume` continues after the first {SEGMENT_FRAMES} frames.")
    for options in ({}, {"crf": 30}):
        with pytest.raises(OutputExistsError, match=f"{SEGMENT_FRAMES} frames of it can be used"):
            notices(Job(clip, output, cuts="off", **options))  # type: ignore[arg-type]
    assert partial.exists()


def test_less_than_a_segment_begins_again_and_is_not_said_to_resume(clip: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    said = stop(Job(clip, output, cuts="off"), 20)
    assert said.endswith("They are too few to resume from: the same command begins again.")
    partial = partial_files(output)[0]
    said_again = notices(Job(clip, output, cuts="off"))
    assert f"Removed files of an interrupted run: {partial.name}." in said_again


@pytest.mark.parametrize(
    ("name", "kept"), [("out.gif", "A file of this kind cannot be resumed"), ("out.tif", "Nothing of an unfinished")]
)
def test_files_that_cannot_be_resumed(shots: Path, tmp_path: Path, name: str, kept: str) -> None:
    said = stop(Job(shots, tmp_path / name, cuts="off", static_threshold="off"), 5)
    assert kept in said
    assert said.endswith("the same command begins again.")
    assert "resume`" not in said


def test_a_finished_job_is_not_called_unfinished(clip: Path, shots: Path, tmp_path: Path) -> None:
    for source, output in ((clip, tmp_path / "out.mp4"), (shots, tmp_path / "out")):
        job = Job(source, output, cuts="off", static_threshold="off", resume=True, end_time=0.4)
        assert not any("complete" in text for text in notices(job))
        complete = f"{output} is already complete; there is nothing to do. `overwrite` without `resume` makes it again."
        assert notices(job)[-1] == complete
        with pytest.raises(OutputExistsError, match="is already complete") as refused:
            notices(Job(source, output, cuts="off", static_threshold="off", end_time=0.4))
        assert refused.value.option == "overwrite"
        assert "resume" not in str(refused.value)


def test_what_an_interrupted_run_left_is_of_no_use(clip: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.mp4"
    stop(Job(clip, output, cuts="off"), SEGMENT_FRAMES + 5)
    partial = partial_files(output)[0]
    partial.write_bytes(b"damaged")
    assert "Nothing of the earlier run can be used: the job begins again." in notices(
        Job(clip, output, cuts="off", resume=True)
    )
