"""What can happen to worker processes; deaths that do not end are in tests/unit/jobs/test_worker_jobs.py.

What every executor does is in tests/contract/test_executors.py.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import chain, repeat
from pathlib import Path

import psutil
import pytest
from tests.support.executors import HALF, TroubledMaker, brightness, flats, tasks_of, worker_processes

from midframe.errors import EngineError
from midframe.executors.base import PairTask
from midframe.executors.chunks import CHUNK_TASKS
from midframe.executors.multiprocess.executor import ProcessExecutor
from midframe.executors.multiprocess.forkserver import start_server
from midframe.media.pixels import ViewTransform

pytestmark = pytest.mark.skipif(os.name == "nt", reason="several devices are not supported on Windows")

ROOT = Path(__file__).parents[4]
VALUES = range(0, 200, 10)
FITTING = ViewTransform.fit(flats([0]))
SURE = TroubledMaker()


def executor(*makers: TroubledMaker) -> ProcessExecutor:
    return ProcessExecutor(makers, FITTING, "direct")


def tasks() -> Iterator[PairTask]:
    return tasks_of(flats(VALUES), [HALF] * 19)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """No process and no descriptor, whatever happened."""
    start_server()  # the server and what it needs live as long as this process, and have pipes to it
    this = psutil.Process()
    before = this.num_fds()
    yield
    assert multiprocessing.active_children() == []
    assert this.num_fds() == before


def test_a_worker_killed_from_outside(tmp_path: Path) -> None:
    """While it waits for work, and while it has some."""
    runner = executor(SURE, SURE)
    results = runner.run(tasks())
    found = [next(results)]
    for worker in worker_processes(os.getpid()):
        worker.kill()
    found += list(results)
    assert brightness(found) == [[value + 5] for value in VALUES[:-1]]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere workers are not forked")
def test_the_process_that_workers_are_forked_from_is_killed() -> None:
    """Those that it has forked draw on; who dies after that is forked from another one."""
    runner = executor(SURE, SURE)
    results = runner.run(tasks())
    found = [next(results)]
    workers = worker_processes(os.getpid())
    (server,) = {worker.ppid() for worker in workers}
    os.kill(server, signal.SIGKILL)
    workers[0].kill()
    found += list(results)
    assert brightness(found) == [[value + 5] for value in VALUES[:-1]]


def test_an_engine_that_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="Out of memory on fake"):
        list(executor(TroubledMaker("no start"), TroubledMaker("no start")).run(tasks()))


def test_a_defect_is_raised_with_its_place_in_the_worker() -> None:
    with pytest.raises(RuntimeError, match="ValueError: odd") as caught:
        list(executor(TroubledMaker("defect", 30), TroubledMaker("defect", 30)).run(tasks()))
    assert "in happen" in str(caught.value.__cause__)


def test_closing_while_workers_are_busy() -> None:
    busy = TroubledMaker("sleep", 80)
    results = executor(busy, busy).run(tasks())
    next(results)
    started = time.monotonic()
    results.close()
    assert time.monotonic() - started < 60


def test_only_workers_that_are_needed_are_started() -> None:
    runner = executor(SURE, *[TroubledMaker("no start")] * 7)
    assert brightness(runner.run(tasks_of(flats([0, 10]), [HALF]))) == [[5]]


def test_pairs_that_only_wait_for_their_turn_are_bounded_too() -> None:
    """Long before the first worker is there, more than enough of them could be read."""
    frames, taken = flats([0, 10]), []
    (drawn,), (held,) = tasks_of(frames, [HALF]), tasks_of(frames, [()])

    def endless() -> Iterator[PairTask]:
        for task in chain([drawn], repeat(held)):
            taken.append(task)
            yield task

    blocks = 10
    results = ProcessExecutor([SURE, SURE], FITTING, "direct", worker_bytes=blocks * 4096).run(endless())
    next(results)
    assert len(taken) <= 2 * blocks + CHUNK_TASKS
    results.close()


def test_devices_are_counted() -> None:
    assert executor(SURE, TroubledMaker(device="other"), SURE).device_name == "2 × fake + other"


PARENT = """
import sys, tempfile
from tests.support.executors import *
from midframe.executors.chunks import CHUNK_TASKS
from midframe.executors.multiprocess.executor import ProcessExecutor

if __name__ == "__main__":
    frames = flats(range(0, 200, 10))
    busy = TroubledMaker("sleep", 80)
    results = ProcessExecutor([busy, busy], ViewTransform.fit(frames), "direct").run(tasks_of(frames, [HALF] * 19))
    try:
        for result in results:
            print(result.task.pair.left.frame.index, flush=True)
    except KeyboardInterrupt:
        results.close()
        print("interrupted", flush=True)
"""


@pytest.fixture
def busy_parent(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """A process of its own session whose two workers are at work for minutes, and these workers."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    with subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        for line in parent.stdout:
            if line.strip() == "7":
                break
        workers = worker_processes(parent.pid)
        assert len(workers) == 2
        yield parent, workers
        if parent.poll() is None:
            parent.kill()
        for worker in workers:
            if worker.is_running():
                worker.kill()


def all_end(workers: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(workers, timeout=300)
    return not alive


def test_workers_do_not_outlive_a_parent_that_is_killed(
    busy_parent: tuple[subprocess.Popen[str], list[psutil.Process]],
) -> None:
    parent, workers = busy_parent
    parent.kill()
    assert all_end(workers)


def test_ctrl_c_in_the_terminal_is_the_parents_to_handle(
    busy_parent: tuple[subprocess.Popen[str], list[psutil.Process]],
) -> None:
    parent, workers = busy_parent
    os.killpg(parent.pid, signal.SIGINT)
    out, errors = parent.communicate(timeout=300)
    assert parent.returncode == 0
    assert "interrupted" in out
    assert errors == ""
    assert all_end(workers)
