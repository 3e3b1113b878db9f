from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from midframe.engines.memory_info import (
    available_memory,
    default_budget,
    machine_memory,
    peak_device_memory,
    peak_memory,
)

STATISTICS = "anon 5\ninactive_file 300\ntotal_inactive_file 500\n"


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    class Memory:
        available = 10_000
        total = 20_000

    monkeypatch.setattr(psutil, "virtual_memory", Memory)


def group(folder: Path, limit: str, usage: str, values: tuple[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / limit).write_text(values[0] + "\n")
    (folder / usage).write_text(values[1] + "\n")
    (folder / "memory.stat").write_text(STATISTICS)


def groups_of_process(root: Path, text: str) -> None:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(text)


def test_the_machine_where_there_are_no_groups(tmp_path: Path) -> None:
    assert available_memory(root=tmp_path) == 10_000


@pytest.mark.parametrize(("limit", "left"), [("5000", 2300), ("max", 10_000), ("90000", 10_000), ("100", 0)])
def test_version_2(tmp_path: Path, limit: str, left: int) -> None:
    groups_of_process(tmp_path, "0::/jobs/mine\n")
    group(tmp_path / "sys/fs/cgroup/jobs/mine", "memory.max", "memory.current", (limit, "3000"))
    assert available_memory(root=tmp_path) == left


def test_version_2_in_a_container_whose_group_is_the_top(tmp_path: Path) -> None:
    groups_of_process(tmp_path, "0::/\n")
    group(tmp_path / "sys/fs/cgroup", "memory.max", "memory.current", ("4000", "1000"))
    assert available_memory(root=tmp_path) == 3300


def test_the_groups_above_count_too(tmp_path: Path) -> None:
    groups_of_process(tmp_path, "0::/jobs/mine\n")
    group(tmp_path / "sys/fs/cgroup/jobs/mine", "memory.max", "memory.current", ("9000", "1000"))
    group(tmp_path / "sys/fs/cgroup/jobs", "memory.max", "memory.current", ("6000", "2000"))
    assert available_memory(root=tmp_path) == 4300


@pytest.mark.parametrize("path", ["/docker/0123", "/"])
def test_version_1(tmp_path: Path, path: str) -> None:
    """In a container the path may be the host's, which is not mounted; the top is."""
    groups_of_process(tmp_path, f"5:cpu,cpuacct:/\n4:memory:{path}\n0::/\n")
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
    group(tmp_path / "sys/fs/cgroup/memory", *names, ("5000", "2000"))
    assert available_memory(root=tmp_path) == 3500


def test_no_limit_of_version_1_is_a_huge_number(tmp_path: Path) -> None:
    groups_of_process(tmp_path, "4:memory:/\n")
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes")
    group(tmp_path / "sys/fs/cgroup/memory", *names, ("9223372036854771712", "2000"))
    assert available_memory(root=tmp_path) == 10_000


def test_this_machine() -> None:
    """Whatever it is, reading it works."""
    assert 0 <= available_memory() <= 10_000
    assert default_budget() <= 8_000


def test_a_gpu_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (123, 456))
    assert available_memory("cuda:0") == 123
    assert available_memory("mps") <= 10_000


def test_all_of_the_machine() -> None:
    assert machine_memory() == 20_000


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="as large as needed elsewhere, too")
def test_the_peak_is_that_of_this_process_alone() -> None:
    """Not of the parent, as `getrusage` has it on Linux."""
    ballast = np.ones(200_000_000, np.uint8)
    code = "from midframe.engines.memory_info import peak_memory; print(peak_memory())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    own = peak_memory()
    assert own is not None
    assert own > ballast.nbytes
    assert 5_000_000 < int(done.stdout) < own - 100_000_000


def test_the_peak_of_a_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 7)
    assert peak_device_memory("cuda:1") == 7
    assert peak_device_memory("cpu") is None
    monkeypatch.delitem(sys.modules, "torch")
    assert peak_device_memory("cuda:1") is None
