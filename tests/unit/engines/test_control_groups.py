from __future__ import annotations

from pathlib import Path

import pytest

from midframe.engines.control_groups import core_quota, groups


def groups_of_process(root: Path, text: str) -> None:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(text)


def limit(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("cpu_", "cpu.")).write_text(text + "\n")


def test_a_group_and_those_above(tmp_path: Path) -> None:
    groups_of_process(tmp_path, "5:cpu,cpuacct:/jobs\n4:memory:/\n0::/jobs/mine\n")
    top = tmp_path / "sys/fs/cgroup"
    above = [(2, top / "jobs/mine"), (2, top / "jobs"), (2, top)]
    assert list(groups("cpu", tmp_path)) == [(1, top / "cpu/jobs"), (1, top / "cpu"), *above]
    assert list(groups("memory", tmp_path)) == [(1, top / "memory"), *above]


def test_no_groups(tmp_path: Path) -> None:
    assert list(groups("cpu", tmp_path)) == []
    assert core_quota(tmp_path) is None


@pytest.mark.parametrize(
    ("text", "cores"), [("200000 100000", 2), ("250000 100000", 3), ("1000 100000", 1), ("max 100000", None)]
)
def test_time_of_version_2(tmp_path: Path, text: str, cores: int | None) -> None:
    groups_of_process(tmp_path, "0::/\n")
    limit(tmp_path / "sys/fs/cgroup", cpu_max=text)
    assert core_quota(tmp_path) == cores


def test_the_smallest_limit_counts(tmp_path: Path) -> None:
    groups_of_process(tmp_path, "0::/jobs/mine\n")
    limit(tmp_path / "sys/fs/cgroup/jobs/mine", cpu_max="800000 100000")
    limit(tmp_path / "sys/fs/cgroup/jobs", cpu_max="400000 100000")
    assert core_quota(tmp_path) == 4


@pytest.mark.parametrize(("quota", "cores"), [("300000", 3), ("-1", None)])
def test_time_of_version_1(tmp_path: Path, quota: str, cores: int | None) -> None:
    groups_of_process(tmp_path, "5:cpu,cpuacct:/docker/0123\n")
    limit(tmp_path / "sys/fs/cgroup/cpu", cpu_cfs_quota_us=quota, cpu_cfs_period_us="100000")
    assert core_quota(tmp_path) == cores


def test_this_machine() -> None:
    """Whatever it is, reading it works."""
    assert (core_quota() or 1) >= 1
