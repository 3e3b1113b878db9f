"""What executors have in common: the values that travel through a running job, and the executor protocol."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Generic, Protocol, TypeVar

from numpy.typing import NDArray

from midframe.detection.rules import PairClass, PairHandling
from midframe.engines.flow_fields import MotionField
from midframe.engines.options import PairOptions
from midframe.engines.pair_engines import AS_THE_JOB
from midframe.engines.protocols import EngineFrame
from midframe.errors import MidframeError
from midframe.media.pixels import FrameValues, ViewTransform
from midframe.signals import CancelToken
from midframe.timing.output_slots import OutputSlot
from midframe.types import Frame

DeferredItem = TypeVar("DeferredItem")


@dataclass(frozen=True, eq=False)
class PreparedFrame:
    """A source frame with what an engine takes.

    Attributes:
        frame: The frame as read.
        engine_frame: View and working samples; None where no pair of the frame needs the network.
        transform: What made `engine_frame`; None if there is none.
        values: What the samples say about the view; None where that is not asked for.
    """

    frame: Frame
    engine_frame: EngineFrame | None
    transform: ViewTransform | None = None
    values: FrameValues | None = None

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        extra = self.engine_frame
        return self.frame.samples.nbytes + (extra.view.nbytes + extra.samples.nbytes if extra else 0)


@dataclass(frozen=True)
class PairDecision:
    """What was decided about a pair, whatever its class.

    Attributes:
        handling: See `midframe.detection.rules.PairHandling`.
        options: Options of the engine, where it is interpolated.
    """

    handling: PairHandling = "interpolate"
    options: PairOptions = AS_THE_JOB


@dataclass(frozen=True, eq=False)
class ClassifiedPair:
    """Two source frames and how they differ.

    They are neighbours, or only repetitions of the left one lie between them.

    Attributes:
        left: Left frame.
        right: Right frame.
        verdict: See `midframe.detection.rules.PairClass`.
        static_score: See `midframe.detection.static_pairs`; at most an upper bound below the
            threshold. None if not asked for.
        cut_score: See `midframe.detection.cuts`; None if not asked for.
        restart: Number of the source frame from which frames must be classified to arrive at this very pair.
        transform: How both frames are seen and blended; None for that of the executor.
        decision: What was decided about it; None where it goes by its class.
    """

    left: PreparedFrame
    right: PreparedFrame
    verdict: PairClass = "moving"
    static_score: float | None = None
    cut_score: float | None = None
    restart: int = 0
    transform: ViewTransform | None = None
    decision: PairDecision | None = None

    @property
    def is_interpolated(self) -> bool:
        """Whether frames are interpolated between the two."""
        held = self.decision is not None and self.decision.handling in ("hold", "blend")
        return self.verdict == "moving" and not held

    @property
    def options(self) -> PairOptions:
        """Options of the engine for this pair."""
        return AS_THE_JOB if self.decision is None else self.decision.options

    @property
    def nbytes(self) -> int:
        """Bytes that the pair adds to those of the pair before it."""
        return self.right.nbytes

    @property
    def repeats(self) -> int:
        """How many repetitions of the left frame were taken out between the two."""
        return self.right.frame.index - self.left.frame.index - 1


@dataclass(frozen=True, eq=False)
class PairTask:
    """A pair and the frames that are requested in it.

    Attributes:
        pair: The source frames.
        slots: All output frames from the left one (included) to the right one (excluded).
        times: Times of the frames to interpolate, strictly inside (0, 1), ascending. Empty if there are none.
    """

    pair: ClassifiedPair
    slots: tuple[OutputSlot, ...]
    times: tuple[Fraction, ...]


@dataclass(frozen=True, eq=False)
class PairResult:
    """The interpolated frames of a pair.

    Attributes:
        task: The task.
        frames: A frame for each of the task's times, in their order; (height, width, channels).
        finished: Whether these are samples of the source's type already; else they are working samples.
        motions: The motion of each interpolated frame, where it is requested; else empty.
    """

    task: PairTask
    frames: tuple[NDArray[Any], ...]
    finished: bool = False
    motions: tuple[MotionField, ...] = ()


class Executor(Protocol):
    """Turns tasks into results, in the order of the tasks."""

    @property
    def engine_seconds(self) -> float:
        """Wall time spent inside engines so far, in seconds; of several at once, the mean."""
        ...

    @property
    def device_name(self) -> str:
        """The devices in words."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about problems that were solved; complete once all tasks are done."""
        ...

    def run(self, tasks: Iterable[PairTask], *, cancel: CancelToken | None = None) -> Generator[PairResult, None, None]:
        """Interpolate. Tasks are used unchanged needed, never all at once. To stop early, close the generator.

        Args:
            tasks: Tasks in order.
            cancel: Ends the run when it is cancelled: in workers at once, in this process after the current pair.

        Raises:
            EngineError: An engine failed; all results before it were yielded.
            MidframeError: What taking a task raised, after all results before it.
            CancelRequested: The token was cancelled.
        """
        ...


class FlowWriter(Protocol):
    """Keeps the motion of each interpolated frame, before that frame is in its place."""

    @property
    def settings(self) -> dict[str, object]:
        """What decides what is kept and where, in types that JSON has."""
        ...

    def keep(self, number: int, time: Fraction, field: MotionField) -> None:
        """Keep one. Called from several threads, and again for the same frame after a job was interrupted.

        Args:
            number: Number of the output frame.
            time: Its time between the two source frames, strictly inside (0, 1).
            field: Its motion.

        Raises:
            WriteError: It cannot be kept.
        """
        ...


class DeferredErrors(Generic[DeferredItem]):
    """The items of an iterable up to the first that raises an error.

    So that everything before it is used before the error is raised.

    Attributes:
        error: What ended the iteration, for the caller to raise; None if the items came to their end.
    """

    def __init__(self, items: Iterable[DeferredItem]) -> None:
        self._items = items
        self.error: MidframeError | None = None

    def __iter__(self) -> Iterator[DeferredItem]:
        try:
            yield from self._items
        except MidframeError as error:
            self.error = error
