"""Loaded models, shared by previews, plans and the job that runs."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from midframe.engines.options import EngineOptions
from midframe.engines.threads import set_threads, usable_cores
from midframe.jobs.session import Session

MOST_SESSIONS = 3
"""Models that are kept loaded while nothing uses them: one for each quality that is compared."""


class Sessions:
    """Sessions by their engine. Those that were not used for longest are closed, never one in use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sessions: OrderedDict[EngineOptions, Session] = OrderedDict()
        self._users: dict[EngineOptions, int] = {}

    @contextmanager
    def session(self, engine: EngineOptions) -> Iterator[Session]:
        """The session of an engine, kept open inside the block."""
        with self._lock:
            session = self._sessions.get(engine)
            if session is None:
                session = self._sessions[engine] = Session(engine)
            self._sessions.move_to_end(engine)
            self._users[engine] = self._users.get(engine, 0) + 1
            self._close_unused(MOST_SESSIONS)
        # The number is one for the whole process, and the last session may have had another.
        set_threads(engine.threads or usable_cores())
        try:
            yield session
        finally:
            with self._lock:
                self._users[engine] -= 1

    def close(self) -> None:
        """Close all that are not in use."""
        with self._lock:
            self._close_unused(0)

    def _close_unused(self, most: int) -> None:
        for engine in list(self._sessions):
            if len(self._sessions) <= most:
                return
            if not self._users.get(engine):
                self._sessions.pop(engine).close()
                self._users.pop(engine, None)
