"""The reading side of a job: decode, score, prepare, ahead of the engine by a bounded number of bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from midframe.engine.base import EngineFrame
from midframe.media.base import FrameSource
from midframe.media.pixels import ViewTransform, alpha_share
from midframe.pipeline.drawing import engine_frame
from midframe.pipeline.queues import ByteQueue, QueueCancelledError
from midframe.pipeline.workers import PreparedFrame
from midframe.policy.pairs import static_score
from midframe.types import Frame, Samples


class Preparation:
    """What is done to every source frame before the engine sees it."""

    def __init__(self, transform: ViewTransform | None, static_threshold: float | None) -> None:
        """Choose.

        Args:
            transform: Makes the view; None for a job without a network, whose frames stay as they are.
            static_threshold: Pairs that score this or more are static; None: only identical ones are.
        """
        self._transform = transform
        self._threshold = static_threshold
        self._before: PreparedFrame | None = None

    def __call__(self, frame: Frame) -> PreparedFrame:
        """Prepare the next frame; frames come in order."""
        if self._transform is None:
            return PreparedFrame(frame, None, static=False)
        seen = engine_frame(frame, self._transform)
        prepared = PreparedFrame(frame, seen, static=self._is_static(frame, seen))
        self._before = prepared
        return prepared

    def _is_static(self, frame: Frame, seen: EngineFrame) -> bool:
        before = self._before
        if before is None or before.engine_frame is None:
            return False
        if np.array_equal(_bits(before.frame.samples), _bits(frame.samples)):
            return True
        if self._threshold is None or self._transform is None:
            return False
        if not self._scores_enough(_everything_seen(before.frame, before.engine_frame), _everything_seen(frame, seen)):
            return False
        pair = [before.frame, frame]
        if not any(self._transform.clips(each.samples) for each in pair):
            return True
        # Where the view is all white or all black, anything may move unseen: look again with the pair's own range.
        own = ViewTransform.fit(pair)
        return self._scores_enough(*(_everything_seen(each, engine_frame(each, own)) for each in pair))

    def _scores_enough(self, left: NDArray[np.float32], right: NDArray[np.float32]) -> bool:
        assert self._threshold is not None
        return static_score(left, right, enough=self._threshold) >= self._threshold


def _bits(samples: Samples) -> NDArray[Any]:
    """Samples as integers of their size: NaN equals itself."""
    return samples.view(f"u{samples.itemsize}")


def _everything_seen(frame: Frame, seen: EngineFrame) -> NDArray[np.float32]:
    """The view, and alpha as a fourth channel: a shape may move in it alone."""
    if frame.format.alpha is None:
        return seen.view
    alpha = np.nan_to_num(alpha_share(frame.samples, frame.format), nan=0.0).clip(0.0, 1.0)
    return np.concatenate((seen.view, alpha), axis=-1)


class ReadAhead:
    """Reads a source in a thread of its own. A context manager: leaving it stops the thread."""

    def __init__(
        self,
        source: FrameSource,
        prepare: Callable[[Frame], PreparedFrame],
        *,
        budget: int,
        on_read: Callable[[int], None],
    ) -> None:
        """Set up; reading starts on entering.

        Args:
            source: What to read, first to last.
            prepare: Called with every frame, in order, in the reading thread.
            budget: Bytes of prepared frames that may wait.
            on_read: Called with the number of frames read so far.
        """
        self._source = source
        self._prepare = prepare
        self._on_read = on_read
        self._queue: ByteQueue[PreparedFrame] = ByteQueue(budget)
        self._thread = threading.Thread(target=self._read_all, name="midframe-reader", daemon=True)

    def __enter__(self) -> ReadAhead:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._queue.cancel()
        self._thread.join()

    def __iter__(self) -> Iterator[PreparedFrame]:
        """The frames, in order.

        Raises:
            UnreadableFileError: A frame could not be read; all frames before it were yielded.
        """
        while (prepared := self._queue.get()) is not None:
            yield prepared

    def _read_all(self) -> None:
        try:
            for index in range(len(self._source)):
                prepared = self._prepare(self._source.read(index))
                self._on_read(index + 1)
                self._queue.put(prepared, prepared.nbytes)
        except QueueCancelledError:
            return
        # Whatever goes wrong here belongs to the thread that takes the frames, which raises it.
        except BaseException as error:  # noqa: BLE001
            self._queue.close(error)
        else:
            self._queue.close()
