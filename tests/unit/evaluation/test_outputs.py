"""Reports of evaluations replace earlier reports, and no other file."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.evaluations import evaluation

from midframe.errors import OptionError, OutputExistsError
from midframe.evaluation.outputs import check_report_path, write_everything


def test_an_earlier_report_is_replaced(tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    check_report_path(page)
    written = write_everything(evaluation(), page)
    assert [path.name for path in written] == ["r.html", "r.json", "r.csv"]
    check_report_path(page)


@pytest.mark.parametrize("name", ["r.html", "r.json", "r.csv"])
def test_other_files_are_kept(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(OutputExistsError, match=rf"{name} exists, and midframe did not make it"):
        check_report_path(tmp_path / "r.html")
    check_report_path(tmp_path / "r.html", overwrite=True)
    (tmp_path / name).unlink()
    (tmp_path / name).mkdir()
    with pytest.raises(OptionError, match="is a folder"):
        check_report_path(tmp_path / "r.html", overwrite=True)
