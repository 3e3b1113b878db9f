from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from midframe.diagnosis.disks import look_at_disks


def test_all_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    cache, temporary, current = look_at_disks(str(tmp_path / "not" / "yet"))
    assert (cache.purpose, cache.folder) == ("cache", str(tmp_path / "not" / "yet"))
    assert (temporary.purpose, temporary.folder) == ("temporary files", tempfile.gettempdir())
    assert (current.purpose, current.folder) == ("current folder", str(tmp_path))
    assert cache.total == shutil.disk_usage(tmp_path).total
    assert all(disk.free is not None and disk.failure is None for disk in (cache, temporary, current))


def test_folders_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    def gone() -> str:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    monkeypatch.setattr(os, "getcwd", gone)
    temporary, current = look_at_disks("")
    assert (temporary.folder, temporary.free, temporary.failure) == ("", None, "No usable temporary directory found")
    assert (current.folder, current.failure) == ("", "No such file or directory")
