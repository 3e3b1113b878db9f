"""Who listens to adapting: a bar for terminals, lines for logs, JSON for programs."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from typing import NoReturn, TextIO

from tqdm import tqdm

from midframe.finetuning.events import AdaptEvent, AdaptListener, Reading, Told, Training, Validated
from midframe.runtime.progress import choose_listener


class SilentListener:
    """Keeps everything to itself."""

    def __call__(self, event: AdaptEvent) -> None:
        """Ignore it."""

    def close(self) -> None:
        """Nothing is left open."""


class BarListener:
    """A tqdm bar for reading and one for training, with the gain of the best weights so far."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._reading: tqdm[NoReturn] | None = None
        self._training: tqdm[NoReturn] | None = None

    def __call__(self, event: AdaptEvent) -> None:
        """Draw."""
        if isinstance(event, Reading):
            if self._reading is None:
                self._reading = self._bar("Reading", event.total)
            self._reading.update(event.done - self._reading.n)
        elif isinstance(event, Training):
            if self._training is None:
                self._training = self._bar("Adapting", 100)
            self._training.update(round(100 * event.share) - self._training.n)
        elif isinstance(event, Validated) and self._training is not None:
            self._training.set_postfix_str(_gain_words(event))
        elif isinstance(event, Told):
            tqdm.write(event.text, file=self._stream)

    def close(self) -> None:
        """Leave the bars as they are."""
        for bar in (self._reading, self._training):
            if bar is not None:
                bar.close()

    def _bar(self, words: str, total: int) -> tqdm[NoReturn]:
        return tqdm(total=total, desc=f"{words:>13}", file=self._stream, dynamic_ncols=True)


class PlainListener:
    """A line for each validation, and for reading now and then."""

    def __init__(self, stream: TextIO | None = None, *, every_seconds: float = 5.0) -> None:
        self._stream = stream or sys.stderr
        self._every = every_seconds
        self._last = time.monotonic()
        self._seconds = 0.0

    def __call__(self, event: AdaptEvent) -> None:
        """Print, if it is time."""
        if isinstance(event, Reading):
            if event.done == event.total or time.monotonic() - self._last >= self._every:
                self._last = time.monotonic()
                self._print(f"read {event.done}/{event.total}")
        elif isinstance(event, Training):
            self._seconds = event.seconds
        elif isinstance(event, Validated):
            self._print(f"step {event.step}, {self._seconds:.0f} s: {_gain_words(event)}")
        else:
            self._print(event.text)

    def close(self) -> None:
        """Nothing is left open."""

    def _print(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class JsonListener:
    """One JSON object a line, with the event's kind under "event"."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def __call__(self, event: AdaptEvent) -> None:
        """Print the event."""
        print(json.dumps({"event": type(event).__name__.lower(), **asdict(event)}), file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing is left open."""


def make_adapt_listener(kind: str) -> AdaptListener:
    """The listener to adapting for ``--progress``; see `choose_listener`."""
    return choose_listener(kind, BarListener, PlainListener, JsonListener) or SilentListener()


def _gain_words(event: Validated) -> str:
    words = f"{event.gain:+.2f} dB on held-out frames"
    if event.best:
        return f"{words}, best so far"
    return f"{words}, not taken: {event.reason}" if event.reason else words
