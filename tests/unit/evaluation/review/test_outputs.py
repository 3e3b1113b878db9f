"""Files for reviews, checked before the work and written after it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from midframe import EngineOptions, Job, OptionError, OutputExistsError, SequenceError, review
from midframe.evaluation.review import outputs as outputs_module
from midframe.evaluation.review.outputs import check_review_path, write_review
from midframe.runtime.events import Advanced, Event, Started


def test_names_that_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"\.html\) or JSON"):
        check_review_path(tmp_path / "review.txt", ())
    with pytest.raises(OptionError, match="does not exist"):
        check_review_path(tmp_path / "none" / "review.html", ())
    source = tmp_path / "clip.json"
    source.touch()
    with pytest.raises(SequenceError, match="is the input"):
        check_review_path(source, [source])


def test_other_files_are_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "review.json"
    path.write_text("{}")
    with pytest.raises(OutputExistsError, match="did not make it"):
        check_review_path(path, ())
    check_review_path(path, (), overwrite=True)


def test_pages_need_a_library_and_json_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs_module, "find_spec", lambda _: None)
    with pytest.raises(OptionError, match="pip install jinja2"):
        check_review_path(tmp_path / "review.html", ())
    check_review_path(tmp_path / "review.json", ())


def test_both_kinds_can_be_written_again(shots: Path, tmp_path: Path, loads: list[EngineOptions]) -> None:
    job = Job(shots)
    found = review(job)
    events: list[Event] = []
    for name in ("review.json", "review.html"):
        write_review(found, tmp_path / name, job, top=3, on_event=events.append)
        check_review_path(tmp_path / name, ())
    assert len(json.loads((tmp_path / "review.json").read_text())["worst"]) == 3
    assert events == [Started({"write": 3}), *(Advanced("write", number) for number in (1, 2, 3))]
    assert len(loads) == 4
