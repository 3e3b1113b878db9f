"""Chunks: a few neighbouring tasks that are sent to a worker together.

A frame between two pairs of a chunk is encoded once. Every executor with workers outside this process uses them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from midframe.engines.interpolation import EncodedFrame, PairInterpolator
from midframe.engines.options import PairOptions
from midframe.engines.pair_engines import AS_THE_JOB
from midframe.engines.protocols import Encoded, Engine
from midframe.executors.base import DeferredErrors, PairTask, PreparedFrame
from midframe.media.pixels import ViewTransform
from midframe.timing.steps import Mode
from midframe.types import Frame, Samples

CHUNK_FRAMES = 4
"""Frames to interpolate after which a chunk ends. More would share more encoded frames, and leave the work of the last
chunks less evenly shared out. The first chunks of a job are smaller, so that every worker has something to do soon."""

CHUNK_TASKS = 16
"""Tasks after which a chunk ends, including those that ask for no frames."""


@dataclass(frozen=True)
class PairRequest:
    """The frames to interpolate in a pair, without pixels.

    Attributes:
        left: Key of the left frame; the same frame has the same key in all requests of a chunk.
        right: Key of the right frame.
        times: Strictly inside (0, 1), ascending.
        transform: How both frames are seen and blended; None for that of the executor.
        options: Options of the engine.
    """

    left: int
    right: int
    times: tuple[Fraction, ...]
    transform: ViewTransform | None = None
    options: PairOptions = AS_THE_JOB

    @staticmethod
    def of(task: PairTask, left: int, right: int) -> PairRequest:
        """What a task asks for, with the keys of its frames."""
        return PairRequest(left, right, task.times, task.pair.transform, task.pair.options)


def split_into_chunks(tasks: Iterable[PairTask], nbytes: int, workers: int = 0) -> Iterator[tuple[PairTask, ...]]:
    """Split tasks into chunks, taking no task before it is needed.

    The engine frames are dropped: workers make them from the samples.

    Args:
        tasks: Tasks in order.
        nbytes: Bytes of samples, read and interpolated, after which a chunk ends. A single task may need more.
        workers: How many first chunks end after one frame to interpolate, and as many again after two.

    Raises:
        MidframeError: What taking a task raised, after a chunk of all tasks before it.
    """
    chunk: list[PairTask] = []
    frames = used = chunks = max_frames = 0
    readable = DeferredErrors(tasks)
    for task in readable:
        if not chunk:
            max_frames = 1 + chunks // workers if chunks < 2 * workers else CHUNK_FRAMES
        chunk.append(_without_engine_frames(task))
        frames += len(task.times)
        task_bytes = (len(task.times) + 1) * task.pair.left.frame.samples.nbytes
        used += task_bytes
        # The next task is expected to be as large as this one: they are mostly alike.
        if frames >= max_frames or len(chunk) >= CHUNK_TASKS or used + task_bytes > nbytes:
            yield tuple(chunk)
            chunk.clear()
            chunks += frames > 0
            frames = used = 0
    if chunk:
        yield tuple(chunk)
    if readable.error is not None:
        raise readable.error


def interpolate_pairs(
    engine: Engine[Encoded],
    transform: ViewTransform,
    mode: Mode,
    requests: Sequence[PairRequest],
    samples: Callable[[int], Samples],
) -> Iterator[tuple[Samples, ...]]:
    """Interpolate the pairs of a chunk.

    Args:
        engine: Interpolates.
        transform: Makes the views of pairs that do not name their own.
        mode: How several frames in a pair are interpolated.
        requests: The pairs.
        samples: Returns the samples of a frame, as read, by its key. They are not kept.

    Yields:
        For each request, its frames in the order of its times, in the type of the source's samples.

    Raises:
        EngineError: The engine failed.
    """
    interpolator = PairInterpolator(engine, transform, mode)
    encoded: dict[tuple[int, ViewTransform, PairOptions], EncodedFrame[Encoded]] = {}
    for request in requests:
        interpolator = interpolator.fitted_to(request.transform, request.options)
        ends = [(key, interpolator.transform, interpolator.options) for key in (request.left, request.right)]
        for end in ends:
            if end not in encoded:
                encoded[end] = interpolator.encode(Frame(samples(end[0]), transform.format))
        left, right = (encoded[end] for end in ends)
        # Only the right frame can be needed again, as the left one of the next pair.
        encoded = {ends[1]: right}
        yield tuple(interpolator.samples(left, right, request.times))


def _without_engine_frames(task: PairTask) -> PairTask:
    pair = task.pair
    left, right = (PreparedFrame(end.frame, None) for end in (pair.left, pair.right))
    return replace(task, pair=replace(pair, left=left, right=right))


def source_frames(tasks: Sequence[PairTask]) -> dict[int, Samples]:
    """The samples of the frames that a chunk is interpolated from, by the frames' numbers."""
    ends = [end.frame for task in tasks if task.times for end in (task.pair.left, task.pair.right)]
    return {frame.index: frame.samples for frame in ends}
