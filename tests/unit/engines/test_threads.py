from __future__ import annotations

import os

import pytest

from midframe.engines import threads
from midframe.engines.threads import describe_cpu, set_threads, shared_threads, thread_count, usable_cores


@pytest.fixture(autouse=True)
def undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_chosen", None)
    monkeypatch.setattr(threads, "_core_quota", lambda: None)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


def test_by_default_one_for_each_core_that_may_be_used() -> None:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert thread_count() == usable_cores() == cores


def test_a_limit_on_time_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_core_quota", lambda: 1)
    assert thread_count() == 1


@pytest.mark.parametrize(("value", "count"), [("3", 3), ("4,2", 4), ("0", None), ("many", None), ("", None)])
def test_the_variable_of_openmp_counts(monkeypatch: pytest.MonkeyPatch, value: str, count: int | None) -> None:
    cores = usable_cores()
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    assert usable_cores() == (cores if count is None else count)


def test_a_choice_stands_until_the_next_one() -> None:
    set_threads(5)
    set_threads(None)
    assert thread_count() == 5
    assert describe_cpu() == "cpu (5 threads)"
    set_threads(1)
    assert describe_cpu() == "cpu (1 thread)"


def test_threads_are_shared_out() -> None:
    set_threads(8)
    assert [shared_threads(workers) for workers in (1, 2, 3, 16)] == [8, 4, 2, 1]
