"""Jobs and the files that they find in the place of their output: whose is what, and what becomes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.clips import frame_hashes, write_clip
from tests.support.jobs import FakeNetwork, Recorder, StopError, frame, stopping
from tests.support.partial_files import partial_file, partial_files

from midframe import Job, Session
from midframe.atomic import temporary_path
from midframe.detection.rules import PairRules
from midframe.errors import OptionError, OutputExistsError, OutputInUseError, ResumeError, WriteError
from midframe.jobs import session as session_module
from midframe.jobs.journal import journal_place
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import resolve_job
from midframe.jobs.run import run_job
from midframe.media.images.codecs import codec_for
from midframe.media.output_lock import exclusive_output
from midframe.media.video.writing.recovery import SEGMENT_FRAMES
from midframe.runtime.events import Event, Finished, Notice, Reporter

RULES = PairRules(static_threshold=None, cuts="off")
FRAMES = SEGMENT_FRAMES // 2 + 7
"""Of a clip whose output has one whole segment and a part of one."""


@pytest.fixture(autouse=True)
def _fake_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "load_for_execution", lambda *_, **__: FakeNetwork())


def sequence(folder: Path, first: int = 0) -> Path:
    folder.mkdir()
    for index in range(5):
        codec_for(Path("a.png")).write(folder / f"{index:04d}.png", frame(40 * index + first))
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return sequence(tmp_path / "in")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("source") / "clip.mp4", FRAMES)


def run(source: Path, output: Path, stop_after: int | None = None, **options: object) -> list[str]:
    """Carry out a job, or let it fail when that many frames are in place; its notices."""
    job = resolve_job(JobOptions(source, output, rules=RULES, **options))  # type: ignore[arg-type]
    recorder = stopping(stop_after)
    run_job(job, FakeNetwork(), Reporter([recorder]))
    return notices(recorder)


def notices(recorder: Recorder) -> list[str]:
    return [event.text for event in recorder.events if isinstance(event, Notice)]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestFrames:
    def test_what_an_interrupted_run_has_left_behind_the_new_range_is_removed_and_reported(
        self, source: Path, tmp_path: Path
    ) -> None:
        with pytest.raises(StopError):
            run(source, tmp_path / "out", 10, factor=Fraction(4))
        assert len(names(tmp_path / "out")) >= 11
        said = run(source, tmp_path / "out", factor=Fraction(2), overwrite=True)
        assert names(tmp_path / "out") == [f"{index:07d}.png" for index in range(9)]
        assert [text for text in said if "Removed files of an interrupted run: 0000009.png" in text]

    def test_but_not_if_it_has_changed_since(self, source: Path, tmp_path: Path) -> None:
        with pytest.raises(StopError):
            run(source, tmp_path / "out", 10, factor=Fraction(4))
        (tmp_path / "out" / "0000009.png").write_bytes(b"mine")
        said = run(source, tmp_path / "out", factor=Fraction(2), overwrite=True)
        assert (tmp_path / "out" / "0000009.png").read_bytes() == b"mine"
        assert [text for text in said if "does not belong to this job, and was kept: 0000009.png" in text]

    @pytest.mark.parametrize("resume", [True, False])
    def test_nor_if_the_run_was_of_another_input_or_finished(self, source: Path, tmp_path: Path, resume: bool) -> None:
        """Two shots into one folder."""
        run(source, tmp_path / "out", resume=resume)
        before = {path: path.read_bytes() for path in (tmp_path / "out").glob("*.png")}
        said = run(sequence(tmp_path / "in2", 7), tmp_path / "out", start_number=9, overwrite=True)
        assert len(list((tmp_path / "out").glob("*.png"))) == 18
        assert all(path.read_bytes() == content for path, content in before.items())
        assert [text for text in said if "9 files in" in text and "were kept" in text]

    def test_nor_what_a_journal_names_outside_of_the_folder(self, source: Path, tmp_path: Path) -> None:
        with pytest.raises(StopError):
            run(source, tmp_path / "out", 10, factor=Fraction(4))
        (tmp_path / "0000009.png").write_bytes(b"mine")
        journal = tmp_path / "out" / ".midframe-journal"
        journal.write_text(journal.read_text().replace('"output_pattern": [""', '"output_pattern": ["../"'))
        run(source, tmp_path / "out", factor=Fraction(2), overwrite=True)
        assert (tmp_path / "0000009.png").read_bytes() == b"mine"


class TestVideos:
    def test_an_unfinished_video_is_resumed_or_replaced_on_request_only(self, clip: Path, tmp_path: Path) -> None:
        output = tmp_path / "out.mp4"
        with pytest.raises(StopError):
            run(clip, output, SEGMENT_FRAMES + 3)
        begun = partial_file(output)
        content = begun.read_bytes()
        with pytest.raises(OutputExistsError, match=f"not finished: {SEGMENT_FRAMES} frames of it") as refused:
            run(clip, output)
        assert refused.value.option == "resume"
        assert begun.read_bytes() == content
        said = run(clip, output, overwrite=True)
        assert [text for text in said if f"Removed files of an interrupted run: {begun.name}." in text]
        assert names(tmp_path) == ["out.mp4"]

    def test_files_with_names_like_those_of_old_temporary_ones_are_the_users(self, clip: Path, tmp_path: Path) -> None:
        mine = [tmp_path / name for name in ("out.part.mp4", "out.resumed.mp4", ".out.part.mp4", "out.mp4.part")]
        for path in mine:
            path.write_bytes(b"mine")
        with pytest.raises(StopError):
            run(clip, tmp_path / "out.mp4", SEGMENT_FRAMES + 3)
        run(clip, tmp_path / "out.mp4", resume=True)
        run(clip, tmp_path / "out.mp4", overwrite=True)
        assert all(path.read_bytes() == b"mine" for path in mine)

    def test_a_left_over_file_that_is_the_input_stays(self, clip: Path, tmp_path: Path) -> None:
        output = tmp_path / "out.mp4"
        source = temporary_path(output, hidden=False)
        source.write_bytes(clip.read_bytes())
        run(source, output)
        assert source.read_bytes() == clip.read_bytes()
        assert partial_files(output) == [source]

    @pytest.mark.parametrize("harm", ["gone", "cut", "hole", "empty"])
    def test_a_complete_video_is_looked_at(self, clip: Path, tmp_path: Path, harm: str) -> None:
        output = tmp_path / "out.mkv"
        run(clip, output, resume=True)
        whole = frame_hashes(output)
        assert [text for text in run(clip, output, resume=True) if "already complete" in text]
        content = output.read_bytes()
        middle = len(content) // 2
        harmed = {"cut": content[:middle], "hole": content[:middle] + bytes(99) + content[middle + 99 :], "empty": b""}
        output.unlink() if harm == "gone" else output.write_bytes(harmed[harm])
        assert [text for text in run(clip, output, resume=True) if "it is written again" in text]
        assert frame_hashes(output) == whole
        assert [text for text in run(clip, output, resume=True) if "already complete" in text]

    def test_another_file_of_its_name_is_not_a_damaged_one(self, clip: Path, tmp_path: Path) -> None:
        output = tmp_path / "out.mkv"
        run(clip, output, resume=True)
        output.write_bytes(b"mine")
        with pytest.raises(ResumeError, match="neither the file"):
            run(clip, output, resume=True)
        assert output.read_bytes() == b"mine"
        # The same film in another file is as complete as before.
        with Session() as session:
            session.run(Job(clip, tmp_path / "again.mkv", codec="ffv1"))
        output.write_bytes((tmp_path / "again.mkv").read_bytes())
        assert [text for text in run(clip, output, resume=True) if "already complete" in text]


class TestOneWriter:
    def test_a_second_job_is_refused_and_leaves_no_trace(self, source: Path, clip: Path, tmp_path: Path) -> None:
        for given, output in ((source, tmp_path / "out"), (clip, tmp_path / "out.mp4")):
            job = Job(given, output, overwrite=True, report=tmp_path / "report.json", flow_folder=tmp_path / "flow")
            with (
                exclusive_output(output, is_folder=not output.suffix),
                Session() as session,
                pytest.raises(OutputInUseError),
            ):
                session.run(job)
        assert names(tmp_path) == ["in"]

    def test_nor_may_two_jobs_write_one_folder_of_flow(self, source: Path, tmp_path: Path) -> None:
        job = Job(source, tmp_path / "out", flow_folder=tmp_path / "flow")
        with (
            exclusive_output(tmp_path / "flow", is_folder=True),
            Session() as session,
            pytest.raises(OutputInUseError, match="flow"),
        ):
            session.run(job)
        assert names(tmp_path) == ["in"]

    def test_nor_may_two_jobs_write_one_report(self, source: Path, tmp_path: Path) -> None:
        with (
            exclusive_output(tmp_path / "report.json"),
            Session() as session,
            pytest.raises(OutputInUseError, match=r"report\.json"),
        ):
            session.run(Job(source, tmp_path / "out", report=tmp_path / "report.json"))
        assert names(tmp_path) == ["in"]

    @pytest.mark.parametrize("suffix", ["", ".tif", ".mp4"])
    def test_what_another_job_has_written_meanwhile_is_not_replaced(
        self, source: Path, tmp_path: Path, suffix: str
    ) -> None:
        """The second job looked while there was nothing, and waited."""
        job = Job(source, tmp_path / f"out{suffix}")
        with Session() as session:
            second = job.open()
            session.run(job)
            with pytest.raises(OutputExistsError):
                session.run(second)

    @pytest.mark.parametrize("suffix", ["", ".tif", ".mp4"])
    def test_nothing_is_left_but_the_output(self, source: Path, tmp_path: Path, suffix: str) -> None:
        with Session() as session:
            session.run(Job(source, tmp_path / "new" / f"out{suffix}", report=tmp_path / "new" / "report.json"))
        assert names(tmp_path / "new") == sorted([f"out{suffix}", "report.json"])
        assert all(name.endswith(".png") for name in names(tmp_path / "new" / "out")) if not suffix else True


@pytest.mark.parametrize("suffix", ["", ".mp4"])
def test_a_file_that_has_the_name_of_the_journal_and_is_none_stays(source: Path, tmp_path: Path, suffix: str) -> None:
    output = tmp_path / f"out{suffix}"
    place = journal_place(output, is_folder=not suffix)
    place.parent.mkdir(exist_ok=True)
    place.write_text("mine")
    for resume in (False, True):
        with pytest.raises(ResumeError, match="is not a midframe journal"):
            run(source, output, resume=resume)
    assert place.read_text() == "mine"


def test_what_a_killed_job_has_left_of_a_report_is_removed(source: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    temporary_path(report).write_text("{")
    (tmp_path / ".report.mine.part.json").write_text("mine")
    with Session() as session:
        session.run(Job(source, tmp_path / "out", report=report))
    assert names(tmp_path) == [".report.mine.part.json", "in", "out", "report.json"]


def test_a_report_does_not_replace_what_appears_meanwhile(source: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.json"

    def on_event(event: Event) -> None:
        if isinstance(event, Finished):
            report.write_text("mine")

    with Session() as session, pytest.raises(WriteError, match="cannot replace") as refused:
        session.run(Job(source, tmp_path / "out", report=report), on_event=on_event)
    assert report.read_text() == "mine"
    (kept,) = tmp_path.glob(".report.*.json")
    assert str(kept) in str(refused.value)
    assert json.loads(kept.read_text())["finished"]


REPORTS: dict[str, Callable[[Path], object]] = {
    "another file": lambda path: path.write_text("mine"),
    "link": lambda path: path.symlink_to("elsewhere.json"),
    "folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("kind", REPORTS)
def test_reports_replace_nothing_but_reports(source: Path, tmp_path: Path, kind: str) -> None:
    report = tmp_path / "report.json"
    (tmp_path / "elsewhere.json").write_text("mine")
    with Session() as session:
        session.run(Job(source, tmp_path / "a", report=report))
        session.run(Job(source, tmp_path / "b", report=report))
        report.unlink()
        REPORTS[kind](report)
        for overwrite in (False, True) if kind != "another file" else (False,):
            with pytest.raises((OutputExistsError, OptionError)):
                session.run(Job(source, tmp_path / "c", report=report, overwrite=overwrite))
    assert (tmp_path / "elsewhere.json").read_text() == "mine"
    assert not report.is_file() or report.read_text() == "mine"
    assert not (tmp_path / "c").exists()
