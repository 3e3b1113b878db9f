"""Tasks for executors: which frames are requested of each pair."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator

from midframe.executors.base import ClassifiedPair, PairResult, PairTask
from midframe.timing.output_slots import Clock, PairTimeline, slots_between


def pair_tasks(
    pairs: Iterable[ClassifiedPair], timeline: PairTimeline, clock: Clock, first: int = 0
) -> Iterator[PairTask]:
    """What is requested of each pair. Static pairs and those with a cut ask the network for nothing.

    Args:
        pairs: Pairs in order.
        timeline: Which output frame stands where.
        clock: When source frames are shown.
        first: Number of the left frame of the first pair that is requested; pairs before it are skipped.
    """
    for pair in pairs:
        left, right = pair.left.frame.index, pair.right.frame.index
        if left < first:
            continue
        slots = slots_between(timeline, clock, left, right)
        times = tuple(slot.time for slot in slots if slot.time > 0) if pair.is_interpolated else ()
        yield PairTask(pair, slots, times)


def copied_only(tasks: Iterable[PairTask]) -> Generator[PairResult, None, None]:
    """The results of tasks that ask for nothing: where no frame is interpolated, no executor is needed."""
    for task in tasks:
        yield PairResult(task, ())
