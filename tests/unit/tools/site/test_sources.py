from __future__ import annotations

from pathlib import Path

import pytest
from tools.site.sources import ROOT, prepare


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "sources"
    pages = prepare(folder)
    assert Path("reference/commands/run.md") in pages
    return folder


def test_all_pages_are_there(sources: Path) -> None:
    places = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.*")]
    assert [place for place in places if not (sources / place).exists()] == []


def test_links_out_of_the_documentation_lead_to_copies(sources: Path) -> None:
    assert "[examples](examples/index.md)" in (sources / "python.md").read_text(encoding="utf-8")
    text = (sources / "examples" / "index.md").read_text(encoding="utf-8")
    assert "[video_job.py](../repository/examples/video_job.md)" in text
    assert "(../generated-video.md)" in text
    shown = (sources / "repository" / "examples" / "video_job.md").read_text(encoding="utf-8")
    assert (ROOT / "examples" / "video_job.py").read_text(encoding="utf-8").rstrip() in shown


def test_a_notebook_is_a_page(sources: Path) -> None:
    text = (sources / "repository" / "examples" / "held_out_frames.md").read_text(encoding="utf-8")
    assert text.startswith("# held_out_frames.ipynb\n\n## Interpolated frames next to real ones\n")
    assert "\n### Interpolating\n" in text
    assert "\n```python\nwith midframe.Interpolator.load() as interpolator:\n" in text


def test_links_of_pages_of_the_root(sources: Path) -> None:
    text = (sources / "contributing.md").read_text(encoding="utf-8")
    assert "[docs/architecture.md](architecture.md)" in text
    assert "[docs/adr](adr/index.md)" in text
    assert "[CHANGELOG.md](changelog.md)" in text
    assert "(../changelog.md)" in (sources / "reference" / "deprecation.md").read_text(encoding="utf-8")


def test_generated_lists(sources: Path) -> None:
    records = (sources / "adr" / "index.md").read_text(encoding="utf-8")
    assert "- [1. The network sees a view; the blend sees the data](0001-view-and-data.md)" in records
    assert "[`midframe run`](commands/run.md)" in (sources / "reference" / "commands.md").read_text(encoding="utf-8")


def test_code_is_left_alone(sources: Path) -> None:
    changed = (sources / "choices.md").read_text(encoding="utf-8")
    assert changed == (ROOT / "docs" / "choices.md").read_text(encoding="utf-8")


def test_an_earlier_preparation_is_removed(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "old.md").touch()
    prepare(tmp_path / "sources")
    assert not (tmp_path / "sources" / "old.md").exists()
