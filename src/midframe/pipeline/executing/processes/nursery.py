"""Where worker processes come from: on Linux a process that has loaded torch already, and forks as they are needed.

Loading torch takes seconds of processor time. That process does it once for all workers, also for those that are
started again, and while the main process still loads torch itself and the weights, if it is asked for early.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.context import ForkServerContext, ForkServerProcess, SpawnContext, SpawnProcess

WorkerProcess = ForkServerProcess | SpawnProcess

FORKED: bool = sys.platform == "linux"
"""Whether workers are forked."""

PRELOADED = ("midframe.pipeline.networks.setup", "midframe.pipeline.executing.processes.worker")
"""What every worker imports. None of it starts a thread or touches a device, so that it can be forked."""


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
