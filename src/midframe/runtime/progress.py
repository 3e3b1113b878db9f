"""Who listens to a running job: bars for terminals, lines for logs, JSON for programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import NoReturn, TextIO, TypeVar

from tqdm import tqdm

from midframe.errors import OptionError
from midframe.runtime.events import (
    STAGES,
    Advanced,
    Event,
    Finished,
    Judged,
    Listener,
    Note,
    Placed,
    Stage,
    Started,
)

STAGE_WORDS = {"read": "Reading", "interpolate": "Interpolating", "write": "Writing"}


class BarListener:
    """One tqdm bar a stage, for terminals."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._bars: dict[Stage, tqdm[NoReturn]] = {}

    def __call__(self, event: Event) -> None:
        """Draw."""
        if isinstance(event, Started):
            for position, stage in enumerate(event.totals):
                self._bars[stage] = tqdm(
                    total=event.totals[stage],
                    desc=f"{STAGE_WORDS[stage]:>13}",
                    unit="frame",
                    position=position,
                    file=self._stream,
                    dynamic_ncols=True,
                )
        elif isinstance(event, Advanced):
            bar = self._bars[event.stage]
            bar.update(event.done - bar.n)
        elif isinstance(event, Note):
            tqdm.write(event.text, file=self._stream)

    def close(self) -> None:
        """Leave the bars as they are, below each other."""
        for bar in self._bars.values():
            bar.close()
        self._bars.clear()


class PlainListener:
    """A line now and then, for logs."""

    def __init__(self, stream: TextIO | None = None, *, every_seconds: float = 5.0) -> None:
        self._stream = stream or sys.stderr
        self._every = every_seconds
        self._totals: dict[Stage, int | None] = {}
        self._done: dict[Stage, int] = dict.fromkeys(STAGES, 0)
        self._started = self._last = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Print, if it is time."""
        if isinstance(event, Started):
            self._totals = event.totals
            self._started = self._last = time.monotonic()
        elif isinstance(event, Note):
            self._print(event.text)
        elif isinstance(event, Advanced):
            self._done[event.stage] = event.done
            complete = event.stage == list(self._totals)[-1] and event.done == self._totals[event.stage]
            if complete or time.monotonic() - self._last >= self._every:
                self._last = time.monotonic()
                self._print(self._line())

    def close(self) -> None:
        """Nothing is left open."""

    def _line(self) -> str:
        totals = {stage: "" if total is None else f"/{total}" for stage, total in self._totals.items()}
        counts = ", ".join(f"{stage} {self._done[stage]}{words}" for stage, words in totals.items())
        elapsed = time.monotonic() - self._started
        last = list(self._totals)[-1]
        left = seconds_left(self._totals[last], self._done[last], elapsed)
        return f"{counts}; {elapsed:.0f} s gone" + ("" if left is None else f", about {left:.0f} s left")

    def _print(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


def seconds_left(total: int | None, done: int, elapsed: float) -> float | None:
    """How long the rest takes if it goes on as it did; None where that cannot be told."""
    return None if total is None or not done else (total - done) * elapsed / done


class JsonListener:
    """One JSON object a line, with the event's kind under "event"; frame by frame only what a report tells not."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._total: int | None = None
        self._started = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Print the event."""
        if isinstance(event, (Judged, Placed)):
            return
        fields = asdict(event.summary) if isinstance(event, Finished) else asdict(event)
        if isinstance(event, Started):
            self._total, self._started = event.totals.get("write"), time.monotonic()
        if isinstance(event, Advanced) and event.stage == "write":
            left = seconds_left(self._total, event.done, time.monotonic() - self._started)
            fields["seconds_left"] = None if left is None else round(left, 1)
        line = json.dumps({"event": type(event).__name__.lower(), **fields})
        print(line, file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing is left open."""


Chosen = TypeVar("Chosen")


def choose_listener(
    kind: str, bar: Callable[[], Chosen], plain: Callable[[], Chosen], as_json: Callable[[], Chosen]
) -> Chosen | None:
    """What ``--progress`` asks for, of the kinds that there are for some events.

    Args:
        kind: "auto" (bars on a terminal, else plain lines), "plain", "json" or "none".
        bar: Makes the listener for terminals.
        plain: Makes the one for logs.
        as_json: Makes the one for programs.

    Raises:
        OptionError: Another kind.
    """
    if kind == "auto":
        return bar() if sys.stderr.isatty() else plain()
    if kind == "plain":
        return plain()
    if kind == "json":
        return as_json()
    if kind == "none":
        return None
    raise OptionError(f"--progress must be auto, plain, json or none, not {kind!r}.")


def make_listener(kind: str) -> Listener | None:
    """The listener to a job for ``--progress``; see `choose_listener`."""
    makers: tuple[Callable[[], Listener], ...] = (BarListener, PlainListener, JsonListener)
    return choose_listener(kind, *makers)
