"""The writing side of a job: several frames are encoded at once, and put in place strictly in order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from midframe.media.protocols import FrameSink, StagedFrame
from midframe.runtime.queues import ByteQueue, QueueCancelledError
from midframe.signals import CancelToken, defer_signals, join_thread
from midframe.types import Frame


class OrderedWriter:
    """Feeds a sink. A context manager: leaving it normally finishes the sink, leaving it by an error aborts it.

    Either way every frame that was put in place is whole, and frames 0 … n are there without a hole. The threads start
    on entering.

    Args:
        sink: Where frames go.
        budget: Bytes of frames that may be waiting or in work, besides the one that is being handed over and the
            one that is next to be put in place.
        workers: Frames that are encoded at once.
        on_write: Called with the number of frames in place so far.
        first: Index of the first frame that is handed over.
    """

    def __init__(
        self, sink: FrameSink, *, budget: int, workers: int, on_write: Callable[[int], None], first: int = 0
    ) -> None:
        self._sink = sink
        self._on_write = on_write
        self._queue: ByteQueue[Future[StagedFrame]] = ByteQueue(budget)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="midframe-writer")
        self._committer = threading.Thread(target=self._commit_all, name="midframe-committer", daemon=True)
        self._submitted = self._first = first
        self._error: BaseException | None = None

    def __enter__(self) -> OrderedWriter:
        self._committer.start()
        return self

    def submit(self, make: Callable[[], Frame], nbytes: int, *, cancel: CancelToken | None = None) -> None:
        """Hand over the next output frame, waiting while too many bytes are on their way.

        Args:
            make: Called in a writing thread; gives the frame.
            nbytes: What the frame, or what it is made from, takes in memory.
            cancel: Ends the wait; the frame is handed over anyway.

        Raises:
            CancelRequested: `cancel` was cancelled.
            WriteError: An earlier frame could not be written.
        """
        self._raise_error()
        index = self._submitted
        self._submitted += 1
        # What is staged is put in place too, also where the user stops meanwhile.
        with defer_signals:
            future = self._pool.submit(lambda: self._sink.stage(index, make()))
            try:
                self._queue.put(future, nbytes, cancel=cancel)
            except QueueCancelledError:
                self._raise_error()
                raise

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # Also after an error: what was handed over is finished, so that no interpolated frame is thrown away.
        complete = False
        try:
            self._queue.close()
            join_thread(self._committer)
            self._pool.shutdown(cancel_futures=True)
            if kind is None:
                self._raise_error()
                self._sink.finish()
                complete = True
        finally:
            # Also where finishing itself fails, or a second Ctrl+C comes while the last frames are written.
            if not complete:
                self._sink.abort()

    def _raise_error(self) -> None:
        if self._error is not None:
            raise self._error

    def _commit_all(self) -> None:
        done = self._first
        try:
            while (future := self._queue.get()) is not None:
                self._sink.commit(future.result())
                done += 1
                self._on_write(done)
        # Whatever went wrong in a writing thread belongs to the thread that submits, which raises it.
        except BaseException as error:  # noqa: BLE001
            self._error = error
            self._queue.cancel()
