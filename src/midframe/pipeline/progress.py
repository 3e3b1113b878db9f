"""What a running job tells, as typed events, and who listens.

Events come from several threads; `Reporter` hands them on one at a time.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, NoReturn, Protocol, TextIO

from tqdm import tqdm

from midframe.errors import OptionError

Stage = Literal["read", "interpolate", "write"]
STAGES: tuple[Stage, ...] = ("read", "interpolate", "write")
STAGE_WORDS = {"read": "Reading", "interpolate": "Interpolating", "write": "Writing"}


@dataclass(frozen=True)
class Started:
    """Work begins.

    Attributes:
        totals: Units of each stage: source frames, places between source frames, output frames.
    """

    totals: dict[Stage, int]


@dataclass(frozen=True)
class Advanced:
    """One stage has finished `done` units."""

    stage: Stage
    done: int


@dataclass(frozen=True)
class Note:
    """A sentence for the user."""

    text: str


@dataclass(frozen=True)
class Summary:
    """What a finished job did.

    Attributes:
        output: Where the frames are.
        sources: Source frames read.
        outputs: Frames written; the sum of the next three.
        copied: Source frames passed on untouched.
        synthesised: Frames drawn by the network.
        held: Copies of the frame before them, in static pairs or at the end.
        static_pairs: Pairs that were not interpolated because nothing moves in them.
        seconds: Wall time from the first read to the last write.
        engine_seconds: Wall time inside the engine.
        frames_per_second: Output frames per second of wall time.
        device: What the network ran on.
        model: The architecture, in words.
        model_sha256: Of the checkpoint file.
    """

    output: str
    sources: int
    outputs: int
    copied: int
    synthesised: int
    held: int
    static_pairs: int
    seconds: float
    engine_seconds: float
    frames_per_second: float
    device: str
    model: str
    model_sha256: str


@dataclass(frozen=True)
class Finished:
    """The job is complete."""

    summary: Summary


Event = Started | Advanced | Note | Finished


class Listener(Protocol):
    """Takes events, one at a time."""

    def __call__(self, event: Event) -> None:
        """React to one event."""
        ...

    def close(self) -> None:
        """No more events will come, whether the job finished or not."""
        ...


class Reporter:
    """Hands events from any thread to all listeners, one at a time."""

    def __init__(self, listeners: Sequence[Listener] = ()) -> None:
        self._listeners = tuple(listeners)
        self._lock = threading.Lock()

    def __call__(self, event: Event) -> None:
        """Pass an event on."""
        with self._lock:
            for listener in self._listeners:
                listener(event)

    def close(self) -> None:
        """Close all listeners."""
        with self._lock:
            for listener in self._listeners:
                listener.close()


class BarListener:
    """One tqdm bar a stage, for terminals."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._bars: dict[Stage, tqdm[NoReturn]] = {}

    def __call__(self, event: Event) -> None:
        """Draw."""
        if isinstance(event, Started):
            for position, stage in enumerate(STAGES):
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
        self._totals: dict[Stage, int] = {}
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
            complete = event.stage == "write" and event.done == self._totals["write"]
            if complete or time.monotonic() - self._last >= self._every:
                self._last = time.monotonic()
                self._print(self._line())

    def close(self) -> None:
        """Nothing is left open."""

    def _line(self) -> str:
        counts = ", ".join(f"{stage} {self._done[stage]}/{self._totals[stage]}" for stage in STAGES)
        elapsed = time.monotonic() - self._started
        left = (self._totals["write"] - self._done["write"]) * elapsed / max(self._done["write"], 1)
        return f"{counts}; {elapsed:.0f} s gone, about {left:.0f} s left"

    def _print(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class JsonListener:
    """One JSON object a line, with the event's kind under "event"."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout

    def __call__(self, event: Event) -> None:
        """Print the event."""
        fields = asdict(event.summary) if isinstance(event, Finished) else asdict(event)
        line = json.dumps({"event": type(event).__name__.lower(), **fields})
        print(line, file=self._stream, flush=True)

    def close(self) -> None:
        """Nothing is left open."""


def make_listener(kind: str) -> Listener | None:
    """The listener for ``--progress``.

    Args:
        kind: "auto" (bars on a terminal, else plain lines), "plain", "json" or "none".

    Raises:
        OptionError: Anything else.
    """
    if kind == "auto":
        return BarListener() if sys.stderr.isatty() else PlainListener()
    if kind == "plain":
        return PlainListener()
    if kind == "json":
        return JsonListener()
    if kind == "none":
        return None
    raise OptionError(f"--progress must be auto, plain, json or none, not {kind!r}.")
