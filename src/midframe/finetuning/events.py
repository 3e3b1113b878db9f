"""What adapting tells while it runs, as typed events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Reading:
    """Frames are read.

    Attributes:
        done: So many.
        total: Of so many.
    """

    done: int
    total: int


@dataclass(frozen=True)
class Training:
    """A step is done.

    Attributes:
        step: Its number, from 1.
        seconds: Since the beginning.
        share: Of the time or the steps that were asked for, 0 … 1.
    """

    step: int
    seconds: float
    share: float


@dataclass(frozen=True)
class Validated:
    """The weights so far were measured on held-out frames.

    Attributes:
        step: After how many steps.
        gain: Over the base in dB, see `midframe.finetuning.acceptance.Verdict`.
        gains: Over the base, by measure.
        better: Whether they may replace the base.
        best: Whether they are the best so far.
        reason: Why they may not replace it: a clause, "" if they may.
    """

    step: int
    gain: float
    gains: Mapping[str, float]
    better: bool
    best: bool
    reason: str = ""


@dataclass(frozen=True)
class Told:
    """A sentence for the user."""

    text: str


AdaptEvent = Reading | Training | Validated | Told


class AdaptListener(Protocol):
    """Takes events, one at a time."""

    def __call__(self, event: AdaptEvent) -> None:
        """React to one event."""
        ...

    def close(self) -> None:
        """No more events will come."""
        ...
