"""A queue that is bounded in bytes and in items, and can be closed from either end."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from midframe.signals import CancelToken, defer_signals, interruptible_wait

QueueItem = TypeVar("QueueItem")


class QueueCancelledError(Exception):
    """The other side has gone; stop producing or consuming. Never reaches a user."""


MAX_WAITING = 32
"""Items that may wait whatever their size: more would only fill memory, however small they are."""


class ByteQueue(Generic[QueueItem]):
    """First in, first out; `put` waits while the items inside add up to `budget` bytes, or are `MAX_WAITING`.

    An item larger than the whole budget is let in when the queue is empty, so that no wait is endless. Stop signals
    end a wait of the main thread, and a cancel token ends a wait of any thread; neither leaves the queue locked, and
    an item that waited for space is let in.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._items: deque[tuple[QueueItem, int]] = deque()
        self._used = 0
        self._closed = False
        self._error: BaseException | None = None
        self._cancelled = False
        self._changed = threading.Condition()

    @property
    def used(self) -> int:
        """Bytes inside."""
        with self._changed:
            return self._used

    def put(self, item: QueueItem, nbytes: int, *, cancel: CancelToken | None = None) -> None:
        """Append an item, waiting for space.

        Args:
            item: What is appended.
            nbytes: Bytes that it takes of the budget.
            cancel: Ends the wait; the item is appended anyway, as after a stop signal.

        Raises:
            QueueCancelledError: The consumer called `cancel`.
            CancelRequested: The token was cancelled.
        """
        with defer_signals, self._changed:
            try:
                self._wait_for(lambda: self._cancelled or self._has_space(nbytes), cancel)
            finally:
                if not self._cancelled:
                    self._items.append((item, nbytes))
                    self._used += nbytes
                    self._changed.notify_all()
            if self._cancelled:
                raise QueueCancelledError

    def _has_space(self, nbytes: int) -> bool:
        return not self._items or (len(self._items) < MAX_WAITING and self._used + nbytes <= self._budget)

    def get(self, *, cancel: CancelToken | None = None) -> QueueItem | None:
        """Take the first item, waiting for one; None when the queue is closed and empty.

        Args:
            cancel: Ends the wait.

        Raises:
            BaseException: What the producer closed the queue with, once all items before it are taken.
            QueueCancelledError: `cancel` was called.
            CancelRequested: The token was cancelled.
        """
        with defer_signals, self._changed:
            self._wait_for(lambda: self._cancelled or bool(self._items) or self._closed, cancel)
            if self._cancelled:
                raise QueueCancelledError
            if self._items:
                item, nbytes = self._items.popleft()
                self._used -= nbytes
                self._changed.notify_all()
                return item
            if self._error is not None:
                raise self._error
            return None

    def close(self, error: BaseException | None = None) -> None:
        """Mark the end of the items; the producer is done, or has failed with `error`."""
        with defer_signals, self._changed:
            self._closed = True
            self._error = error
            self._changed.notify_all()

    def cancel(self) -> None:
        """Drop all items and end the waits of both sides; the items are no longer needed."""
        with defer_signals, self._changed:
            self._cancelled = True
            self._items.clear()
            self._used = 0
            self._changed.notify_all()

    def _wait_for(self, ready: Callable[[], bool], cancel: CancelToken | None) -> None:
        """Wait until `ready`, a pending stop signal or the token ends the wait. Needs the lock."""
        interruptible_wait(lambda seconds: self._changed.wait_for(ready, seconds), cancel=cancel)
