"""What a running job tells, as typed events.

Events come from several threads; `Reporter` hands them on one at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Protocol

from midframe.detection.rules import Verdict
from midframe.signals import defer_signals

if TYPE_CHECKING:
    from midframe.executors.base import ClassifiedPair

Stage = Literal["read", "interpolate", "write"]
STAGES: tuple[Stage, ...] = ("read", "interpolate", "write")

Origin = Literal["copied", "synthesised", "replaced", "held_static", "held_cut", "blended_cut", "held_end"]
"""Where an output frame comes from: a source frame untouched; drawn; drawn in place of a repeated source frame; the
frame before it, because nothing moves, because a cut follows, or because the input ends; a cross-fade at a cut."""


@dataclass(frozen=True)
class Started:
    """Work begins.

    Attributes:
        totals: Units of each stage: source frames, places between source frames, output frames. None where the input's
            length is unknown.
    """

    totals: dict[Stage, int | None]


@dataclass(frozen=True)
class Advanced:
    """One stage has finished `done` units."""

    stage: Stage
    done: int


@dataclass(frozen=True)
class Judged:
    """What a pair of source frames is.

    Attributes:
        left: Number of its left frame.
        right: Number of its right frame; the frames between them repeat the left one.
        verdict: See `midframe.detection.rules.Verdict`.
        static_score: See `midframe.executors.base.ClassifiedPair`.
        cut_score: Likewise.
        restart: Source frame from which on frames must be read and judged again to come to this pair.
    """

    left: int
    right: int
    verdict: Verdict
    static_score: float | None
    cut_score: float | None
    restart: int


def judged(pair: ClassifiedPair) -> Judged:
    """The event that tells of a pair."""
    numbers = pair.left.frame.index, pair.right.frame.index
    return Judged(*numbers, pair.verdict, pair.static_score, pair.cut_score, pair.restart)


@dataclass(frozen=True)
class Placed:
    """What goes into a place of the output.

    Attributes:
        number: Of the output frame.
        origin: See `Origin`.
        left: Number of the source frame that it is, or the left one of the two it stands between.
        right: The right one of the two; `left` where the frame is a source frame.
        time: Where between the two it stands.
    """

    number: int
    origin: Origin
    left: int
    right: int
    time: Fraction


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
        outputs: Frames in the output; the sum of the next five.
        resumed: Frames that an earlier run had finished.
        copied: Source frames passed on untouched.
        synthesised: Frames drawn by the network.
        held: Copies of the frame before them, in static pairs, at cuts or at the end.
        blended: Cross-fades at cuts.
        replaced: Synthesised frames that stand where a repeated source frame stood.
        static_pairs: Pairs that were not interpolated because nothing moves in them.
        cuts: Pairs that were not interpolated because their frames belong to different scenes.
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
    resumed: int
    copied: int
    synthesised: int
    held: int
    blended: int
    replaced: int
    static_pairs: int
    cuts: int
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


Event = Started | Advanced | Judged | Placed | Note | Finished


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

    def add(self, listener: Listener) -> None:
        """Also tell this one from now on."""
        with defer_signals, self._lock:
            self._listeners = (*self._listeners, listener)

    def __call__(self, event: Event) -> None:
        """Pass an event on."""
        with defer_signals, self._lock:
            for listener in self._listeners:
                listener(event)

    def close(self) -> None:
        """Close all listeners."""
        with defer_signals, self._lock:
            for listener in self._listeners:
                listener.close()
