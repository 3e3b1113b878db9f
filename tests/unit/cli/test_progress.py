from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from fractions import Fraction

import pytest

from midframe.cli.progress import (
    ADAPTING_JSON_NAMES,
    BarListener,
    JsonListener,
    PlainListener,
    SampleProgress,
    make_listener,
)
from midframe.errors import OptionError
from midframe.runtime.events import (
    STAGES,
    Advanced,
    Event,
    Finished,
    FramePlaced,
    FramesRead,
    JobSummary,
    Listener,
    Notice,
    PairClassified,
    Stage,
    Started,
    StepTrained,
    WeightsValidated,
)

SUMMARY = JobSummary("out/Ünïcode \udcff", 3, 9, 0, 3, 4, 2, 0, 0, 1, 0, 2.5, 1.5, 3.6, "fake", "RIFE", "ab" * 32)
TOTALS: dict[Stage, int] = {"read": 3, "interpolate": 6, "write": 9}


def a_whole_job() -> list[Event]:
    events: list[Event] = [Notice("A note – with a dash."), Started({**TOTALS})]
    for stage in STAGES:
        events += [Advanced(stage, done + 1) for done in range(TOTALS[stage])]
    return [*events, Finished(SUMMARY)]


def an_adapting() -> list[Event]:
    events: list[Event] = [FramesRead(done, 4) for done in range(1, 5)]
    events.append(Notice("4 frames read."))
    events += [StepTrained(1, 1.2, 0.5), WeightsValidated(1, -0.1, {"psnr": -0.1}, False, False, "frames became worse")]
    return [*events, StepTrained(2, 2.4, 1.0), WeightsValidated(2, 0.25, {"psnr": 0.25}, True, True)]


def send(listener: Listener, events: list[Event]) -> None:
    for event in events:
        listener(event)
    listener.close()


class TestJson:
    def test_one_object_a_line(self) -> None:
        stream = io.StringIO()
        send(JsonListener(stream), a_whole_job())
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
        send(JsonListener(stream), a_whole_job())
        assert json.loads(raw.getvalue().splitlines()[-1])["output"] == SUMMARY.output

    def test_events_of_adapting(self) -> None:
        stream = io.StringIO()
        send(JsonListener(stream, ADAPTING_JSON_NAMES), an_adapting())
        lines = stream.getvalue().splitlines()
        assert lines[0] == '{"event": "reading", "done": 1, "total": 4}'
        assert lines[4] == '{"event": "told", "text": "4 frames read."}'
        assert lines[5] == '{"event": "training", "step": 1, "seconds": 1.2, "share": 0.5}'
        assert lines[-1] == (
            '{"event": "validated", "step": 2, "gain": 0.25, "gains": {"psnr": 0.25}, "better": true, "best": true, '
            '"reason": ""}'
        )

    def test_single_frames_and_pairs_are_left_out(self) -> None:
        stream = io.StringIO()
        send(
            JsonListener(stream),
            [PairClassified(0, 1, "moving", 0.5, 0.1, 0), FramePlaced(1, "synthesised", 0, 1, Fraction(1, 2))],
        )
        assert not stream.getvalue()


class TestPlain:
    def test_lines_of_adapting(self) -> None:
        stream = io.StringIO()
        send(PlainListener(stream), an_adapting())
        assert stream.getvalue().splitlines() == [
            "read 4/4",
            "4 frames read.",
            "step 1, 1 s: -0.10 dB on held-out frames, rejected: frames became worse",
            "step 2, 2 s: +0.25 dB on held-out frames, best so far",
        ]

    def test_last_line_is_complete(self) -> None:
        stream = io.StringIO()
        send(PlainListener(stream), a_whole_job())
        lines = stream.getvalue().splitlines()
        assert lines[0] == "A note – with a dash."
        assert lines[-1].startswith("read 3/3, interpolate 6/6, write 9/9; ")
        assert "left" not in lines[-1]
        assert len(lines) == 2

    def test_a_line_for_every_step_where_no_time_lies_between(self) -> None:
        stream = io.StringIO()
        send(PlainListener(stream, every_seconds=0), a_whole_job())
        assert len(stream.getvalue().splitlines()) == 1 + sum(TOTALS.values())

    def test_no_control_characters(self) -> None:
        stream = io.StringIO()
        send(PlainListener(stream, every_seconds=0), a_whole_job())
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

    def test_nothing_is_said_of_speed_before_it_is_measured(self) -> None:
        stream = io.StringIO()
        send(BarListener(stream), a_whole_job())
        assert "?" not in stream.getvalue()
        assert "left" not in stream.getvalue()

    def test_a_stage_with_nothing_to_do_has_none(self) -> None:
        for kind in (BarListener, PlainListener):
            stream = io.StringIO()
            events: list[Event] = [Started({"read": 1, "interpolate": 0, "write": 1})]
            send(kind(stream), [*events, Advanced("read", 1), Advanced("interpolate", 0), Advanced("write", 1)])
            assert "0/0" not in stream.getvalue()
            assert "1/1" in stream.getvalue()

    def test_work_of_unknown_length_is_counted(self) -> None:
        stream = io.StringIO()
        listener = BarListener(stream)
        listener(Started({"read": None, "interpolate": None, "write": None}))
        listener(Advanced("read", 7))
        listener.close()
        assert re.search(r"Reading +0 ", stream.getvalue())
        assert "?" not in stream.getvalue()

    def test_nothing_is_left_of_them(self) -> None:
        stream = io.StringIO()
        send(BarListener(stream), a_whole_job())
        *_, last, end = stream.getvalue().split("\r")
        assert not last.replace("\x1b[A", "").strip()
        assert end == ""

    def test_notices_of_a_job_are_marked_as_notes(self) -> None:
        for kind in (BarListener, PlainListener):
            stream = io.StringIO()
            send(kind(stream, notes=True), a_whole_job())
            assert "note     A note – with a dash.\n" in stream.getvalue()

    def test_adapting_has_a_bar_for_reading_and_one_for_training(self) -> None:
        stream = io.StringIO()
        send(BarListener(stream), an_adapting())
        assert "4/4" in stream.getvalue()
        assert "100/100" in stream.getvalue()
        assert "+0.25 dB on held-out frames, best so far" in stream.getvalue()

    def test_closing_early_or_twice_is_allowed(self) -> None:
        listener = BarListener(io.StringIO())
        listener.close()
        listener(Started({**TOTALS}))
        listener.close()
        listener.close()


@pytest.mark.parametrize("kind", [BarListener, PlainListener, JsonListener])
def test_options_in_notices_are_spelled_as_flags(kind: Callable[[io.StringIO], Listener]) -> None:
    stream = io.StringIO()
    send(kind(stream), [Notice("Frames exist; give `overwrite` or `flow_scale=0.5`.")])
    assert "Frames exist; give --overwrite or --scale 0.5." in stream.getvalue()


def test_samples_are_counted_in_tenths(capsys: pytest.CaptureFixture[str]) -> None:
    progress = SampleProgress("Vimeo")
    for done in range(1, 41):
        progress(done, 40)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [f"Vimeo: {done} of 40 samples" for done in range(4, 40, 4)]


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
