"""Where worker processes come from: on Linux a process that has loaded torch already, and forks as they are needed.

Loading torch takes seconds of processor time. That process does it once for all workers, also for those that are
started again, and while the main process still loads torch itself and the weights, if it is asked for early.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext, ForkServerProcess, SpawnContext, SpawnProcess

from midframe.errors import EngineError

WorkerProcess = ForkServerProcess | SpawnProcess

FORKED: bool = sys.platform == "linux"
"""Whether workers are forked."""

PRELOADED = ("midframe.engines.loading", "midframe.executors.multiprocess.worker")
"""What every worker imports. None of it starts a thread or touches a device, so that it can be forked."""

SECONDS_TO_DIE = 10.0
"""How long the server may answer no more before its end is known, and another one can be started."""

SECONDS_BETWEEN = 0.05
"""How often that is tried."""


def context() -> ForkServerContext | SpawnContext:
    """Where forking is safe, from the server; else (macOS: its libraries forbid it) anew."""
    if FORKED:
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


def prepare() -> None:
    """Start the server, if there is one here and it is not running, without waiting for it."""
    if not FORKED:
        return
    from multiprocessing import forkserver

    forkserver.set_forkserver_preload(list(PRELOADED))
    with deaf_to_ctrl_c():
        forkserver.ensure_running()


@contextmanager
def deaf_to_ctrl_c() -> Iterator[None]:
    """What is started in here does not hear Ctrl+C, also before it can say so itself. We hear it a moment later."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start(process: WorkerProcess) -> None:
    """Start a worker. A server that was killed is replaced, also where the system does not yet know that it has died.

    Raises:
        EngineError: It cannot be started.
    """
    give_up = time.monotonic() + SECONDS_TO_DIE
    while True:
        prepare()
        try:
            with deaf_to_ctrl_c():
                process.start()
        except (ConnectionError, EOFError) as error:
            if time.monotonic() > give_up:
                raise EngineError(f"Worker processes cannot be started ({error}). Use one device.") from error
            time.sleep(SECONDS_BETWEEN)
        else:
            return
