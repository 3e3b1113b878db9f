"""A queue that is bounded in bytes and in items, and can be closed from either end."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from midframe.signals import LOOK_UP_SECONDS, unbroken

Item = TypeVar("Item")


class QueueCancelledError(Exception):
    """The other side has gone; stop producing or consuming. Never reaches a user."""


MAX_WAITING = 32
"""Items that may wait whatever their size: more would only fill memory, however small they are."""


class ByteQueue(Generic[Item]):
    """First in, first out; `put` waits while the items inside add up to `budget` bytes, or are `MAX_WAITING`.

    An item larger than the whole budget is let in when the queue is empty, so that nothing ever waits for good. Stop
    signals end a wait of the main thread, but never leave the queue locked; an item that waited for room is let in.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._items: deque[tuple[Item, int]] = deque()
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

    def put(self, item: Item, nbytes: int) -> None:
        """Append, waiting for room.

        Raises:
            QueueCancelledError: The consumer called `cancel`.
        """
        with unbroken, self._changed:
            self._wait_for(lambda: self._cancelled or self._has_room(nbytes))
            if self._cancelled:
                raise QueueCancelledError
            self._items.append((item, nbytes))
            self._used += nbytes
            self._changed.notify_all()

    def _has_room(self, nbytes: int) -> bool:
        return not self._items or (len(self._items) < MAX_WAITING and self._used + nbytes <= self._budget)

    def get(self) -> Item | None:
        """Take the first item, waiting for one; None when the queue is closed and empty.

        Raises:
            BaseException: What the producer closed the queue with, once all items before it are taken.
            QueueCancelledError: `cancel` was called.
        """
        with unbroken, self._changed:
            self._wait_for(lambda: self._cancelled or bool(self._items) or self._closed)
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
        """The producer is done, or has failed with `error`."""
        with unbroken, self._changed:
            self._closed = True
            self._error = error
            self._changed.notify_all()

    def cancel(self) -> None:
        """Nobody wants the items any more: drop them and wake everyone."""
        with unbroken, self._changed:
            self._cancelled = True
            self._items.clear()
            self._used = 0
            self._changed.notify_all()

    def _wait_for(self, ready: Callable[[], bool]) -> None:
        """Wait until something is so, or this thread was asked to stop."""
        while not self._changed.wait_for(lambda: ready() or unbroken.interrupted, LOOK_UP_SECONDS):
            pass
