"""Worker processes as the main process sees them: started when there is work, and again when they have died."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from midframe.engines.protocols import EngineMaker
from midframe.errors import EngineError
from midframe.executors.chunks import PairOrder
from midframe.executors.multiprocess.forkserver import WorkerProcess, context, start
from midframe.executors.multiprocess.messages import Order, Reply
from midframe.executors.tasks import PairTask

MOST_RESTARTS = 3
"""How often a worker that died is started again; what kills it every time is not a mishap."""

SECONDS_TO_END = 5.0
"""How long a worker has between being asked to end and being ended."""

CHUNKS_AHEAD = 2
"""Chunks that a worker has at a time: one in work, and one so that it need not wait for the main process."""


@dataclass(eq=False)
class Assignment:
    """A chunk in the hands of a worker.

    Attributes:
        number: Of the chunk; chunks are numbered in order.
        tasks: What it is made of.
        sources: The blocks that its source frames lie in.
        orders: What is to be drawn, by the position of its task in `tasks`.
        results: The blocks to draw into, likewise.
        drawn: Positions of the tasks that are done.
        failure: Why the first of those that are missing will not come.
    """

    number: int
    tasks: tuple[PairTask, ...]
    sources: list[int]
    orders: dict[int, PairOrder]
    results: dict[int, list[int]]
    drawn: set[int] = field(default_factory=set)
    failure: Exception | None = None

    @property
    def missing(self) -> list[int]:
        """Positions of the tasks that are still to be drawn."""
        return [position for position in self.orders if position not in self.drawn]

    def order(self) -> Order:
        """What is still to be drawn, as workers understand it."""
        missing = self.missing
        return Order(
            self.number,
            tuple((position, self.orders[position]) for position in missing),
            tuple(tuple(self.results[position]) for position in missing),
        )


ProcessMaker = Callable[[Connection, EngineMaker], WorkerProcess]
"""Makes a process, not yet started, that serves a connection with the engine of a maker."""


class Worker:
    """One device's worker.

    Attributes:
        device: Its device, in the user's words.
        device_name: The same as the engine says it, once there is one.
        restarts: How often it was started again.
        assignments: What it has to do, oldest first.
        told: Sentences for the user.
    """

    def __init__(self, maker: EngineMaker, make_process: ProcessMaker) -> None:
        self._maker = maker
        self._make_process = make_process
        self._process: WorkerProcess | None = None
        self._connection: Connection | None = None
        self.device = self.device_name = maker.device
        self.restarts = 0
        self.assignments: list[Assignment] = []
        self.told: list[str] = []

    @property
    def connection(self) -> Connection | None:
        """Where its replies come from; None while it does not run."""
        return self._connection

    @property
    def pid(self) -> int | None:
        """Of its process."""
        return self._process.pid if self._process else None

    @property
    def wants_more(self) -> bool:
        """Whether it should get another chunk."""
        return len(self.assignments) < CHUNKS_AHEAD

    def assign(self, assignment: Assignment) -> None:
        """Give it a chunk."""
        self.assignments.append(assignment)
        if self._connection is None:
            self._launch()
        else:
            self._send(assignment)

    def receive(self) -> Reply | None:
        """Its next reply, waiting for one; None if it has died."""
        assert self._connection is not None
        try:
            reply: Reply = self._connection.recv()
        except (EOFError, OSError):
            return None
        return reply

    def restart(self) -> None:
        """After it died: start it again, with all that it had to do.

        Raises:
            EngineError: It has died too often.
        """
        assert self._process is not None
        self._process.join(SECONDS_TO_END)
        code = self._process.exitcode
        self.stop()
        if self.restarts == MOST_RESTARTS:
            raise EngineError(
                f"The worker for {self.device} {_cause(code)}, also after {MOST_RESTARTS} restarts. If memory "
                "ran out, use fewer workers or --scale 0.5."
            )
        self.restarts += 1
        if self.assignments:
            self._launch()

    def stop(self) -> None:
        """End it and forget its process; what it had to do is kept."""
        process, connection = self._process, self._connection
        self._process = self._connection = None
        if connection is not None:
            connection.close()
        if process is not None:
            process.terminate()
            process.join(SECONDS_TO_END)
            if process.is_alive():
                process.kill()
                process.join()
            process.close()

    def _launch(self) -> None:
        ours, theirs = context().Pipe()
        try:
            process = self._make_process(theirs, self._maker)
            start(process)
        except BaseException:
            ours.close()
            raise
        finally:
            # With our copy closed, the pipe ends when the worker does.
            theirs.close()
        self._process, self._connection = process, ours
        for assignment in self.assignments:
            self._send(assignment)

    def _send(self, assignment: Assignment) -> None:
        assert self._connection is not None
        try:
            self._connection.send(assignment.order())
        except OSError:
            # It has died, which `receive` is about to find out.
            return


def _cause(code: int | None) -> str:
    """Why a process ended, for a sentence."""
    if code is None or code >= 0:
        return f"ended with exit code {code}"
    names = {number.value: number.name for number in signal.Signals}
    return f"was ended by {names.get(-code, f'signal {-code}')}"
