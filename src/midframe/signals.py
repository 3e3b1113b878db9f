"""Being stopped from outside, by Ctrl+C or SIGTERM, without losing the signal and without leaving a lock taken.

Python raises KeyboardInterrupt between any two steps of the main thread, so also behind the step that took a lock and
before the block that gives it back: whoever wants that lock then waits for good. And a signal that comes just before a
wait begins is only noticed when the wait is over. So there are steps that are not broken, and waits that look up.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

LOOK_UP_SECONDS = 0.2
"""How often something that waits looks whether it is still wanted."""


class Unbroken:
    """Steps that stop signals do not break. A context manager: leaving it raises KeyboardInterrupt if one came inside.

    May be entered again inside itself, and in any thread; other threads than the main one are never interrupted.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._heard = False

    def __enter__(self) -> Unbroken:
        if _in_main_thread():
            self._depth += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not _in_main_thread():
            return
        self._depth -= 1
        if self._heard and not self._depth:
            self._heard = False
            raise KeyboardInterrupt

    @property
    def interrupted(self) -> bool:
        """Whether this thread was asked to stop since it came in: what it waits for is not worth waiting for now."""
        return self._heard and _in_main_thread()

    def hear(self, *_: object) -> None:
        """Take in a stop signal, as a handler of `signal.signal`.

        Raises:
            KeyboardInterrupt: At once, where nothing forbids it.
        """
        self._heard = self._depth > 0
        if not self._heard:
            raise KeyboardInterrupt


unbroken = Unbroken()
"""The one of this process, as signals are the process's."""


@contextmanager
def stop_signals_heard() -> Iterator[None]:
    """Have SIGTERM end the work inside as Ctrl+C does, so that a stopped service also tells and leaves whole files.

    Both respect `unbroken`. A program that handles Ctrl+C by itself, or ignores it, goes on doing so. Does nothing in
    other threads than the main one, as only that one may handle signals.
    """
    if not _in_main_thread():
        yield
        return
    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, unbroken.hear)}
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        before[signal.SIGINT] = signal.signal(signal.SIGINT, unbroken.hear)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_end(thread: threading.Thread) -> None:
    """Wait until a thread has ended; the main thread is interrupted while it waits."""
    # A join that is broken makes Python 3.11 believe that the thread has ended.
    with unbroken:
        while thread.is_alive() and not unbroken.interrupted:
            thread.join(LOOK_UP_SECONDS)


def _in_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()
