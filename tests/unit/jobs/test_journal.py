from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.full_disk import fill_disk
from tests.support.jobs import FakeNetwork, Recorder, StopError, stopping
from tests.support.jobs import frame as frame_of
from tests.support.scenes import clip

from midframe.detection.rules import PairRules
from midframe.errors import EngineError, OutputExistsError, ResumeError, WriteError
from midframe.jobs.journal import FileStamp, JournalRecord, ResumePoint, differences, read_journal
from midframe.jobs.options import JobOptions
from midframe.jobs.resolve import ResolvedJob, resolve_job
from midframe.jobs.run import run_job
from midframe.media.images.codecs import codec_for
from midframe.runtime.events import Advanced, Notice, Reporter

SCRIPT = "x0 x1 x2 x2 x2 x3 y0 y1 y2 y2 y3"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for each in clip(SCRIPT):
        path = folder / f"{each.index:02d}.png"
        codec_for(path).write(path, each)
    return folder


def job_of(source: Path, output: Path, **options: object) -> ResolvedJob:
    settings: dict[str, object] = {"factor": Fraction(3), "resume": True, **options}
    return resolve_job(JobOptions(source, output, **settings))  # type: ignore[arg-type]


def run(job: ResolvedJob, stop_after: int | None = None) -> Recorder:
    """Carry out a job, or let it fail when that many frames are in place."""

    recorder = stopping(stop_after)
    run_job(job, FakeNetwork(), Reporter([recorder]))
    return recorder


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


@pytest.mark.parametrize("rules", [PairRules(), PairRules(dedup=True)], ids=["plain", "dedup"])
@pytest.mark.parametrize("stop_after", [0, 1, 2, 7, 12, 19, 29, 30])
def test_a_job_goes_on_to_the_same_result(source: Path, tmp_path: Path, stop_after: int, rules: PairRules) -> None:
    run(job_of(source, tmp_path / "whole", rules=rules, resume=False))
    with pytest.raises(StopError):
        run(job_of(source, tmp_path / "out", rules=rules), stop_after)
    assert len(files(tmp_path / "out")) >= stop_after

    recorder = run(job_of(source, tmp_path / "out", rules=rules))

    assert files(tmp_path / "out") == files(tmp_path / "whole")
    written = [event.done for event in recorder.events if isinstance(event, Advanced) and event.stage == "write"]
    assert all(done > stop_after for done in written)


def test_again_and_again(source: Path, tmp_path: Path) -> None:
    run(job_of(source, tmp_path / "whole", resume=False))
    for stop_after in range(0, 31, 4):
        with pytest.raises(StopError):
            run(job_of(source, tmp_path / "out"), stop_after)
    run(job_of(source, tmp_path / "out"))
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_a_frame_that_is_damaged_or_missing_is_made_again(source: Path, tmp_path: Path) -> None:
    run(job_of(source, tmp_path / "whole", resume=False))
    harms: tuple[Callable[[Path], object], ...] = (
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:40]),
    )
    for harm in harms:
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        with pytest.raises(StopError):
            run(job_of(source, tmp_path / "out"), 20)
        harm(tmp_path / "out" / "0000009.png")
        run(job_of(source, tmp_path / "out"))
        assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_a_complete_job_has_nothing_left_to_do(source: Path, tmp_path: Path) -> None:
    run(job_of(source, tmp_path / "out"))
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
    recorder = run(job_of(source, tmp_path / "out"))
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == before
    assert any("already complete" in event.text for event in recorder.events if isinstance(event, Notice))


def test_a_complete_output_that_is_gone_is_made_again(source: Path, tmp_path: Path) -> None:
    run(job_of(source, tmp_path / "out"))
    shutil.rmtree(tmp_path / "out")
    run(job_of(source, tmp_path / "out"))
    assert len(files(tmp_path / "out")) == 31


def test_without_resume_no_journal_stays(source: Path, tmp_path: Path) -> None:
    run(job_of(source, tmp_path / "out", resume=False))
    assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".")]


def test_an_unfinished_output_points_to_resume(source: Path, tmp_path: Path) -> None:
    with pytest.raises(StopError):
        run(job_of(source, tmp_path / "out", resume=False), 5)
    with pytest.raises(OutputExistsError, match="`resume` continues after"):
        job_of(source, tmp_path / "out", resume=False)
    run(job_of(source, tmp_path / "out"))
    assert len(files(tmp_path / "out")) == 31


def test_frames_of_something_else_are_not_taken_for_ours(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    codec_for(Path("a.png")).write(tmp_path / "out" / "0000000.png", frame_of(7))
    with pytest.raises(OutputExistsError):
        job_of(source, tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"factor": Fraction(2)}, "factor: 3, now 2"),
        ({"mode": "bisect"}, "mode: direct, now bisect"),
        ({"rules": PairRules(dedup=True)}, "dedup: False, now True"),
        ({"end": "hold"}, "end: drop, now hold"),
        ({"start_number": 5}, "output first"),
    ],
)
def test_another_setting_is_refused(source: Path, tmp_path: Path, change: dict[str, object], word: str) -> None:
    with pytest.raises(StopError):
        run(job_of(source, tmp_path / "out"), 5)
    before = files(tmp_path / "out")
    with pytest.raises(ResumeError, match=word):
        run(job_of(source, tmp_path / "out", **change))
    assert files(tmp_path / "out") == before


def test_another_network_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(StopError):
        run(job_of(source, tmp_path / "out"), 5)
    other = FakeNetwork()
    other.sha256 = "1" * 64
    with pytest.raises(ResumeError, match="model sha256"):
        run_job(job_of(source, tmp_path / "out"), other, Reporter())


def test_a_changed_input_is_refused(source: Path, tmp_path: Path) -> None:
    with pytest.raises(StopError):
        run(job_of(source, tmp_path / "out"), 5)
    codec_for(source / "04.png").write(source / "04.png", clip("x1")[0])
    with pytest.raises(ResumeError, match=r"input bytes|input names sizes and times"):
        run(job_of(source, tmp_path / "out"))


def test_overwrite_forgets_the_journal(source: Path, tmp_path: Path) -> None:
    with pytest.raises(StopError):
        run(job_of(source, tmp_path / "out"), 20)
    with pytest.raises(StopError):
        run(job_of(source, tmp_path / "out", resume=False, overwrite=True, factor=Fraction(2)), 0)
    with pytest.raises(ResumeError, match="factor: 2, now 3"):
        run(job_of(source, tmp_path / "out"))


def test_a_line_cut_short_does_not_count(source: Path, tmp_path: Path) -> None:
    with pytest.raises(StopError):
        run(job_of(source, tmp_path / "out"), 20)
    journal = tmp_path / "out" / ".midframe-journal"
    text = journal.read_bytes()
    lines = text.splitlines(keepends=True)
    whole = read_journal(journal)
    assert whole is not None
    for length in range(len(text) - len(lines[-1]), len(text)):
        journal.write_bytes(text[:length])
        record = read_journal(journal)
        assert record is not None
        assert record.checkpoints == whole.checkpoints[:-1]
    journal.write_bytes(lines[0][:-5])
    with pytest.raises(ResumeError, match="damaged"):
        read_journal(journal)


HEAD = b'{"journal": 2, "settings": {}, "partial": null}\n'
POINT = b'{"outputs": 3, "left": 1, "restart": 0}\n'


def test_a_whole_journal_is_read(tmp_path: Path) -> None:
    (tmp_path / "journal").write_bytes(HEAD + POINT + b'{"complete": true, "file": {"size": 7, "head": "00"}}\n')
    written = (tmp_path / "journal").stat().st_mtime_ns
    assert read_journal(tmp_path / "journal") == JournalRecord(
        {}, (ResumePoint(3, 1, 0),), True, None, FileStamp(7, "00"), written
    )
    assert read_journal(tmp_path / "none") is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello\n",
        b"[1]\n",
        b"null\n",
        b'{"journal": 99}\n',
        b"\xff\xfe\n",
        b"\0" * 400 + b"\n",
        b"[" * 100_000 + b"\n",
        HEAD[:-2],
        HEAD.replace(b"{}", b"[]"),
        HEAD.replace(b"null", b"7"),
        HEAD + b"[]\n",
        HEAD + b"{}\n",
        HEAD + POINT.replace(b"3", b"-3"),
        HEAD + POINT.replace(b"3", b"true"),
        HEAD + POINT.replace(b"3", b'"3"'),
        HEAD + POINT.replace(b"3", b"3.5"),
        HEAD + POINT[:9] + POINT + POINT,
        HEAD + POINT + POINT.replace(b"3", b"2"),
        HEAD + b'{"complete": true, "file": null}\n' + POINT,
        HEAD + POINT + b'{"complete": true}\n',
        HEAD + POINT + b'{"complete": true, "file": {}}\n',
    ],
)
def test_what_is_no_journal_or_damaged_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "journal").write_bytes(content)
    with pytest.raises(ResumeError, match="Remove it to start again"):
        read_journal(tmp_path / "journal")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("kind", ["a named pipe", "a folder", "a symbolic link"])
def test_what_is_no_plain_file_is_no_journal(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "journal"
    match kind:
        case "a named pipe":
            os.mkfifo(place)
        case "a folder":
            place.mkdir()
        case _:
            place.symlink_to(tmp_path / "other")
    with pytest.raises(ResumeError, match=f"is {kind}, not a journal"):
        read_journal(place)


def test_a_damaged_journal_stops_a_job_that_resumes_and_not_one_that_overwrites(source: Path, tmp_path: Path) -> None:
    with pytest.raises(StopError):
        run(job_of(source, tmp_path / "out"), 5)
    journal = tmp_path / "out" / ".midframe-journal"
    journal.write_bytes(journal.read_bytes()[100:])
    before = files(tmp_path / "out")
    with pytest.raises(ResumeError, match="damaged"):
        run(job_of(source, tmp_path / "out"))
    assert files(tmp_path / "out") == before
    run(job_of(source, tmp_path / "out", resume=False, overwrite=True))
    assert len(files(tmp_path / "out")) == 31


def test_checkpoints_that_the_job_cannot_have_written_are_damage(source: Path, tmp_path: Path) -> None:
    with pytest.raises(StopError):
        run(job_of(source, tmp_path / "out"), 5)
    journal = tmp_path / "out" / ".midframe-journal"
    for line in ('{"outputs": 99, "left": 0, "restart": 0}', '{"outputs": 9, "left": 99, "restart": 0}'):
        text = journal.read_text()
        journal.write_text(f"{text}{line}\n")
        with pytest.raises(ResumeError, match="names frames that the job does not have"):
            run(job_of(source, tmp_path / "out"))
        journal.write_text(text)


@pytest.mark.parametrize("harm", ["gone", "cut", "empty", "hole", "noise", "folder gone"])
def test_a_complete_output_is_looked_at(source: Path, tmp_path: Path, harm: str) -> None:
    run(job_of(source, tmp_path / "whole", resume=False))
    run(job_of(source, tmp_path / "out"))
    frame = tmp_path / "out" / "0000004.png"
    match harm:
        case "gone":
            frame.unlink()
        case "cut":
            frame.write_bytes(frame.read_bytes()[:-20])
        case "empty":
            frame.write_bytes(b"")
        case "hole":
            content = frame.read_bytes()
            frame.write_bytes(content[:50] + bytes(20) + content[70:])
        case "noise":
            frame.write_bytes(b"noise" * 99)
        case _:
            for path in (tmp_path / "out").glob("*.png"):
                path.unlink()
    # What was changed since then is the user's, and stays.
    retouched = tmp_path / "out" / "0000009.png"
    if harm != "folder gone":
        codec_for(retouched).write(retouched, frame_of(7))
    recorder = run(job_of(source, tmp_path / "out"))
    assert any(
        "missing or damaged; it is written again" in event.text
        for event in recorder.events
        if isinstance(event, Notice)
    )
    expected = files(tmp_path / "whole")
    if harm != "folder gone":
        expected["0000009.png"] = retouched.read_bytes()
    assert files(tmp_path / "out") == expected
    recorder = run(job_of(source, tmp_path / "out"))
    assert any("already complete" in event.text for event in recorder.events if isinstance(event, Notice))


def test_a_journal_that_cannot_be_written_says_so(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_disk(monkeypatch, "journal")
    with pytest.raises(WriteError, match=r"journal .* No space left on device"):
        run(job_of(source, tmp_path / "out"))


def test_an_engine_that_fails_leaves_a_journal(source: Path, tmp_path: Path) -> None:
    run(job_of(source, tmp_path / "whole", resume=False))
    network = FakeNetwork()
    between = network.engine.between

    def failing(left: object, right: object, times: object) -> object:
        if network.engine.estimated > 8:
            raise EngineError("out of memory")
        return between(left, right, times)  # type: ignore[arg-type]

    network.engine.between = failing  # type: ignore[assignment, method-assign]
    with pytest.raises(EngineError):
        run_job(job_of(source, tmp_path / "out"), network, Reporter())
    assert json.loads((tmp_path / "out" / ".midframe-journal").read_text().splitlines()[-1])["outputs"] > 8
    run(job_of(source, tmp_path / "out"))
    assert files(tmp_path / "out") == files(tmp_path / "whole")


def test_differences_are_said_in_words() -> None:
    assert differences({"a_b": 1, "c": [1, 2]}, {"a_b": 2, "c": (1, 2), "d": None}) == ["a b: 1, now 2"]
    assert ResumePoint() == ResumePoint(0, 0, 0)
