from __future__ import annotations

import threading

import pytest
from tests.support.jobs import Recorder

from midframe.runtime.events import Advanced, Event, Notice, Reporter


class TestReporter:
    def test_events_from_many_threads_come_one_at_a_time(self) -> None:
        busy = threading.Lock()

        def alone(event: Event) -> None:
            assert busy.acquire(blocking=False), "two at once"
            busy.release()

        listeners = [Recorder(alone), Recorder()]
        reporter = Reporter(listeners)

        def report() -> None:
            for done in range(200):
                reporter(Advanced("read", done))

        threads = [threading.Thread(target=report) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        reporter.close()
        assert [len(listener.events) for listener in listeners] == [800, 800]
        assert listeners[0].events == listeners[1].events
        assert [listener.closed for listener in listeners] == [1, 1]

    def test_listeners_are_optional(self) -> None:
        reporter = Reporter()
        reporter(Notice("hello"))
        reporter.close()

    def test_all_listeners_are_closed_once_though_one_fails(self) -> None:
        closed: list[str] = []

        class Failing(Recorder):
            def close(self) -> None:
                closed.append("failing")
                raise OSError("full")

        last = Recorder()
        reporter = Reporter([Failing(), last])
        with pytest.raises(OSError, match="full"):
            reporter.close()
        reporter.close()
        assert closed == ["failing"]
        assert last.closed == 1
