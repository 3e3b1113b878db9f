"""What travels through a running job: prepared frames, judged pairs, tasks and what is drawn for them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from numpy.typing import NDArray

from midframe.detection.rules import PairClass
from midframe.engines.flow_fields import MotionField
from midframe.engines.protocols import EngineFrame
from midframe.timing.output_slots import OutputSlot
from midframe.types import Frame


@dataclass(frozen=True, eq=False)
class PreparedFrame:
    """A source frame with what an engine takes.

    Attributes:
        frame: As read.
        engine_frame: View and working samples; None where no pair of the frame needs the network.
    """

    frame: Frame
    engine_frame: EngineFrame | None

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        extra = self.engine_frame
        return self.frame.samples.nbytes + (extra.view.nbytes + extra.samples.nbytes if extra else 0)


@dataclass(frozen=True, eq=False)
class JudgedPair:
    """Two source frames and what they are to each other.

    They are neighbours, or only repetitions of the left one lie between them.

    Attributes:
        left: Left frame.
        right: Right frame.
        verdict: See `Verdict`.
        static_score: See `midframe.detection.static_pairs`; at most an upper bound below the
            threshold. None if not asked for.
        cut_score: See `midframe.detection.cuts`; None if not asked for.
        restart: Number of the source frame from which on frames must be judged to come to this very pair.
    """

    left: PreparedFrame
    right: PreparedFrame
    verdict: PairClass = "moving"
    static_score: float | None = None
    cut_score: float | None = None
    restart: int = 0

    @property
    def nbytes(self) -> int:
        """Bytes that the pair adds to those of the pair before it."""
        return self.right.nbytes

    @property
    def repeats(self) -> int:
        """How many repetitions of the left frame were taken out behind it."""
        return self.right.frame.index - self.left.frame.index - 1


@dataclass(frozen=True, eq=False)
class PairTask:
    """A pair and what is wanted of it.

    Attributes:
        pair: The frames.
        slots: All output frames from the left one (included) to the right one (excluded).
        times: Strictly inside (0, 1), ascending: what the network is asked for. Empty where nothing is drawn.
    """

    pair: JudgedPair
    slots: tuple[OutputSlot, ...]
    times: tuple[Fraction, ...]


@dataclass(frozen=True, eq=False)
class PairResult:
    """What was drawn for a pair.

    Attributes:
        task: The pair.
        drawn: A frame for each of the task's times, in their order.
        finished: Whether these are samples of the source's type already; else they are working samples.
        motions: The motion behind each drawn frame, where it is wanted; else empty.
    """

    task: PairTask
    drawn: tuple[NDArray[Any], ...]
    finished: bool = False
    motions: tuple[MotionField, ...] = ()
