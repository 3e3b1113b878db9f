from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.support.clips import write_clip

from midframe.cli.printing import print_note, print_plan, print_sentence, print_summary
from midframe.jobs.job import Job
from midframe.runtime.events import JobSummary
from midframe.runtime.job_plan import JobPlan

SUMMARY = JobSummary("out", 5, 10, 0, 5, 3, 2, 0, 0, 1, 1, 2.5, 1.5, 3.6, "cpu (2 threads)", "RIFE", "ab" * 32)


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JobPlan:
    monkeypatch.chdir(tmp_path)
    write_clip(tmp_path / "clip.mp4", 5)
    return Job("clip.mp4").plan()


def test_a_note_is_wrapped_on_a_terminal_only(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    note = "Some of the words of `overwrite` are too many for a line of a terminal."
    print_note(note)
    assert capsys.readouterr().err == f"note     {note}\n".replace("`overwrite`", "--overwrite")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "50")
    print_note(note)
    assert capsys.readouterr().err.splitlines() == [
        "note     Some of the words of --overwrite are too",
        "         many for a line of a terminal.",
    ]


def test_an_error_is_wrapped_between_words(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    text = "midframe: clip.mp4 exists. Replace it with --overwrite."
    print_sentence(text)
    assert capsys.readouterr().err == f"{text}\n"
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "50")
    print_sentence(text)
    assert capsys.readouterr().err.splitlines() == ["midframe: clip.mp4 exists. Replace it with", "--overwrite."]


def test_only_verbose_says_everything(plan: JobPlan, capsys: pytest.CaptureFixture[str]) -> None:
    plan = replace(plan, notes=("Left out something.",), device="cpu (2 threads)")
    print_plan(plan, as_json=False)
    short = capsys.readouterr().err.splitlines()
    assert len(short) == 4
    assert short[-1] == "note     Left out something."
    print_plan(plan, as_json=False, verbose=True)
    everything = capsys.readouterr().err.splitlines()
    assert everything[:3] + everything[-1:] == short
    words = [line.split()[0] for line in everything[3:-1]]
    assert words == ["input", "output", "disk", "device", "cuts", "static"]


def test_the_summary_of_a_finished_job(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary(SUMMARY, 4.0)
    short = capsys.readouterr().out
    assert short.startswith("Done in 4.0 s: out (10 frames), ")
    assert short.count("\n") == 1
    print_summary(SUMMARY, 4.0, verbose=True)
    assert capsys.readouterr().out == short + (
        "frames   10: 5 original, 3 interpolated, 2 held (1 static pair, 1 cut)\n"
        "speed    2.5 s without loading, 3.60 frames per second, network busy 60% of the time\n"
        "device   cpu (2 threads)\n"
        "model    RIFE, SHA-256 abababababab…\n"
    )


def test_nothing_is_said_of_a_job_that_was_complete(capsys: pytest.CaptureFixture[str]) -> None:
    print_summary(replace(SUMMARY, resumed=10, copied=0, synthesised=0, held=0), 4.0)
    assert not capsys.readouterr().out
