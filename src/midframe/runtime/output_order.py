"""Putting copied, drawn and held frames into their places of the output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.detection.rules import CutHandling, Verdict
from midframe.executors.base import ClassifiedPair, FlowWriter, PairResult
from midframe.media.pixels import from_working, to_working
from midframe.runtime.events import Advanced, Origin, Placed, Reporter, judged
from midframe.runtime.writer import OrderedWriter
from midframe.signals import defer_signals
from midframe.timing.output_slots import OutputSlot
from midframe.types import Frame

Made = tuple[Callable[[], Frame], int]
"""What makes a frame, in a thread of the writer, and the bytes that wait until then."""


class Placement:
    """Hands all output frames to a writer, in order, and keeps count.

    Attributes:
        origins: How many output frames are of each origin.
        verdicts: How many pairs are of each verdict.
    """

    def __init__(
        self,
        writer: OrderedWriter,
        cuts: CutHandling,
        reporter: Reporter,
        *,
        first: int = 0,
        between: int = 0,
        motions: FlowWriter | None = None,
    ) -> None:
        """Choose.

        Args:
            writer: Takes the frames.
            cuts: What stands at a cut.
            reporter: Hears of every pair and every place.
            first: The first output frame that is wanted; an earlier run has made those before it.
            between: Places between source frames that lie before the first pair.
            motions: Takes the motion behind drawn frames; None where it is not wanted.
        """
        self._writer = writer
        self._cuts = cuts
        self._reporter = reporter
        self._first = first
        self._between = between
        self._motions = motions
        self.origins: Counter[Origin] = Counter()
        self.verdicts: Counter[Verdict] = Counter()

    def place(self, result: PairResult) -> None:
        """Everything from a pair's left frame to before its right one."""
        pair = result.task.pair
        self.verdicts[pair.verdict] += 1
        numbers = pair.left.frame.index, pair.right.frame.index
        self._reporter(judged(pair))
        drawn, motions = iter(result.frames), iter(result.motions)
        for slot in result.task.slots:
            origin = self._origin(pair, slot)
            if slot.time in result.task.times:
                make, nbytes = _made_of(pair.left.frame, next(drawn), finished=result.finished)
                if self._motions is not None:
                    field = next(motions)
                    make = partial(_with_motion, make, partial(self._motions.keep, slot.number, slot.time, field))
                    nbytes += field.nbytes
            else:
                make, nbytes = self._undrawn(origin, pair, slot.time)
            self._submit(make, nbytes, Placed(slot.number, origin, *_ends(numbers, origin), slot.time))
        between = sum(not slot.on_source for slot in result.task.slots)
        if between:
            self._between += between
            self._reporter(Advanced("interpolate", self._between))

    def place_tail(self, last: Frame, slots: tuple[OutputSlot, ...]) -> None:
        """The last frame, and its repetitions until the input ends."""
        for slot in slots:
            origin: Origin = "copied" if slot.on_source else "held_end"
            placed = Placed(slot.number, origin, last.index, last.index, slot.time)
            self._submit(lambda: last, last.samples.nbytes, placed)

    def _origin(self, pair: ClassifiedPair, slot: OutputSlot) -> Origin:
        if slot.time == 0:
            return "copied"
        if pair.verdict == "static":
            return "held_static"
        if pair.verdict == "cut":
            return "blended_cut" if self._cuts == "blend" else "held_cut"
        return "replaced" if slot.on_source else "synthesised"

    def _undrawn(self, origin: Origin, pair: ClassifiedPair, time: Fraction) -> Made:
        left, right = pair.left.frame, pair.right.frame
        if origin == "blended_cut":
            return partial(_blended, left, right, float(time)), left.samples.nbytes + right.samples.nbytes
        return (lambda: left), left.samples.nbytes

    def _submit(self, make: Callable[[], Frame], nbytes: int, placed: Placed) -> None:
        if placed.number < self._first:
            return
        # What is written is told too, also where the user stops meanwhile.
        with defer_signals:
            self._writer.submit(make, nbytes)
            self.origins[placed.origin] += 1
            self._reporter(placed)


def _ends(numbers: tuple[int, int], origin: Origin) -> tuple[int, int]:
    """The source frames that a frame is made of."""
    left, right = numbers
    return (left, left) if origin in ("copied", "held_static", "held_cut") else (left, right)


def _made_of(like: Frame, drawn: NDArray[Any], *, finished: bool) -> Made:
    make: Callable[[NDArray[Any]], Frame] = like.with_samples if finished else partial(_finished, like)
    return partial(make, drawn), drawn.nbytes


def _with_motion(make: Callable[[], Frame], keep: Callable[[], None]) -> Frame:
    keep()
    return make()


def _finished(like: Frame, drawn: NDArray[np.float32]) -> Frame:
    return like.with_samples(from_working(drawn, like.format))


def _blended(left: Frame, right: Frame, time: float) -> Frame:
    mixed = (1 - time) * to_working(left.samples, left.format) + time * to_working(right.samples, right.format)
    return _finished(left, mixed.astype(np.float32))
