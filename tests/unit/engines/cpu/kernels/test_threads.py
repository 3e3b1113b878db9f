"""The kernels' thread pool: callers side by side, forked processes, and the end of a process."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from midframe.engines.cpu.kernels.library import Kernels, load_library

ROWS, COLUMNS = 63, 50

SETUP = """
import os, sys, threading, time
import numpy as np
from midframe.engines.cpu.kernels.library import load_library
kernels = load_library("baseline")
view = np.random.default_rng(0).random((512, 512, 3), dtype=np.float32)
def cells(threads=2):
    means = np.empty((128, 128, 4), np.float32)
    kernels.cell_means(view.ctypes.data, 512, 512, means.ctypes.data, threads)
    return means
wanted = cells(1)
"""


def padded(kernels: Kernels, view: NDArray[np.float32], threads: int) -> NDArray[np.float32]:
    target = np.full((ROWS + 3, COLUMNS + 9, 4), np.nan, np.float32)
    kernels.pad(view.ctypes.data, ROWS, COLUMNS, 3, target.ctypes.data, ROWS + 1, COLUMNS + 7, 4, 1, threads)
    return target


def wanted_of(view: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.pad(view, ((1, 2), (1, 8), (0, 1)))


def view_of(seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((ROWS, COLUMNS, 3), dtype=np.float32)


def test_any_number_of_threads_from_call_to_call(kernels: Kernels) -> None:
    view = view_of(0)
    for threads in (1, 2, 7, 3, 64, 1, 2, 500):
        np.testing.assert_array_equal(padded(kernels, view, threads), wanted_of(view))


def test_callers_side_by_side(kernels: Kernels) -> None:
    def work(seed: int) -> None:
        view = view_of(seed)
        wanted = wanted_of(view)
        for threads in (1, 2, 3, 5) * 50:
            np.testing.assert_array_equal(padded(kernels, view, threads), wanted)

    with ThreadPoolExecutor(4) as executor:
        for done in [executor.submit(work, seed) for seed in range(4)]:
            done.result()


def run_process(code: str) -> str:
    if load_library("baseline") is None:
        pytest.skip("the kernels are not built")
    done = subprocess.run(
        [sys.executable, "-c", SETUP + code],
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.strip()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_processes() -> None:
    """A child has none of its parent's threads, and a thread of the parent may have been in a kernel."""
    code = """
cells()
stop = False
def keep_busy():
    while not stop:
        cells()
busy = threading.Thread(target=keep_busy)
busy.start()
for _ in range(10):
    child = os.fork()
    if child == 0:
        right = all(np.array_equal(cells(threads), wanted) for threads in (2, 1, 3) * 10)
        os._exit(0 if right else 1)
    status = os.waitpid(child, 0)[1]
    assert status == 0, status
    assert np.array_equal(cells(), wanted)
stop = True
busy.join()
print("done")
"""
    assert run_process(code) == "done"


def test_a_process_ends_with_its_main_thread() -> None:
    code = """
def forever():
    while True:
        cells()
threading.Thread(target=forever, daemon=True).start()
time.sleep(0.05)
assert np.array_equal(cells(), wanted)
print("done")
"""
    assert run_process(code) == "done"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_threads_of_the_pool_sleep_when_there_is_nothing_to_do() -> None:
    code = """
cells(3)
threads = len(os.listdir("/proc/self/task"))
time.sleep(0.1)
before = time.process_time()
time.sleep(0.5)
print(threads >= 3, time.process_time() - before < 0.05)
"""
    assert run_process(code) == "True True"


def test_there_is_no_openmp(kernels: Kernels) -> None:
    """Neither GCC's nor LLVM's; their threads spin while they wait."""
    library = kernels.file.read_bytes()
    assert not any(name in library for name in (b"libgomp", b"libomp", b"libiomp"))


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_signals_go_to_the_programs_own_threads() -> None:
    code = """
from pathlib import Path
import signal
cells(3)
main = os.getpid()
for task in Path("/proc/self/task").iterdir():
    blocked = [int(line.split()[1], 16) for line in (task / "status").read_text().splitlines() if "SigBlk" in line]
    if (task / "comm").exists() and int(task.name) != main:
        print(bool(blocked[0] >> (signal.SIGINT - 1) & 1))
"""
    assert set(run_process(code).splitlines()[-2:]) == {"True"}
