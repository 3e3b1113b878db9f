"""The demonstration replaces nothing but its own results."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.jobs import FakeNetwork

from midframe.errors import OutputExistsError
from midframe.jobs import demo
from midframe.jobs.demo import MARK, make_demo
from midframe.models.fetch import SilentProgress
from midframe.runtime.events import Reporter


@pytest.mark.parametrize("name", ["notes.txt", "source", "frames"])
def test_a_folder_with_other_files_is_refused(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "fetch_clip", lambda *_: pytest.fail("nothing is fetched"))
    (tmp_path / name).mkdir()
    (tmp_path / name / "0000000.png").write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match="not made by this command"):
        make_demo(tmp_path, "bikes", 3, 1, FakeNetwork(), Reporter(), SilentProgress())
    assert (tmp_path / name / "0000000.png").read_bytes() == b"mine"


def test_of_an_earlier_run_its_frames_are_removed_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / MARK).touch()
    (tmp_path / "source").mkdir()
    for name in ("0000000.png", "mine.png"):
        (tmp_path / "source" / name).write_bytes(b"")
    demo._require_own(tmp_path)
    demo._clear(tmp_path / "source")
    assert [path.name for path in (tmp_path / "source").iterdir()] == ["mine.png"]
