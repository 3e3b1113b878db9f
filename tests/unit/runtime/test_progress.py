from __future__ import annotations

import io
import json
import sys
import threading

import pytest
from tests.support.jobs import Recorder

from midframe.errors import OptionError
from midframe.runtime.events import STAGES, Advanced, Event, Finished, Note, Reporter, Stage, Started, Summary
from midframe.runtime.progress import BarListener, JsonListener, PlainListener, make_listener

SUMMARY = Summary("out/Ünïcode \udcff", 3, 9, 0, 3, 4, 2, 0, 0, 1, 0, 2.5, 1.5, 3.6, "fake", "RIFE", "ab" * 32)
TOTALS: dict[Stage, int] = {"read": 3, "interpolate": 6, "write": 9}


def a_whole_job() -> list[Event]:
    events: list[Event] = [Note("A note – with a dash."), Started(TOTALS)]
    for stage in STAGES:
        events += [Advanced(stage, done + 1) for done in range(TOTALS[stage])]
    return [*events, Finished(SUMMARY)]


def tell(listener: PlainListener | JsonListener | BarListener, events: list[Event]) -> None:
    for event in events:
        listener(event)
    listener.close()


class TestJson:
    def test_one_object_a_line(self) -> None:
        stream = io.StringIO()
        tell(JsonListener(stream), a_whole_job())
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        assert [line["event"] for line in lines] == ["note", "started", *["advanced"] * 18, "finished"]
        assert lines[0]["text"] == "A note – with a dash."
        assert lines[1]["totals"] == {"read": 3, "interpolate": 6, "write": 9}
        assert lines[2] == {"event": "advanced", "stage": "read", "done": 1}
        assert lines[-1]["copied"] + lines[-1]["synthesised"] + lines[-1]["held"] == lines[-1]["outputs"]
        assert lines[-1]["output"] == SUMMARY.output

    def test_any_name_fits_through_any_stream(self) -> None:
        """Also through a stream that is not UTF-8, and with names that are no text at all."""
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, "ascii", write_through=True)
        tell(JsonListener(stream), a_whole_job())
        assert json.loads(raw.getvalue().splitlines()[-1])["output"] == SUMMARY.output


class TestPlain:
    def test_last_line_is_complete(self) -> None:
        stream = io.StringIO()
        tell(PlainListener(stream), a_whole_job())
        lines = stream.getvalue().splitlines()
        assert lines[0] == "A note – with a dash."
        assert lines[-1].startswith("read 3/3, interpolate 6/6, write 9/9; ")
        assert "about 0 s left" in lines[-1]
        assert len(lines) == 2

    def test_a_line_for_every_step_where_no_time_lies_between(self) -> None:
        stream = io.StringIO()
        tell(PlainListener(stream, every_seconds=0), a_whole_job())
        assert len(stream.getvalue().splitlines()) == 1 + sum(TOTALS.values())

    def test_no_control_characters(self) -> None:
        stream = io.StringIO()
        tell(PlainListener(stream, every_seconds=0), a_whole_job())
        assert not {"\r", "\x1b"} & set(stream.getvalue())


class TestBars:
    def test_all_reach_their_totals(self) -> None:
        stream = io.StringIO()
        listener = BarListener(stream)
        for event in a_whole_job():
            listener(event)
        listener.close()
        last = {
            word: text
            for text in stream.getvalue().replace("\n", "\r").split("\r")
            for word in ("Reading", "Interpolating", "Writing")
            if word in text
        }
        assert "3/3" in last["Reading"]
        assert "6/6" in last["Interpolating"]
        assert "9/9" in last["Writing"]
        assert "A note – with a dash." in stream.getvalue()

    def test_closing_early_or_twice_is_allowed(self) -> None:
        listener = BarListener(io.StringIO())
        listener.close()
        listener(Started(TOTALS))
        listener.close()
        listener.close()


class TestReporter:
    def test_events_from_many_threads_come_one_at_a_time(self) -> None:
        busy = threading.Lock()

        def alone(event: Event) -> None:
            assert busy.acquire(blocking=False), "two at once"
            busy.release()

        listeners = [Recorder(alone), Recorder()]
        reporter = Reporter(listeners)
        threads = [
            threading.Thread(target=lambda: [reporter(Advanced("read", done)) for done in range(200)]) for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        reporter.close()
        assert [len(listener.events) for listener in listeners] == [800, 800]
        assert listeners[0].events == listeners[1].events
        assert [listener.closed for listener in listeners] == [1, 1]

    def test_nobody_needs_to_listen(self) -> None:
        reporter = Reporter()
        reporter(Note("hello"))
        reporter.close()


class TestChoice:
    def test_kinds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert isinstance(make_listener("plain"), PlainListener)
        assert isinstance(make_listener("json"), JsonListener)
        assert make_listener("none") is None
        for terminal, kind in ((True, BarListener), (False, PlainListener)):
            monkeypatch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal, raising=False)
            assert isinstance(make_listener("auto"), kind)

    @pytest.mark.parametrize("kind", ["", "bars", "JSON"])
    def test_unknown_kind(self, kind: str) -> None:
        with pytest.raises(OptionError, match="auto, plain, json or none"):
            make_listener(kind)
