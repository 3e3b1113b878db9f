"""Starting worker processes: on Linux, forked from a server process that has loaded their libraries already.

The server does it once for all workers, including those that are started again, and, if it is started early, while the
main process still loads its own libraries and the weights.
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
from midframe.signals import CancelToken, interruptible_wait

WorkerProcess = ForkServerProcess | SpawnProcess

FORKED: bool = sys.platform == "linux"
"""Whether workers are forked."""

PRELOADED = (
    "midframe.executors.multiprocess.parent_watch",
    "midframe.engines.loading",
    "midframe.executors.multiprocess.worker",
)
"""What every worker imports; the first lets the server end with its main process while it imports the rest. None of it
starts a thread or touches a device, so that it can be forked."""

PRELOADED_WITH_TORCH = (*PRELOADED, "midframe.engines.torch.engine")
"""What workers import whose engine is that of torch, which takes seconds of processor time to load."""

START_TIMEOUT_SECONDS = 10.0
"""How long starting a process is retried. The end of a server is only known, and another one can only be started, some
time after it has stopped answering."""

RETRY_SECONDS = 0.05
"""Time between two attempts."""


def context() -> ForkServerContext | SpawnContext:
    """How processes are made: forked by the server where that is safe, else spawned (macOS libraries forbid it)."""
    if FORKED:
        return multiprocessing.get_context("forkserver")
    return multiprocessing.get_context("spawn")


def start_server(*, with_torch: bool = False) -> None:
    """Start the server, if this platform has one and it is not running, without waiting for it.

    Args:
        with_torch: Whether workers will need torch, which must be installed.
    """
    if not FORKED:
        return
    from multiprocessing import forkserver

    forkserver.set_forkserver_preload(list(PRELOADED_WITH_TORCH if with_torch else PRELOADED))
    with sigint_blocked():
        forkserver.ensure_running()


@contextmanager
def sigint_blocked() -> Iterator[None]:
    """Block SIGINT in processes that are started inside, from their first instruction on; here only inside."""
    previous_mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous_mask)


def start_process(process: WorkerProcess, cancel: CancelToken | None = None) -> None:
    """Start a worker process. A server that was killed is replaced, also where the system does not know its end yet.

    Args:
        process: Not yet started.
        cancel: Ends the attempts.

    Raises:
        EngineError: It cannot be started.
        CancelRequested: The token was cancelled.
    """
    failures: list[ConnectionError | EOFError] = []

    def attempt(seconds: float) -> bool:
        start_server()
        try:
            with sigint_blocked():
                process.start()
        except (ConnectionError, EOFError) as error:
            failures.append(error)
            time.sleep(min(seconds, RETRY_SECONDS))
            return False
        return True

    if not interruptible_wait(attempt, START_TIMEOUT_SECONDS, cancel=cancel):
        raise EngineError(
            f"Worker processes cannot be started ({failures[-1]}). Use one device.", option="device"
        ) from failures[-1]
