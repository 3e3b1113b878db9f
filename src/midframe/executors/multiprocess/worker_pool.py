"""The worker processes as the main process sees them, and the transport of chunks through shared memory."""

from __future__ import annotations

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing import connection as connections
from multiprocessing.connection import Connection

import numpy as np

from midframe.engines.protocols import EngineMaker
from midframe.errors import EngineError
from midframe.executors.base import PairTask
from midframe.executors.chunks import PairRequest, source_frames
from midframe.executors.multiprocess.forkserver import WorkerProcess, context, start_process
from midframe.executors.multiprocess.messages import ChunkMessage, EngineReady, PairDone, WorkerMessage, WorkerNotice
from midframe.executors.multiprocess.shared_frames import SharedFrames
from midframe.executors.scheduler import ChunkRequest, ChunkResult, TransportEvent, WorkerLoss, WorkerReady
from midframe.signals import CancelToken
from midframe.types import Samples

MAX_RESTARTS = 3
"""How often a worker that died is started again; a worker that dies more often does not die by accident."""

STOP_TIMEOUT_SECONDS = 5.0
"""How long a worker has to end after SIGTERM, before SIGKILL."""

ProcessMaker = Callable[[Connection, EngineMaker], WorkerProcess]
"""Makes a process, not yet started, that serves a connection with the engine of a maker."""


class ProcessWorker:
    """One device's worker. Its process is started when it gets a chunk, and again when it has died.

    Attributes:
        device: Its device, as the user named it.
        device_name: The device as the engine names it, once there is one.
        restarts: How often it died and was started again.
        notices: Sentences for the user from its engine.
    """

    def __init__(self, maker: EngineMaker) -> None:
        self._maker = maker
        self._process: WorkerProcess | None = None
        self._connection: Connection | None = None
        self.device = self.device_name = maker.device
        self.restarts = 0
        self.notices: list[str] = []

    @property
    def connection(self) -> Connection | None:
        """The pipe that its messages arrive through; None while it does not run."""
        return self._connection

    def send(self, message: ChunkMessage, make_process: ProcessMaker, cancel: CancelToken | None) -> None:
        """Send a chunk, starting the process if it does not run.

        Raises:
            EngineError: The process cannot be started.
            CancelRequested: The token was cancelled while the process was started.
        """
        if self._connection is None:
            self._connection = self._start(make_process, cancel)
        try:
            self._connection.send(message)
        except OSError:
            # It has died, which `receive` is about to report.
            return

    def receive(self) -> WorkerMessage | None:
        """Return its next message, waiting for one; None if it has died."""
        assert self._connection is not None
        try:
            message: WorkerMessage = self._connection.recv()
        except (EOFError, OSError):
            return None
        return message

    def restart(self) -> EngineError | None:
        """Allow the process, which has died, to be started again; or return why it may not."""
        assert self._process is not None
        self._process.join(STOP_TIMEOUT_SECONDS)
        code = self._process.exitcode
        self.stop()
        if self.restarts == MAX_RESTARTS:
            return EngineError(
                f"The worker for {self.device} {_cause(code)}, even after {MAX_RESTARTS} restarts. If memory "
                "ran out, use fewer workers or `flow_scale=0.5`.",
                option="flow_scale",
            )
        self.restarts += 1
        return None

    def terminate(self) -> None:
        """Ask the process to end, without waiting for it."""
        if self._connection is not None and self._process is not None:
            self._connection.close()
            self._connection = None
            self._process.terminate()

    def stop(self) -> None:
        """End the process."""
        self.terminate()
        process, self._process = self._process, None
        if process is not None:
            process.join(STOP_TIMEOUT_SECONDS)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()

    def _start(self, make_process: ProcessMaker, cancel: CancelToken | None) -> Connection:
        ours, theirs = context().Pipe()
        try:
            process = make_process(theirs, self._maker)
            start_process(process, cancel)
        except BaseException:
            ours.close()
            raise
        finally:
            # With our copy closed, the pipe ends when the worker does.
            theirs.close()
        self._process = process
        return ours


@dataclass(frozen=True)
class _Blocks:
    """The shared blocks of a chunk.

    Attributes:
        sources: Blocks of its source frames.
        pairs: What is requested, by the position of the task in the chunk; the keys of frames are blocks.
        results: Blocks that its frames go to.
        missing: Positions of the tasks whose frames are still to be interpolated.
    """

    sources: list[int]
    pairs: dict[int, PairRequest]
    results: dict[int, list[int]]
    missing: set[int]


class ProcessTransport:
    """Worker processes that read source frames from shared memory, and write interpolated ones into it.

    A `midframe.executors.scheduler.Transport`. Worker numbers are positions in the list of workers. No process is
    started before the first chunk is.

    Args:
        workers: None of them running.
        frames: The memory.
        make_process: Makes processes that have the memory.
        on_seconds: Called with the wall time of each pair.
        cancel: Ends the start of a process.
    """

    def __init__(
        self,
        workers: Sequence[ProcessWorker],
        frames: SharedFrames,
        make_process: ProcessMaker,
        on_seconds: Callable[[float], None],
        cancel: CancelToken | None = None,
    ) -> None:
        self._workers = workers
        self._frames = frames
        self._make_process = make_process
        self._on_seconds = on_seconds
        self._cancel = cancel
        self._blocks: dict[int, _Blocks] = {}
        self._requests: dict[int, ChunkRequest] = {}
        self._events: list[TransportEvent] = [WorkerReady(worker) for worker in range(len(workers))]

    @property
    def max_workers(self) -> int:
        """Number of worker processes."""
        return len(self._workers)

    @property
    def has_capacity(self) -> bool:
        """Tasks hold on to their source frames, including those that ask for no frames and only wait for their turn."""
        tasks = sum(len(request.tasks) for request in self._requests.values())
        return not self._requests or tasks < self._frames.limit

    def reserve(self, request: ChunkRequest) -> bool:
        """Take blocks, and copy the source frames into them."""
        sources = source_frames(request.tasks)
        count = len(sources) + sum(len(task.times) for task in request.tasks)
        if self._frames.in_use and not self._frames.has_space(count):
            return False
        blocks = self._frames.take(count)
        by_frame = dict(zip(sources, blocks, strict=False))
        for index, samples in sources.items():
            np.copyto(self._frames.view(by_frame[index]), samples)
        self._requests[request.number] = request
        self._blocks[request.number] = _lay_out(request.tasks, by_frame, blocks[len(sources) :])
        return True

    def request_workers(self, count: int) -> None:
        """Nothing to do: a process is started when its worker gets a chunk."""

    def send(self, worker: int, request: ChunkRequest) -> None:
        """Send the numbers of blocks."""
        blocks, missing = self._blocks[request.number], request.missing
        message = ChunkMessage(
            request.number,
            tuple(missing),
            tuple(blocks.pairs[position] for position in missing),
            tuple(tuple(blocks.results[position]) for position in missing),
        )
        self._workers[worker].send(message, self._make_process, self._cancel)

    def wait(self, seconds: float) -> Sequence[TransportEvent]:
        """Receive one message from each worker that has sent any."""
        events, self._events = self._events, []
        running = {worker.connection: number for number, worker in enumerate(self._workers) if worker.connection}
        for connection in connections.wait(list(running), 0 if events else seconds):
            number = running[connection]  # type: ignore[index]
            events += self._received(number, self._workers[number].receive())
        return events

    def _received(self, number: int, message: WorkerMessage | None) -> Sequence[TransportEvent]:
        worker = self._workers[number]
        if isinstance(message, EngineReady):
            worker.device_name = message.device_name
            return ()
        if isinstance(message, WorkerNotice):
            worker.notices.append(message.text)
            return ()
        if isinstance(message, PairDone):
            self._on_seconds(message.seconds)
            self._free_sources(message)
            return (ChunkResult(message.chunk, (message.position,)),)
        if message is None:
            error = worker.restart()
            return (WorkerLoss(number), WorkerReady(number)) if error is None else (WorkerLoss(number, error),)
        worker.stop()
        return (WorkerLoss(number, message.restored()),)

    def _free_sources(self, message: PairDone) -> None:
        """Free the blocks of a chunk's source frames with its last pair."""
        blocks = self._blocks[message.chunk]
        blocks.missing.discard(message.position)
        if not blocks.missing:
            self._frames.give_back(blocks.sources)

    def collect(self, request: ChunkRequest, position: int) -> tuple[Samples, ...]:
        """Copy frames out of their blocks, and free these."""
        results = self._blocks[request.number].results[position]
        frames = tuple(self._frames.view(block).copy() for block in results)
        self._frames.give_back(results)
        return frames

    def release(self, request: ChunkRequest) -> None:
        """Forget the chunk."""
        del self._requests[request.number], self._blocks[request.number]

    def stop(self) -> None:
        """End all processes."""
        for worker in self._workers:
            worker.terminate()
        for worker in self._workers:
            worker.stop()


def _lay_out(tasks: Sequence[PairTask], by_frame: dict[int, int], unused: Sequence[int]) -> _Blocks:
    """Assign blocks to the frames that are requested.

    Args:
        tasks: The chunk.
        by_frame: The blocks of the source frames, by the frames' numbers.
        unused: As many blocks as frames are requested.
    """
    free = iter(unused)
    pairs, results = {}, {}
    for position, task in enumerate(tasks):
        if task.times:
            left, right = (by_frame[end.frame.index] for end in (task.pair.left, task.pair.right))
            pairs[position] = PairRequest.of(task, left, right)
            results[position] = [next(free) for _ in task.times]
    return _Blocks(list(by_frame.values()), pairs, results, set(pairs))


def _cause(code: int | None) -> str:
    """Why a process ended, for a sentence."""
    if code is None or code >= 0:
        return f"ended with exit code {code}"
    names = {number.value: number.name for number in signal.Signals}
    return f"was ended by {names.get(-code, f'signal {-code}')}"
