"""Typed events of running work: jobs, analysing and comparing inputs, adapting a model.

Events come from several threads; `Reporter` passes them to listeners one at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from midframe.detection.rules import PairClass, PairHandling
from midframe.signals import defer_signals

if TYPE_CHECKING:
    from midframe.executors.base import ClassifiedPair
    from midframe.runtime.job_plan import JobPlan

Stage = Literal["read", "interpolate", "write"]
STAGES: tuple[Stage, ...] = ("read", "interpolate", "write")

Origin = Literal[
    "copied",
    "synthesised",
    "replaced",
    "held_static",
    "held_cut",
    "held_choice",
    "blended_cut",
    "blended_choice",
    "held_end",
]
"""Where an output frame comes from: a source frame untouched; interpolated; interpolated in place of a repeated source
frame; the frame before it, because nothing moves, because a cut follows, because that was chosen, or because the input
ends; a cross-fade, at a cut or by choice."""


@dataclass(frozen=True)
class Started:
    """Work begins.

    Attributes:
        totals: Units of each stage, in the order of the stages: source frames, output times between source frames,
            output frames. None where the input's length is unknown.
    """

    totals: dict[Stage, int | None]


@dataclass(frozen=True)
class Advanced:
    """A stage has finished more units.

    Attributes:
        stage: The stage.
        done: Units it has finished so far.
    """

    stage: Stage
    done: int


@dataclass(frozen=True)
class Planned:
    """A job is about to start.

    Attributes:
        plan: What it comes to; without an analysis and without an estimate of its time. Its notes are those that do not
            follow as `Notice` events.
    """

    plan: JobPlan


@dataclass(frozen=True)
class Notice:
    """A message for the user.

    Attributes:
        text: One sentence or two. Options are named in backticks, as in the messages of `midframe.errors`.
    """

    text: str


@dataclass(frozen=True)
class PairClassified:
    """A pair of source frames was classified.

    Attributes:
        left: Index of the left frame.
        right: Index of the right frame; the frames between them repeat the left one.
        verdict: The class of the pair.
        static_score: See `midframe.executors.base.ClassifiedPair`.
        cut_score: See `midframe.executors.base.ClassifiedPair`.
        restart: Index of the source frame from which frames must be read and classified again to reach this pair.
        choice: What was chosen for the pair, see `midframe.PairChoice`; None where it goes by its class.
    """

    left: int
    right: int
    verdict: PairClass
    static_score: float | None
    cut_score: float | None
    restart: int
    choice: PairHandling | None = None

    @staticmethod
    def of(pair: ClassifiedPair) -> PairClassified:
        """The event about a pair."""
        indices = pair.left.frame.index, pair.right.frame.index
        choice = None if pair.decision is None else pair.decision.handling
        return PairClassified(*indices, pair.verdict, pair.static_score, pair.cut_score, pair.restart, choice)


@dataclass(frozen=True)
class FramePlaced:
    """An output frame was handed to the writer.

    Attributes:
        number: Number of the output frame.
        origin: Where its content comes from.
        left: Index of the source frame that it is, or of the left frame of the pair it lies in.
        right: Index of the right frame of the pair; `left` where the output frame is a source frame.
        time: Time inside the pair, in [0, 1).
    """

    number: int
    origin: Origin
    left: int
    right: int
    time: Fraction


@dataclass(frozen=True, eq=False)
class FramePreview:
    """An output frame as a picture, to be looked at.

    Attributes:
        number: Number of the output frame; None for a preview that is not part of a running job.
        origin: Where its content comes from.
        left: Index of the left frame of the pair.
        right: Index of the right frame of the pair.
        time: Time inside the pair, in (0, 1).
        image: (height, width, 3) uint8: R, G, B as shown on a display, whatever the format of the frames.
    """

    number: int | None
    origin: Origin
    left: int
    right: int
    time: Fraction
    image: NDArray[np.uint8]

    def __repr__(self) -> str:
        height, width = self.image.shape[:2]
        name = "a frame" if self.number is None else f"frame {self.number}"
        return (
            f"<FramePreview: {name}, {self.origin}, at {self.time} between source frames {self.left} and {self.right}, "
            f"{width}×{height}>"
        )


@dataclass(frozen=True)
class JobSummary:
    """What a finished job did.

    Attributes:
        output: Path of the output.
        sources: Source frames read.
        outputs: Frames in the output: the sum of `resumed`, `copied`, `synthesised`, `held` and `blended`.
        resumed: Frames finished by an earlier run.
        copied: Source frames passed on untouched.
        synthesised: Frames interpolated by the network.
        held: Copies of the frame before them, in static pairs, at cuts or at the end.
        blended: Cross-fades at cuts.
        replaced: Interpolated frames in place of repeated source frames.
        static_pairs: Pairs that were not interpolated because nothing moves in them.
        cuts: Pairs that were not interpolated because their frames belong to different scenes.
        seconds: Wall time from the first read to the last write.
        engine_seconds: Wall time inside the engine.
        frames_per_second: Output frames per second of wall time.
        device: Name of the device that the network ran on.
        model: Name of the architecture.
        model_sha256: SHA-256 of the checkpoint file, in hexadecimal digits.
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
    """The job is complete.

    Attributes:
        summary: What it did.
    """

    summary: JobSummary


@dataclass(frozen=True)
class FramesRead:
    """Adapting has read more frames.

    Attributes:
        done: Frames read so far.
        total: Frames that are read in all.
    """

    done: int
    total: int


@dataclass(frozen=True)
class StepTrained:
    """Adapting has finished a training step.

    Attributes:
        step: Number of the step, from 1.
        seconds: Wall time since the beginning.
        share: Share of the budget of time or steps that is used up, in [0, 1].
    """

    step: int
    seconds: float
    share: float


@dataclass(frozen=True)
class WeightsValidated:
    """Adapting has measured its weights on held-out frames.

    Attributes:
        step: Steps trained so far.
        gain: Gain over the base model in dB, see `midframe.finetuning.acceptance.AcceptanceResult`.
        gains: Gain over the base model by measure.
        better: Whether the weights meet the acceptance rules.
        best: Whether they are the best weights so far.
        reason: Why they do not meet the rules, as a clause; "" if they do.
    """

    step: int
    gain: float
    gains: Mapping[str, float]
    better: bool
    best: bool
    reason: str = ""


Event = (
    Planned
    | Started
    | Advanced
    | Notice
    | PairClassified
    | FramePlaced
    | FramePreview
    | Finished
    | FramesRead
    | StepTrained
    | WeightsValidated
)


@runtime_checkable
class Listener(Protocol):
    """Receives events, one at a time."""

    def __call__(self, event: Event) -> None:
        """React to one event."""
        ...

    def close(self) -> None:
        """Clean up: no more events will come, whether the work finished or not."""
        ...


class Reporter:
    """Passes events from any thread to all listeners, one at a time.

    Args:
        listeners: Called for every event, in this order.
    """

    def __init__(self, listeners: Sequence[Listener] = ()) -> None:
        self._listeners = tuple(listeners)
        self._lock = threading.Lock()

    def add(self, listener: Listener) -> None:
        """Add a listener for the events from now on."""
        with defer_signals, self._lock:
            self._listeners = (*self._listeners, listener)

    def __call__(self, event: Event) -> None:
        """Pass an event on."""
        with defer_signals, self._lock:
            for listener in self._listeners:
                listener(event)

    def close(self) -> None:
        """Close all listeners, also after one that fails. They receive nothing more; closing twice is allowed."""
        with defer_signals, self._lock:
            listeners, self._listeners = self._listeners, ()
            with ExitStack() as closing:
                for listener in reversed(listeners):
                    closing.callback(listener.close)
