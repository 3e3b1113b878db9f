"""Stopping work: stop signals (Ctrl+C, SIGTERM) that break no critical section, cancel tokens, interruptible waits.

Python raises KeyboardInterrupt between any two steps of the main thread, so also after the step that acquired a lock
and before the block that releases it: every other thread that needs the lock then waits forever. And a signal that
arrives just before a wait begins is only handled when the wait is over. Therefore critical sections defer signals
(`defer_signals`), and waits are made of short steps (`interruptible_wait`).
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TypeVar

WaitResult = TypeVar("WaitResult")

_HANG_UP: signal.Signals | None = getattr(signal, "SIGHUP", None)
"""What Windows has not."""

POLL_INTERVAL_SECONDS = 0.2
"""Longest time for which a wait does not check for a stop request."""


class CancelRequested(Exception):  # noqa: N818
    """Work was cancelled by a `CancelToken`; a job turns it into `midframe.errors.CancelledError`."""


class CancelToken:
    """A request to stop, made in any thread and noticed by work in other threads."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __repr__(self) -> str:
        return f"<CancelToken: {'cancelled' if self.cancelled else 'not cancelled'}>"

    def cancel(self) -> None:
        """Request the stop. May be called from any thread, and more than once."""
        self._event.set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def raise_if_cancelled(self) -> None:
        """Do nothing unless the token is cancelled.

        Raises:
            CancelRequested: `cancel` was called.
        """
        if self.cancelled:
            raise CancelRequested


class DeferSignals:
    """Critical sections that stop signals do not break, as a context manager.

    Leaving the outermost section raises KeyboardInterrupt if a signal arrived inside. Sections may be nested and
    entered in any thread; signals only ever interrupt the main thread.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._pending = False

    def __enter__(self) -> DeferSignals:
        if _in_main_thread():
            self._depth += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not _in_main_thread():
            return
        self._depth -= 1
        if self._pending and not self._depth:
            self._pending = False
            raise KeyboardInterrupt

    @property
    def interrupted(self) -> bool:
        """Whether a signal is pending for this thread: waits inside a section should end."""
        return self._pending and _in_main_thread()

    def handle(self, *_: object) -> None:
        """Handle a stop signal; a handler for `signal.signal`.

        Raises:
            KeyboardInterrupt: Outside all sections, at once.
        """
        self._pending = self._depth > 0
        if not self._pending:
            raise KeyboardInterrupt


defer_signals = DeferSignals()
"""The instance of this process, as signals are sent to processes."""


@contextmanager
def handle_stop_signals(*replaceable: object) -> Iterator[None]:
    """Make SIGTERM end the work inside as Ctrl+C does, so that a stopped service reports and leaves whole files.

    So does SIGHUP, which comes when a terminal or a connection is closed; programs started with nohup ignore it.

    Both respect `defer_signals`. A program that handles or ignores Ctrl+C itself continues to do so. Without effect
    outside the main thread, as only the main thread may handle signals.

    Args:
        replaceable: Handlers of Ctrl+C, besides Python's own, that this one takes the place of.
    """
    if not _in_main_thread():
        yield
        return
    previous_handlers = {signal.SIGTERM: signal.signal(signal.SIGTERM, defer_signals.handle)}
    if _HANG_UP is not None and signal.getsignal(_HANG_UP) is signal.SIG_DFL:
        previous_handlers[_HANG_UP] = signal.signal(_HANG_UP, defer_signals.handle)
    if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, *replaceable):
        previous_handlers[signal.SIGINT] = signal.signal(signal.SIGINT, defer_signals.handle)
    try:
        yield
    finally:
        for number, handler in previous_handlers.items():
            signal.signal(number, handler)


def interruptible_wait(
    attempt: Callable[[float], WaitResult], timeout: float | None = None, *, cancel: CancelToken | None = None
) -> WaitResult:
    """Wait in steps that are short enough to notice a stop request within `POLL_INTERVAL_SECONDS`.

    Args:
        attempt: Waits for at most the given seconds, at least 0, and returns a true value once the wait is over.
        timeout: Seconds after which the wait ends; None for no limit.
        cancel: Ends the wait when it is cancelled.

    Returns:
        What `attempt` returned last; a false value where the timeout has passed, or where a signal is pending inside
        `defer_signals`, which raises KeyboardInterrupt on leaving it.

    Raises:
        CancelRequested: `cancel` was cancelled.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        if cancel is not None:
            cancel.raise_if_cancelled()
        seconds = POLL_INTERVAL_SECONDS
        if deadline is not None:
            seconds = max(0.0, min(seconds, deadline - time.monotonic()))
        outcome = attempt(seconds)
        if outcome or defer_signals.interrupted or (deadline is not None and time.monotonic() >= deadline):
            return outcome


def join_thread(thread: threading.Thread) -> None:
    """Wait until a thread has ended; the main thread can be interrupted while it waits."""

    def attempt(seconds: float) -> bool:
        thread.join(seconds)
        return not thread.is_alive()

    # A join that is interrupted makes Python 3.11 believe that the thread has ended.
    with defer_signals:
        interruptible_wait(attempt)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
