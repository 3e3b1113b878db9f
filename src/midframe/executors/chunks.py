"""Chunks: a few neighbouring tasks that are drawn together, so that a frame between two pairs is encoded once.

Nothing here knows where a chunk is drawn; every executor that sends work away can use it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeVar

from midframe.engines.interpolation import engine_frame, interpolate_times
from midframe.engines.protocols import Engine
from midframe.executors.deferred_errors import UntilFailure
from midframe.executors.tasks import PairTask, PreparedFrame
from midframe.media.pixels import ViewTransform, from_working
from midframe.timing.steps import Mode
from midframe.types import Frame, Samples

Encoded = TypeVar("Encoded")

CHUNK_DRAWS = 4
"""Frames to draw after which a chunk ends. More would share more encoded frames, and leave the work of the last
chunks less evenly shared out. The first chunks of a row are smaller, so that every worker has something to do soon."""

CHUNK_TASKS = 16
"""Tasks after which a chunk ends, those that ask for nothing included."""


@dataclass(frozen=True)
class PairOrder:
    """What to draw of a pair, said without its pixels.

    Attributes:
        left: Key of the left frame; the same frame has the same key in all orders of a chunk.
        right: Key of the right frame.
        times: Strictly inside (0, 1), ascending.
    """

    left: int
    right: int
    times: tuple[Fraction, ...]


def chunked(tasks: Iterable[PairTask], nbytes: int, workers: int = 0) -> Iterator[tuple[PairTask, ...]]:
    """Cut a row of tasks into chunks, taking no task before it is wanted.

    What engines take is dropped from the frames: who draws a chunk makes it anew from the samples.

    Args:
        tasks: In order.
        nbytes: Bytes of samples, read and drawn, after which a chunk ends. A single task may need more.
        workers: How many first chunks end after one frame to draw, and as many again after two.

    Raises:
        MidframeError: What taking a task raised, after a chunk of all tasks before it.
    """
    chunk: list[PairTask] = []
    draws = used = drawing_chunks = most_draws = 0
    readable = UntilFailure(tasks)
    for task in readable:
        if not chunk:
            most_draws = 1 + drawing_chunks // workers if drawing_chunks < 2 * workers else CHUNK_DRAWS
        chunk.append(_plain(task))
        draws += len(task.times)
        more = (len(task.times) + 1) * task.pair.left.frame.samples.nbytes
        used += more
        # Whether the next one fits is told by this one: they are mostly alike.
        if draws >= most_draws or len(chunk) >= CHUNK_TASKS or used + more > nbytes:
            yield tuple(chunk)
            chunk.clear()
            drawing_chunks += draws > 0
            draws = used = 0
    if chunk:
        yield tuple(chunk)
    if readable.failure is not None:
        raise readable.failure


def draw_pairs(
    engine: Engine[Encoded],
    transform: ViewTransform,
    mode: Mode,
    orders: Sequence[PairOrder],
    samples: Callable[[int], Samples],
) -> Iterator[tuple[Samples, ...]]:
    """Draw a chunk.

    Args:
        engine: Draws.
        transform: Made the views that the pairs were judged by.
        mode: How several frames in a pair are drawn.
        orders: What is wanted.
        samples: The samples of a frame, as read, by its key. They are not kept.

    Yields:
        For each order, its frames in the order of its times, in the type of the source's samples.

    Raises:
        EngineError: The engine failed.
    """
    encoded: dict[int, Encoded] = {}
    for order in orders:
        ends = (order.left, order.right)
        for key in ends:
            if key not in encoded:
                encoded[key] = engine.encode(engine_frame(Frame(samples(key), transform.format), transform))
        left, right = (encoded[key] for key in ends)
        # Only the right frame can be wanted again, as the left one of the next pair.
        encoded = {order.right: right}
        drawn = interpolate_times(engine, left, right, mode, order.times, transform.view_of_working)
        yield tuple(from_working(drawn[time], transform.format) for time in order.times)


def _plain(task: PairTask) -> PairTask:
    pair = task.pair
    left, right = (PreparedFrame(each.frame, None) for each in (pair.left, pair.right))
    return replace(task, pair=replace(pair, left=left, right=right))


def distinct_frames(tasks: Sequence[PairTask]) -> dict[int, Samples]:
    """The samples that a chunk is drawn from, by the frames' numbers."""
    wanted = [each.frame for task in tasks if task.times for each in (task.pair.left, task.pair.right)]
    return {frame.index: frame.samples for frame in wanted}
