from __future__ import annotations

import shutil
from collections import namedtuple
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from tests.support.jobs import FakeNetwork

from midframe.errors import DiskFullError, OptionError
from midframe.jobs.disk_guard import DiskGuard, KeepFree, parse_keep_free
from midframe.jobs.resolve import ResolvedJob
from midframe.jobs.run import run_job
from midframe.media.output_paths import existing_folder
from midframe.runtime.events import Reporter

Usage = namedtuple("Usage", "total used free")


def disk(monkeypatch: pytest.MonkeyPatch, total: int, free: Callable[[], int]) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(total, total - free(), free()))


@pytest.mark.parametrize(
    ("keep", "full"),
    [
        (KeepFree(), False),
        (KeepFree(0.05), False),
        (KeepFree(0.06), True),
        (KeepFree(0.0, 60), True),
        (KeepFree(0), False),
    ],
)
def test_what_is_left_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keep: KeepFree, full: bool) -> None:
    disk(monkeypatch, 1000, lambda: 50)
    guard = DiskGuard(tmp_path / "out", keep)
    if not full:
        guard.check()
        return
    with pytest.raises(DiskFullError, match="`resume`"):
        guard.check()


def test_the_folder_that_counts(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert existing_folder(tmp_path / "new" / "deep") == tmp_path
    assert existing_folder(tmp_path / "a.mp4") == tmp_path


def test_a_job_stops_before_the_disk_is_full_and_goes_on(
    make_job: Callable[..., ResolvedJob], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [1000]

    def shrinking() -> int:
        written = len(list((tmp_path / "out").glob("*.png"))) if (tmp_path / "out").exists() else 0
        return free[0] - 50 * written

    disk(monkeypatch, 1000, shrinking)
    job = make_job(range(0, 250, 25), factor=Fraction(4), keep_free=KeepFree(0.2), resume=True)
    with pytest.raises(DiskFullError):
        run_job(job, FakeNetwork(), Reporter())
    written = len(list((tmp_path / "out").glob("*.png")))
    assert 17 <= written < 37
    free[0] = 10**6
    run_job(job, FakeNetwork(), Reporter())
    assert len(list((tmp_path / "out").glob("*.png"))) == 37


def test_a_disk_that_is_full_before_is_told_before(
    make_job: Callable[..., ResolvedJob], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk(monkeypatch, 1000, lambda: 1)
    with pytest.raises(DiskFullError):
        run_job(make_job([0, 40]), FakeNetwork(), Reporter())
    assert not (tmp_path / "out").exists()


def test_shares_and_amounts_are_read() -> None:
    assert parse_keep_free("2.5%") == KeepFree(0.025)
    assert parse_keep_free("10G") == KeepFree(0.0, 10**10)
    with pytest.raises(OptionError, match="at most 100%"):
        parse_keep_free("101%")
