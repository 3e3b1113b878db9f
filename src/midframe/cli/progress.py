"""Progress on the console: bars for terminals, lines for logs, JSON for programs.

The listeners show the events of every kind of work; `DownloadProgress` shows downloads and `SampleProgress` the
evaluation of benchmarks. Bars and lines go to the error stream, JSON to the output stream.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import asdict, replace
from types import MappingProxyType
from typing import Any, NoReturn, TextIO

from tqdm import tqdm

from midframe.cli.pace import JobPace, Pace, left_words
from midframe.cli.printing import note_lines, print_lines, print_note, print_plan, print_sentence
from midframe.cli.readable import readable_size
from midframe.cli.spelling import spell
from midframe.cli.status_line import loading_words, show_status
from midframe.errors import OptionError
from midframe.runtime.events import (
    STAGES,
    Advanced,
    Event,
    Finished,
    FramesRead,
    Listener,
    Notice,
    Planned,
    Reporter,
    Stage,
    Started,
    StepTrained,
    WeightsValidated,
)
from midframe.text import json_line, printable

STAGE_LABELS: Mapping[Stage, str] = MappingProxyType(
    {"read": "Reading", "interpolate": "Interpolating", "write": "Writing"}
)

BAR = "{desc}{percentage:3.0f}% |{bar}| {counts} {words}"
"""How tqdm shows a bar whose end is known."""

COUNT = "{desc}{n_fmt} {words}"
"""How tqdm shows work of unknown length."""

WORDS = 18
"""Width of what is said next to a bar: bars that stand below each other have the same length, whatever it is."""

JSON_NAMES: Mapping[type[Event], str] = MappingProxyType(
    {
        Started: "started",
        Advanced: "advanced",
        Notice: "note",
        Finished: "finished",
        FramesRead: "reading",
        StepTrained: "training",
        WeightsValidated: "validated",
    }
)
"""Value of "event" in the JSON lines, by type. Events of other types concern single frames; they are in run reports."""

ADAPTING_JSON_NAMES: Mapping[type[Event], str] = MappingProxyType({**JSON_NAMES, Notice: "told"})
"""The same for the command ``midframe adapt``, which has always named notices in its own way."""


class _Bar(tqdm):  # type: ignore[type-arg]
    """A bar with words next to it.

    Attributes:
        words: What is said next to it.
        digits: Width of the counts.
    """

    words = ""
    digits = 0

    @property
    def format_dict(self) -> MutableMapping[str, Any]:
        """What a format can contain; tqdm asks for it."""
        known = super().format_dict
        known["counts"] = f"{known['n']}/{known['total']}".rjust(self.digits)
        known["words"] = self.words.ljust(WORDS)
        return known

    def move(self, done: int, words: str) -> None:
        """Show how much is done, and words."""
        self.words = words
        self.update(done - self.n)
        if self.n == self.total:
            # Updates that come fast are not all shown, and no other one follows this.
            self.refresh()


class BarListener:
    """Shows one tqdm bar for each stage, for terminals.

    Args:
        stream: Where the bars go; the error stream if None.
        notes: Whether notices are marked as notes on the work, and not the news of it.
    """

    def __init__(self, stream: TextIO | None = None, *, notes: bool = False) -> None:
        self._stream = stream or sys.stderr
        self._lines = note_lines if notes else _notice_lines
        self._bars: dict[str, _Bar] = {}
        self._pace = JobPace({})
        self._reading = Pace(None)

    def __call__(self, event: Event) -> None:
        """Update the bars."""
        if isinstance(event, Started):
            self._begin(event.totals)
        elif isinstance(event, Advanced):
            self._advance(event.stage, event.done)
        elif isinstance(event, FramesRead):
            if "Reading" not in self._bars:
                self._reading = Pace(event.total)
                self._bars["Reading"] = self._new_bar("Reading", event.total)
            self._reading.advance(event.done)
            self._bars["Reading"].move(event.done, left_words(self._reading.seconds_left))
        elif isinstance(event, StepTrained):
            if "Adapting" not in self._bars:
                self._bars["Adapting"] = self._new_bar("Adapting", 100)
            self._bars["Adapting"].move(round(100 * event.share), self._bars["Adapting"].words)
        elif isinstance(event, WeightsValidated):
            if "Adapting" in self._bars:
                self._bars["Adapting"].words = _gain_text(event)
                self._bars["Adapting"].refresh()
        elif isinstance(event, Notice):
            for line in self._lines(event.text):
                tqdm.write(printable(line), file=self._stream)

    def close(self) -> None:
        """Remove the bars: what is left to read is the plan, and the result."""
        for bar in reversed(self._bars.values()):
            bar.close()
        if self._bars:
            # The cursor is left behind what was erased.
            self._stream.write("\r")
            self._stream.flush()
        self._bars.clear()

    def _begin(self, totals: Mapping[Stage, int | None]) -> None:
        self._pace = JobPace(totals)
        shown = [(stage, total) for stage, total in totals.items() if total != 0]
        digits = max((len(f"{total}/{total}") for _, total in shown), default=0)
        for position, (stage, total) in enumerate(shown):
            self._bars[stage] = self._new_bar(STAGE_LABELS[stage], total, position=position)
            self._bars[stage].digits = digits

    def _advance(self, stage: Stage, done: int) -> None:
        self._pace.advance(stage, done)
        if stage not in self._bars:
            return
        rate = self._pace.rate(stage)
        if stage == list(self._bars)[-1]:
            words = left_words(self._pace.seconds_left)
        else:
            words = f"{rate:.1f} frames/s" if stage == "interpolate" and rate is not None else ""
        self._bars[stage].move(done, words)

    def _new_bar(self, label: str, total: int | None, position: int | None = None) -> _Bar:
        return _Bar(
            total=total,
            desc=f"{label:<14}",
            file=self._stream,
            dynamic_ncols=True,
            leave=False,
            position=position,
            bar_format=COUNT if total is None else BAR,
        )


class PlainListener:
    """Prints a line every few seconds, for logs.

    Args:
        stream: Where the lines go; the error stream if None.
        every_seconds: Seconds between two lines about the same work.
        notes: See `BarListener`.
    """

    def __init__(self, stream: TextIO | None = None, *, every_seconds: float = 5.0, notes: bool = False) -> None:
        self._lines = note_lines if notes else _notice_lines
        self._stream = stream or sys.stderr
        self._every = every_seconds
        self._totals: dict[Stage, int | None] = {}
        self._done: dict[Stage, int] = dict.fromkeys(STAGES, 0)
        self._started = self._last = time.monotonic()
        self._training_seconds = 0.0
        self._pace = JobPace({})

    def __call__(self, event: Event) -> None:
        """Print a line if one is due."""
        if isinstance(event, Started):
            self._totals = event.totals
            self._pace = JobPace(event.totals)
            self._started = self._last = time.monotonic()
        elif isinstance(event, Notice):
            for line in self._lines(event.text):
                self._print(line)
        elif isinstance(event, Advanced):
            self._done[event.stage] = event.done
            self._pace.advance(event.stage, event.done)
            complete = event.stage == list(self._totals)[-1] and event.done == self._totals[event.stage]
            self._print_if_due(self._counts, now=complete)
        elif isinstance(event, FramesRead):
            self._print_if_due(lambda: f"read {event.done}/{event.total}", now=event.done == event.total)
        elif isinstance(event, StepTrained):
            self._training_seconds = event.seconds
        elif isinstance(event, WeightsValidated):
            self._print(f"step {event.step}, {self._training_seconds:.0f} s: {_gain_text(event)}")

    def close(self) -> None:
        """Do nothing: every line is complete."""

    def _counts(self) -> str:
        counts = ", ".join(
            f"{stage} {self._done[stage]}{'' if total is None else f'/{total}'}"
            for stage, total in self._totals.items()
            if total != 0
        )
        elapsed = f"{time.monotonic() - self._started:.0f} s elapsed"
        return f"{counts}; {', '.join(filter(None, [elapsed, left_words(self._pace.seconds_left)]))}"

    def _print_if_due(self, line: Callable[[], str], *, now: bool) -> None:
        if now or time.monotonic() - self._last >= self._every:
            self._last = time.monotonic()
            self._print(line())

    def _print(self, text: str) -> None:
        print(printable(text), file=self._stream, flush=True)


class JsonListener:
    """Prints one JSON object a line, with the kind of the event under "event".

    Events about single frames and pairs are left out.

    Args:
        stream: Where the lines go; the output stream if None.
        names: Value of "event" for each type of event that is printed.
    """

    def __init__(self, stream: TextIO | None = None, names: Mapping[type[Event], str] = JSON_NAMES) -> None:
        self._stream = stream or sys.stdout
        self._names = names
        self._pace = JobPace({})

    def __call__(self, event: Event) -> None:
        """Print the event."""
        name = self._names.get(type(event))
        if name is None:
            return
        if isinstance(event, Notice):
            event = replace(event, text=spell(event.text))
        fields = asdict(event.summary) if isinstance(event, Finished) else asdict(event)
        if isinstance(event, Started):
            self._pace = JobPace(event.totals)
        if isinstance(event, Advanced):
            self._pace.advance(event.stage, event.done)
            if event.stage == "write":
                left = self._pace.seconds_left
                fields["seconds_left"] = None if left is None else round(left, 1)
        print(json_line({"event": name, **fields}), file=self._stream, flush=True)

    def close(self) -> None:
        """Do nothing: every line is complete."""


class JobListener:
    """What ``midframe run`` prints for people: the plan, then progress, or where that is not requested, notices alone.

    Args:
        progress: Shows progress and notices; None where no progress is requested.
        model: The model, to say that it is being loaded once the plan is printed.
        verbose: See `print_plan`.
        place: See `print_plan`.
    """

    def __init__(
        self, progress: Listener | None, model: str = "", *, verbose: bool = False, place: tuple[int, int] = (1, 1)
    ) -> None:
        self._progress = progress
        self._model = model
        self._verbose = verbose
        self._place = place

    def __call__(self, event: Event) -> None:
        """Print the event, if it is for people."""
        if isinstance(event, Planned):
            print_plan(event.plan, as_json=False, verbose=self._verbose, place=self._place)
            if self._model:
                show_status(loading_words((), self._model))
        elif self._progress is not None:
            self._progress(event)
        elif isinstance(event, Notice):
            print_note(event.text)

    def close(self) -> None:
        """Close the progress display."""
        if self._progress is not None:
            self._progress.close()


def make_listener(
    kind: str, json_names: Mapping[type[Event], str] = JSON_NAMES, *, notes: bool = False
) -> Listener | None:
    """The listener for ``--progress``.

    Args:
        kind: "auto" (bars on a terminal, else plain lines), "plain", "json" or "none".
        json_names: See `JsonListener`.
        notes: See `BarListener`.

    Returns:
        None for "none".

    Raises:
        OptionError: Another kind.
    """
    if kind == "auto":
        return BarListener(notes=notes) if sys.stderr.isatty() else PlainListener(notes=notes)
    if kind == "plain":
        return PlainListener(notes=notes)
    if kind == "json":
        return JsonListener(names=json_names)
    if kind == "none":
        return None
    raise OptionError(f"`progress` must be auto, plain, json or none, not {kind!r}.", option="progress")


def make_reporter(kind: str, json_names: Mapping[type[Event], str] = JSON_NAMES) -> Reporter:
    """A reporter with the listener of `make_listener`."""
    listener = make_listener(kind, json_names)
    return Reporter([listener] if listener else [])


def print_notice(text: str) -> None:
    """Print a message of the library on the error stream, with its options spelled as flags."""
    print_sentence(spell(text))


class DownloadProgress:
    """Shows downloads: a bar on a terminal, else a line for each; implements `midframe.models.download.Progress`."""

    def __init__(self) -> None:
        self._bar: tqdm[NoReturn] | None = None

    def message(self, text: str) -> None:
        """Print one line."""
        print_notice(text)

    def begin(self, label: str, total: int | None) -> None:
        """Show a bar on a terminal, or print what is downloaded."""
        if sys.stderr.isatty():
            self._bar = tqdm(desc=printable(label), total=total, unit="B", unit_scale=True, leave=False)
        else:
            print_lines(f"Getting {label} ({readable_size(total)}) ...", err=True)

    def advance(self, count: int) -> None:
        """Move the bar, if there is one."""
        if self._bar is not None:
            self._bar.update(count)

    def end(self) -> None:
        """Remove the bar, if there is one."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class SampleProgress:
    """Prints a line after each tenth of the samples of a benchmark, which can take hours.

    Args:
        label: Name of the benchmark.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._tenths = 0

    def __call__(self, done: int, total: int) -> None:
        """Print a line if another tenth of the samples is done."""
        tenths = 10 * done // total
        if tenths > self._tenths and done < total:
            self._tenths = tenths
            print_lines(f"{self._label}: {done} of {total} samples", err=True)


def _notice_lines(text: str) -> list[str]:
    return [spell(text)]


def _gain_text(event: WeightsValidated) -> str:
    text = f"{event.gain:+.2f} dB on held-out frames"
    if event.best:
        return f"{text}, best so far"
    return f"{text}, rejected: {event.reason}" if event.reason else text
