from __future__ import annotations

import os

import pytest

from midframe.diagnosis import machine
from midframe.diagnosis.machine import look_at_machine


@pytest.fixture(autouse=True)
def two_of_eight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1}, raising=False)
    monkeypatch.setattr(machine, "core_quota", lambda: None)
    monkeypatch.setattr(machine, "available_memory", lambda: 500)
    monkeypatch.setattr(machine, "machine_memory", lambda: 2000)
    monkeypatch.setattr(machine, "memory_left_by_groups", lambda: None)


def test_all_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    state = look_at_machine()
    assert (state.cores, state.usable, state.usable_reason) == (8, 8, "")
    assert (state.memory, state.free_memory, state.limited) == (2000, 500, False)


def test_cores_of_the_process() -> None:
    state = look_at_machine()
    assert (state.usable, state.usable_reason) == (2, "this process may run on no others")


def test_cores_that_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    state = look_at_machine()
    assert (state.usable, state.usable_reason) == (3, "OMP_NUM_THREADS")


def test_cores_of_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "usable_cores", lambda: 1)
    monkeypatch.setattr(machine, "core_quota", lambda: 1)
    state = look_at_machine()
    assert (state.usable, state.usable_reason) == (1, "a limit on this container")


@pytest.mark.parametrize(("left", "limited"), [(500, True), (501, False), (0, True)])
def test_memory_of_a_container(left: int, limited: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "memory_left_by_groups", lambda: left)
    assert look_at_machine().limited is limited
