"""The reading side of a job: decode, prepare and judge, ahead of the engine by a bounded number of bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, Protocol, TypeVar

from midframe.errors import SequenceError
from midframe.media.protocols import FrameInput
from midframe.runtime.queues import ByteQueue, QueueCancelledError
from midframe.signals import CancelToken, join_thread
from midframe.types import Frame


class Sized(Protocol):
    """Something that knows how much memory it takes."""

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        ...


SizedItem = TypeVar("SizedItem", bound=Sized)


class CountedFrames:
    """The frames of a source, in order, counted.

    Args:
        source: What to read.
        on_read: Called with the number of frames read so far.
        start: The first frame that is read; those before it count as read. Pipes start at 0.

    Attributes:
        done: Frames read so far.
        last: The last of them.
    """

    last: Frame

    def __init__(self, source: FrameInput, on_read: Callable[[int], None], start: int = 0) -> None:
        self._source = source
        self._on_read = on_read
        self.done = start

    def __iter__(self) -> Iterator[Frame]:
        """Read.

        Raises:
            UnreadableFileError: A frame could not be read; all frames before it were yielded.
            SequenceError: There were fewer than two frames.
        """
        for frame in self._source.frames_from(self.done):
            self.done += 1
            self.last = frame
            self._on_read(self.done)
            yield frame
        if self._source.length is None and self.done < 2:
            raise SequenceError(
                f"{self.done or 'No'} frame{'' if self.done == 1 else 's'} came through the pipe; at least two are "
                "needed to interpolate."
            )


class ReadAhead(Generic[SizedItem]):
    """Takes items from an iterable in a thread of its own. A context manager: leaving it stops the thread.

    Reading starts on entering.

    Args:
        items: Asked for the next one in the reading thread only.
        budget: Bytes of items that may wait.
        stop: Called on leaving, before the thread is waited for; ends a read that may take for ever.
        cancel: Ends the waits for items.
    """

    def __init__(
        self,
        items: Iterable[SizedItem],
        *,
        budget: int,
        stop: Callable[[], None] = lambda: None,
        cancel: CancelToken | None = None,
    ) -> None:
        self._items = items
        self._stop = stop
        self._cancel = cancel
        self._queue: ByteQueue[SizedItem] = ByteQueue(budget)
        self._thread = threading.Thread(target=self._read_all, name="midframe-reader", daemon=True)

    def __enter__(self) -> ReadAhead[SizedItem]:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._queue.cancel()
        self._stop()
        join_thread(self._thread)

    def __iter__(self) -> Iterator[SizedItem]:
        """The items, in order.

        Raises:
            CancelRequested: The token was cancelled.
            UnreadableFileError: A frame could not be read; all items before it were yielded.
        """
        while (item := self._queue.get(cancel=self._cancel)) is not None:
            yield item

    def _read_all(self) -> None:
        try:
            for item in self._items:
                self._queue.put(item, item.nbytes)
        except QueueCancelledError:
            return
        # Whatever goes wrong here belongs to the thread that takes the items, which raises it.
        except BaseException as error:  # noqa: BLE001
            self._queue.close(error)
        else:
            self._queue.close()
