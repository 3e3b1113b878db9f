"""Changes on their way to all pages that are open, as server-sent events."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Any

KEEP_ALIVE_SECONDS = 15.0
"""After which a line is sent though nothing has changed, so that dead connections are noticed."""

RETRY_MILLISECONDS = 500
"""After which a browser connects again when it has lost the app."""

MOST_LISTENERS = 32
"""Pages that are kept up to date at once."""


class Broadcast:
    """Sends values by name to all listeners. Of values of the same name, a slow listener gets the latest only.

    `send` may be called from any thread; the rest belongs to the thread of the event loop.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[_Listener] = []
        self._closed = False

    def send(self, name: str, value: Any) -> None:
        """Send a value, as JSON has it."""
        with self._lock:
            for listener in self._listeners:
                listener.put(name, value)

    def close(self) -> None:
        """End all streams."""
        with self._lock:
            self._closed = True
            for listener in self._listeners:
                listener.put("", None)

    async def listen(self, first: dict[str, Any]) -> AsyncIterator[str]:
        """What is sent from now on, as the text of an event stream: lists of names and values.

        Args:
            first: Sent at once.
        """
        listener = _Listener(asyncio.get_running_loop())
        with self._lock:
            if self._closed:
                return
            if len(self._listeners) >= MOST_LISTENERS:
                # The oldest is the most likely to be of a page that is gone.
                self._listeners.pop(0).put("", None)
            self._listeners.append(listener)
        try:
            yield f"retry: {RETRY_MILLISECONDS}\n"
            yield _event(list(first.items()))
            while (sent := await listener.take()) is not None:
                yield _event(sent) if sent else ": still here\n\n"
        finally:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)


class _Listener:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._ready = asyncio.Event()
        self._lock = threading.Lock()
        self._values: dict[str, Any] = {}

    def put(self, name: str, value: Any) -> None:
        with self._lock:
            # The latest value comes at the place of the latest.
            self._values.pop(name, None)
            self._values[name] = value
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ready.set)

    async def take(self) -> list[tuple[str, Any]] | None:
        """Names and values since the last call; none after a while without any; None at the end."""
        try:
            await asyncio.wait_for(self._ready.wait(), KEEP_ALIVE_SECONDS)
        except TimeoutError:
            return []
        self._ready.clear()
        with self._lock:
            values, self._values = self._values, {}
        return None if "" in values else list(values.items())


def _event(values: list[tuple[str, Any]]) -> str:
    return f"data: {json.dumps(values)}\n\n"
